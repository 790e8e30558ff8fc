"""`ioc desk contacts`, `rota`, `directory`, `check`: who is told, on duty, called; each command imports what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ioc.cli.desk import LANG, SETTINGS
from ioc.words import Lang

FILE = typer.Argument(help="Tệp .csv, .yaml. File: .csv, .yaml.", metavar="FILE")
TABLE = typer.Argument(help="Tệp .csv. File: .csv.", metavar="FILE")
DRY = typer.Option("--dry-run", help="Chỉ cho biết điều gì sẽ thay đổi. Only say what would change.")
BY = typer.Option("--by", help="Họ tên người làm, ghi vào nhật ký. Your name, for the audit.", envvar="IOC_BY")
PORT = typer.Option("--port", min=1, max=65535, help="Của `ioc up` ở cổng này. Of the `ioc up` on this port.")


def _spoken(lang: str) -> Lang:
    return "en" if lang == "en" else "vi"


def contacts(
    file: Annotated[Path, FILE],
    *,
    leave: Annotated[
        bool, typer.Option("--leave", help="Ai không có trong tệp là đã nghỉ. Who is not in the file has left.")
    ] = False,
    dry_run: Annotated[bool, DRY] = False,
    by: Annotated[str, BY] = "",
    settings: Annotated[Path | None, SETTINGS] = None,
    port: Annotated[int | None, PORT] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Nhập cách liên lạc với từng người. Bring in how each person is reached.

    Mỗi lỗi một dòng: tệp, dòng, trường, gợi ý. Mã kết thúc: 0 xong, 1 có lỗi trong tệp, 2 không đọc được tệp.
    """
    from ioc.cli.desk_lists_run import Place, run_contacts

    run_contacts(file, Place(settings, port, by, _spoken(lang), dry_run=dry_run), leave=leave)


def rota(
    file: Annotated[Path, FILE],
    *,
    dry_run: Annotated[bool, DRY] = False,
    by: Annotated[str, BY] = "",
    settings: Annotated[Path | None, SETTINGS] = None,
    port: Annotated[int | None, PORT] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Nhập lịch trực. Bring in the rota.

    Trong khoảng thời gian của tệp, ca chưa bắt đầu mà không có trong tệp bị rút lại. Within the file's time a shift
    that has not begun and is not in the file is withdrawn.
    """
    from ioc.cli.desk_lists_run import Place, run_rota

    run_rota(file, Place(settings, port, by, _spoken(lang), dry_run=dry_run))


def directory(
    file: Annotated[Path, TABLE],
    *,
    dry_run: Annotated[bool, DRY] = False,
    by: Annotated[str, BY] = "",
    settings: Annotated[Path | None, SETTINGS] = None,
    port: Annotated[int | None, PORT] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Thay danh bạ trực bằng tệp này. Put this file in the place of the duty directory."""
    from ioc.cli.desk_lists_run import Place, run_directory

    run_directory(file, Place(settings, port, by, _spoken(lang), dry_run=dry_run))


def check(
    *,
    settings: Annotated[Path | None, SETTINGS] = None,
    port: Annotated[int | None, PORT] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Ai cần báo có báo được không, trong 7 ngày tới. Whether whoever must be told can be, for the next 7 days.

    Mã kết thúc: 0 đủ, 1 còn thiếu. Exit code: 0 ready, 1 something is missing.
    """
    from ioc.cli.desk_lists_run import Place, run_ready

    run_ready(Place(settings, port, "", _spoken(lang), dry_run=True))
