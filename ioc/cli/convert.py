"""`ioc convert`: a file of a feed's own format -> canonical events, refusals, and a count of fates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ioc.cli.named import ADAPTERS


def convert(
    file: Annotated[
        str, typer.Argument(help="Tệp, hoặc - để đọc từ đầu vào chuẩn. File, or - for standard input.")
    ] = "-",
    *,
    adapter: Annotated[str, typer.Option(help="Bộ đọc định dạng. Format: " + ", ".join(ADAPTERS))],
    feed: Annotated[str | None, typer.Option(help="Tên nguồn hoặc tệp YAML. A feed's name, or its file.")] = None,
    config: Annotated[Path | None, typer.Option(help="Thư mục cấu hình. Directory with feeds/ and heat.yaml.")] = None,
    received_at: Annotated[
        str | None,
        typer.Option(help="Lúc nhận (RFC 3339), mặc định là lúc ghi tệp. Default: when the file was written."),
    ] = None,
    rejects: Annotated[Path | None, typer.Option(help="Ghi bản ghi bị từ chối (NDJSON). File for refusals.")] = None,
    lang: Annotated[str, typer.Option(envvar="IOC_LANG", help="vi, en")] = "vi",
) -> None:
    """Chuyển tệp dữ liệu sang sự kiện chuẩn (NDJSON). Turn a feed's file into canonical events (NDJSON).

    Mã kết thúc: 0 mọi bản ghi đều có kết luận; 1 sai cấu hình; 2 không đọc được tệp theo định dạng này.
    """
    from ioc.cli.convert_run import Asked, run_convert

    run_convert(Asked(file, adapter, feed, config, received_at, rejects), lang)
