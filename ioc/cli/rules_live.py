"""`ioc rules apply` and `ioc rules log`: rules of a running system. Each command imports what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ioc.words import Lang

PORT = typer.Option("--port", min=1, max=65535, help="Cổng của `ioc up`. The port of `ioc up`.")
SETTINGS = typer.Option("--settings", help="Tệp thiết lập thay cho --port. Settings file, instead of --port.")
LANG = typer.Option("--lang", envvar="IOC_LANG", help="vi, en")


def apply(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Thư mục quy tắc; mặc định như trong thiết lập. Directory of rules; default: that of the settings."
        ),
    ] = None,
    *,
    feeds: Annotated[Path | None, typer.Option(help="Thư mục nguồn dữ liệu. Directory of feeds.")] = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Ở lại và áp dụng mỗi khi tệp thay đổi. Stay, and apply whenever files change."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Chỉ cho biết điều gì sẽ thay đổi. Only say what would change.")
    ] = False,
    port: Annotated[int, PORT] = 8080,
    settings: Annotated[Path | None, SETTINGS] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Đưa bộ quy tắc vào hệ thống đang chạy. Put a rule set into force in the running system.

    Bộ quy tắc có lỗi bị từ chối, bộ đang chạy được giữ nguyên. A set with mistakes is refused, the old one stays.
    """
    from ioc.cli.rules_apply import Wish, run

    spoken: Lang = "en" if lang == "en" else "vi"
    wish = Wish(folder, feeds, watch=watch, dry_run=dry_run, embedded=settings is None)
    raise typer.Exit(run(wish, _settings(settings, port), spoken))


def log(
    *,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="Số dòng. Lines.")] = 20,
    port: Annotated[int, PORT] = 8080,
    settings: Annotated[Path | None, SETTINGS] = None,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Những bộ quy tắc đã áp dụng và bị từ chối. Rule sets that were applied, and that were refused."""
    from ioc.cli.rules_apply import show

    show(_settings(settings, port), last, "en" if lang == "en" else "vi")


def _settings(given: Path | None, port: int) -> Path:
    from ioc.cli.running import find

    return given or find(port)
