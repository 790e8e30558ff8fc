"""Commands of those who run the monitor. Each imports what it needs: `ioc --help` stays quick."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ioc.words import Lang


def language() -> Lang:
    """IOC_LANG, else Vietnamese."""
    return "en" if os.environ.get("IOC_LANG", "vi") == "en" else "vi"


def up(
    port: Annotated[
        int,
        typer.Option(
            min=1,
            max=65533,
            help="Cổng của màn hình; nhận dữ liệu ở cổng +1, số đo ở +2. Console; gateway +1, metrics +2.",
        ),
    ] = 8080,
    data: Annotated[
        Path | None, typer.Option(help="Thư mục giữ dữ liệu qua các lần chạy. Directory kept between runs.")
    ] = None,
    no_demo: Annotated[
        bool, typer.Option("--no-demo", help="Không có dữ liệu mô phỏng. No simulated province.")
    ] = False,
    scenario: Annotated[str | None, typer.Option(help="Kịch bản mô phỏng. Scenario of the simulated province.")] = None,
    speed: Annotated[float, typer.Option(min=1, max=100, help="Tốc độ mô phỏng. Speed of the simulation.")] = 1.0,
) -> None:
    """Chạy toàn bộ hệ thống trên một máy. Run the whole monitor on this machine."""
    from ioc.cli.up import Wish
    from ioc.cli.up import up as run

    wish = Wish(port=port, data=data, demo=not no_demo, scenario=scenario, speed=speed, lang=language())
    raise typer.Exit(run(wish))
