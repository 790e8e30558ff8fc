"""`ioc schema`: the contract as JSON Schema or AsyncAPI, and whether a change of it breaks somebody."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ioc import words
from ioc.cli.named import DOMAINS
from ioc.errors import IocError, Permanent
from ioc.words import Lang

if TYPE_CHECKING:
    from ioc.events.compatibility import Change

schema = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Hợp đồng dữ liệu: JSON Schema, AsyncAPI 3, kiểm tra thay đổi. The data contract.",
)
LANG = typer.Option("--lang", envvar="IOC_LANG", help="vi, en")


@schema.command("json")
def json_schema(
    domain: Annotated[str | None, typer.Argument(help=", ".join(DOMAINS))] = None,
    *,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """In JSON Schema của một loại sự kiện, hoặc tất cả. Print the JSON Schema of one event type, or of all."""
    from ioc.events import schema as contract

    if domain is None:
        _print(contract.json_schemas())
        return
    known = next((one for one in DOMAINS if one == domain), None)
    if known is None:
        _fail(Permanent("schema_domain", given=domain, known=", ".join(DOMAINS)), _spoken(lang))
    else:
        _print(contract.json_schema(known))


@schema.command()
def asyncapi() -> None:
    """In tài liệu AsyncAPI 3 của các topic. Print the AsyncAPI 3 document of the topics."""
    from ioc.events import schema as contract

    _print(contract.asyncapi())


@schema.command()
def check(
    old: Annotated[Path, typer.Argument(help="Hợp đồng cũ (tệp JSON). The old contract.")],
    new: Annotated[
        Path | None, typer.Argument(help="Hợp đồng mới; mặc định là của bản này. Default: this version's own.")
    ] = None,
    *,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """So hai hợp đồng; mã 1 nếu có thay đổi phá vỡ. Compare two contracts; code 1 if a change breaks it."""
    from ioc.events import schema as contract
    from ioc.events.compatibility import changes

    spoken = _spoken(lang)
    try:
        before = _read(old)
        after = _read(new) if new else contract.json_schemas()
        try:
            found = changes(before, after)
        except (ValueError, TypeError, AttributeError) as error:
            raise Permanent("schema_input", file=str(old), why=str(error)) from None
    except IocError as error:
        _fail(error, spoken)
        return
    broken = [one for one in found if one.breaks]
    noted = [one for one in found if not one.breaks]
    _list("schema.broken", broken, spoken)
    _list("schema.noted", noted, spoken)
    if broken:
        raise typer.Exit(1)
    print(words.say("schema.same", spoken))


def _list(heading: str, found: list[Change], lang: Lang) -> None:
    if found:
        print(words.say(heading, lang, count=len(found)))
    for one in found:
        sentence = words.say(f"schema.change.{one.code}", lang, **one.values)
        print(words.say("schema.line", lang, path=one.path, sentence=sentence))


def _read(path: Path) -> Any:
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise Permanent("schema_input", file=str(path), why=error.strerror) from None
    except (ValueError, RecursionError) as error:
        raise Permanent("schema_input", file=str(path), why=str(error)) from None
    if not isinstance(found, dict):
        raise Permanent("schema_input", file=str(path), why="JSON object")
    return found


def _print(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))


def _spoken(lang: str) -> Lang:
    return "en" if lang == "en" else "vi"


def _fail(error: IocError, lang: Lang) -> None:
    print(words.say(error.key, lang, **error.values), file=sys.stderr)
    raise typer.Exit(2)
