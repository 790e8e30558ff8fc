"""`ioc rules`: what a rule author needs between an idea and the night shift. Each command imports what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ioc.words import Lang

rules = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Soạn quy tắc: kiểm tra, thử, chạy trên dữ liệu cũ, so sánh, giải thích. Write rules: check, test, backtest, diff, explain.",
)
LANG = typer.Option("--lang", envvar="IOC_LANG", help="vi, en")
RULES = typer.Option(
    "--rules", help="Thư mục quy tắc; mặc định là bộ đi kèm. Directory of rules; default: the shipped."
)
CONFIG = typer.Option("--config", help="Thư mục cấu hình (feeds/, heat.yaml, rules/). Configuration directory.")
EVENTS = typer.Option(
    "--events",
    help="Tệp sự kiện chuẩn (NDJSON), hoặc -, kafka, history (kafka:camera,hotspot). Canonical events: a file, -, kafka or history.",
)
SINCE = typer.Option("--from", help="Từ lúc (với kafka, history). From when (kafka, history): 2026-11-20 08:30.")
UNTIL = typer.Option("--to", help="Đến trước lúc. Up to, not including.")
PORT = typer.Option("--port", min=1, max=65535, help="Cổng của `ioc up`. The port of `ioc up`.")
SETTINGS = typer.Option("--settings", help="Tệp thiết lập thay cho --port. Settings file, instead of --port.")
ARRIVAL = typer.Option("--arrival", help="Xét theo thứ tự trong tệp. Judge in the order of the file; late is late.")
EXPECTED = typer.Option(
    "--expected", help="Cả những nguồn đăng ký mà tệp không có. Also miss registered sources that never speak."
)
JOBS = typer.Option("--jobs", min=0, max=64, help="Số tiến trình; 0 tự chọn. Processes; 0 chooses by size.")
OFFICERS = typer.Option("--officers", min=1, max=1000, help="Số người trực một đêm. Officers who share a night.")


def _spoken(lang: str) -> Lang:
    return "en" if lang == "en" else "vi"


@rules.command()
def check(
    *,
    rules: Annotated[Path | None, RULES] = None,
    config: Annotated[Path | None, CONFIG] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Tìm mọi lỗi trong các tệp quy tắc. Find every mistake in the rule files.

    Mỗi lỗi một dòng: tệp, dòng, trường, gợi ý. Mã kết thúc: 0 không lỗi, 1 có lỗi, 2 không đọc được tệp.
    """
    from ioc.cli.rules_tell import run_check

    run_check(rules, config, _spoken(lang))


@rules.command("test")
def try_out(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Tệp hoặc thư mục thử; mặc định là tests/ trong thư mục quy tắc. Files or folders of cases."
        ),
    ] = None,
    *,
    rules: Annotated[Path | None, RULES] = None,
    config: Annotated[Path | None, CONFIG] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Chạy các trường hợp thử của quy tắc. Run the cases of the rules.

    Mã kết thúc: 0 đạt cả, 1 có trường hợp hỏng, 2 không đọc được tệp.
    """
    from ioc.cli.rules_tell import run_test

    run_test(paths or [], rules, config, _spoken(lang))


@rules.command()
def backtest(
    *,
    events: Annotated[str, EVENTS],
    since: Annotated[str | None, SINCE] = None,
    until: Annotated[str | None, UNTIL] = None,
    port: Annotated[int, PORT] = 8080,
    settings: Annotated[Path | None, SETTINGS] = None,
    rules: Annotated[Path | None, RULES] = None,
    config: Annotated[Path | None, CONFIG] = None,
    out: Annotated[Path | None, typer.Option(help="Ghi cảnh báo vào tệp. File for the alerts.")] = None,
    arrival: Annotated[bool, ARRIVAL] = False,
    expected: Annotated[bool, EXPECTED] = False,
    jobs: Annotated[int, JOBS] = 0,
    officers: Annotated[int, OFFICERS] = 1,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Chạy quy tắc trên sự kiện cũ. Run rules over events of the past.

    Cảnh báo (NDJSON) ra đầu ra chuẩn, tổng kết ra đầu ra lỗi. Alerts as NDJSON on standard output, by event time
    then alert id; the summary on standard error. The same file gives the same bytes, whatever the processes.
    """
    from ioc.cli.backtest_tell import run_backtest
    from ioc.cli.events_given import Given
    from ioc.cli.judging import Asked

    run_backtest(
        Asked(Given(events, since, until, settings, port), config, arrival, expected, jobs),
        rules,
        out,
        officers,
        _spoken(lang),
    )


@rules.command()
def diff(
    old: Annotated[Path, typer.Argument(help="Bộ quy tắc cũ. The old directory of rules.")],
    new: Annotated[Path, typer.Argument(help="Bộ quy tắc mới. The new one.")],
    *,
    events: Annotated[str, EVENTS],
    since: Annotated[str | None, SINCE] = None,
    until: Annotated[str | None, UNTIL] = None,
    port: Annotated[int, PORT] = 8080,
    settings: Annotated[Path | None, SETTINGS] = None,
    config: Annotated[Path | None, CONFIG] = None,
    budget: Annotated[
        int | None, typer.Option(min=0, help="Số khác biệt cho phép; vượt thì mã 3. Differences allowed; over: code 3.")
    ] = None,
    arrival: Annotated[bool, ARRIVAL] = False,
    expected: Annotated[bool, EXPECTED] = False,
    jobs: Annotated[int, JOBS] = 0,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """So hai bộ quy tắc trên cùng dữ liệu. Compare two rule sets over the same events.

    Mỗi khác biệt một dòng: thêm, mất, sớm hơn, muộn hơn, nặng hơn, nhẹ hơn. Mã kết thúc 3 khi vượt --budget.
    """
    from ioc.cli.backtest_tell import run_diff
    from ioc.cli.events_given import Given
    from ioc.cli.judging import Asked

    run_diff(
        Asked(Given(events, since, until, settings, port), config, arrival, expected, jobs),
        old,
        new,
        budget,
        _spoken(lang),
    )


@rules.command()
def explain(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="Mã sự kiện hoặc cảnh báo. Id of an event or an alert.")],
    *,
    events: Annotated[str, EVENTS],
    since: Annotated[str | None, SINCE] = None,
    until: Annotated[str | None, UNTIL] = None,
    port: Annotated[int, PORT] = 8080,
    settings: Annotated[Path | None, SETTINGS] = None,
    rules: Annotated[Path | None, RULES] = None,
    config: Annotated[Path | None, CONFIG] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Vì sao có, và vì sao không. Why, and why not: what every rule made of one event, or how an alert came about."""
    from ioc.cli.events_given import Given
    from ioc.cli.explain_tell import run_explain

    run_explain(wanted, Given(events, since, until, settings, port), rules, config, _spoken(lang))


@rules.command()
def show(
    kind: Annotated[
        str | None, typer.Argument(help="Loại điều kiện; mặc định là tất cả. One kind; default: all.")
    ] = None,
) -> None:
    """Tra cứu các loại điều kiện, có hình. The kinds of condition, with pictures of how they behave."""
    from ioc.alerts.kinds import CONDITIONS
    from ioc.errors import Permanent
    from ioc.workshop.reference import page, section

    if kind is not None and kind not in CONDITIONS:
        raise Permanent("show_kind", given=kind, known=", ".join(CONDITIONS))
    print(page() if kind is None else section(kind), end="" if kind is None else "\n")
