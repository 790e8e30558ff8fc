"""`ioc routes`: whom an alert would go to, before it does. Each command imports what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ioc.words import Lang

routes = typer.Typer(
    no_args_is_help=True,
    help="Tuyến báo tin: kiểm tra, thử, giải thích. Where alerts go: check, test, explain.",
)
LANG = typer.Option("--lang", envvar="IOC_LANG", help="vi, en")
ROUTING = typer.Option("--routing", help="Tệp tuyến; mặc định là tệp đi kèm. File of routes; default: the shipped.")


def _spoken(lang: str) -> Lang:
    return "en" if lang == "en" else "vi"


@routes.command()
def check(*, routing: Annotated[Path | None, ROUTING] = None, lang: Annotated[str, LANG] = "vi") -> None:
    """Tìm mọi lỗi trong tệp tuyến. Find every mistake in the file of routes.

    Mỗi lỗi một dòng: tệp, dòng, trường, gợi ý. Mã kết thúc: 0 không lỗi, 1 có lỗi, 2 không đọc được tệp.
    """
    from ioc.cli.routes_tell import run_check

    run_check(routing, _spoken(lang))


@routes.command("test")
def try_out(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Tệp thử; mặc định là routing-tests.yaml bên cạnh. Files of cases; default: beside it."),
    ] = None,
    *,
    routing: Annotated[Path | None, ROUTING] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Chạy các trường hợp thử của tuyến. Run the cases of the routes.

    Hỏng cả khi cảnh báo Khẩn cấp chỉ đi được qua internet. It fails too where an extreme alert depends on the internet
    alone. Mã kết thúc: 0 đạt cả, 1 có trường hợp hỏng, 2 không đọc được tệp.
    """
    from ioc.cli.routes_tell import run_test

    run_test(paths or [], routing, _spoken(lang))


@routes.command()
def explain(
    *,
    severity: Annotated[str, typer.Option(help="minor, moderate, severe, extreme")] = "severe",
    domain: Annotated[str, typer.Option(help="hotspot, environment, camera, netsec...")] = "hotspot",
    certainty: Annotated[str, typer.Option(help="possible, likely, observed")] = "likely",
    commune: Annotated[str, typer.Option(help="Mã xã, phường. Code of the commune.")] = "",
    rule: Annotated[str, typer.Option(help="Mã quy tắc. Id of the rule.")] = "any",
    feed: Annotated[str, typer.Option(help="Nguồn dữ liệu. Name of the feed.")] = "any",
    drill: Annotated[bool, typer.Option("--drill", help="Diễn tập. A drill.")] = False,
    at: Annotated[str, typer.Option(help="Ngày giờ (+07:00). Time: 2026-05-14 02:30 or 02:30")] = "08:00",
    routing: Annotated[Path | None, ROUTING] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Một cảnh báo như thế đi tuyến nào, vì sao. Which route an alert like this takes, and why."""
    from ioc.cli.routes_tell import run_explain

    given = {
        "severity": severity,
        "domain": domain,
        "certainty": certainty,
        "commune": commune or None,
        "rule": rule,
        "feed": feed,
        "drill": drill,
    }
    run_explain(given, at, routing, _spoken(lang))
