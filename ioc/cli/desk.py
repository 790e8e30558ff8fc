"""`ioc desk`: the edition of the desk's tables, up or down, and whether its audit is as it was written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ioc.words import Lang, say

if TYPE_CHECKING:
    from ioc.desk.store import Store

desk = typer.Typer(
    name="desk",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Cơ sở dữ liệu của bàn trực. The desk's database.",
)
SETTINGS = typer.Option("--settings", envvar="IOC_SETTINGS", help="Tệp thiết lập. Settings file.")
LANG = typer.Option("--lang", envvar="IOC_LANG", help="vi, en")


@desk.command()
def edition(*, settings: Annotated[Path | None, SETTINGS] = None, lang: Annotated[str, LANG] = "vi") -> None:
    """In phiên bản bảng dữ liệu và nâng cấp nếu cũ. Print the edition of the tables, brought up to date if older."""
    from ioc.desk import schema

    with _opened(settings):
        print(say("desk.edition", _spoken(lang), edition=schema.newest()))


@desk.command()
def move(
    wanted: Annotated[str, typer.Argument(help="Phiên bản, ví dụ 0002. Edition, such as 0002.", metavar="EDITION")],
    *,
    settings: Annotated[Path | None, SETTINGS] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Đưa bảng dữ liệu về phiên bản cũ hơn khi mọi bàn trực đã dừng. Bring the tables to an older edition, desks stopped."""
    with _opened(settings) as store:
        store.move(wanted)
    print(say("desk.moved", _spoken(lang), edition=wanted))


@desk.command()
def audit(*, settings: Annotated[Path | None, SETTINGS] = None, lang: Annotated[str, LANG] = "vi") -> None:
    """Kiểm tra chuỗi nhật ký thao tác. Check that no line of the audit was changed, left out or put in."""
    from ioc.desk import audit as chain
    from ioc.desk.store import last
    from ioc.errors import Permanent

    with _opened(settings) as store, store.reading() as session:
        broken = chain.verify(session)
        if broken is not None:
            raise Permanent("audit_broken", nth=broken)
        print(say("desk.audit_whole", _spoken(lang), count=last(session, "audit")))


def _opened(settings: Path | None) -> Store:
    from ioc.desk.store import Store
    from ioc.settings import load, read_secret

    given = load(settings).desk
    password = read_secret(given.password_file).get_secret_value() if given.password_file else None
    return Store(given.url, password)


def _spoken(lang: str) -> Lang:
    return "en" if lang == "en" else "vi"
