"""`ioc dashboards`: walls of Grafana, built from code in the project's folder."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import typer

from ioc.cli.operate import language
from ioc.errors import Permanent
from ioc.words import say

dashboards = typer.Typer(
    name="dashboards", no_args_is_help=True, help="Màn hình Grafana từ mã nguồn. Grafana walls, built from code."
)


def _code() -> Any:
    """The module that builds; it is part of the project's folder, not of what is installed."""
    here = Path(__file__).resolve().parents[2]
    if not (here / "dashboards" / "build.py").is_file():
        raise Permanent("dashboards_missing", path=here)
    if str(here) not in sys.path:
        sys.path.insert(0, str(here))
    try:
        return importlib.import_module("dashboards.build")
    except ModuleNotFoundError as error:
        if error.name != "grafana_foundation_sdk":
            raise
        raise Permanent("dashboards_sdk") from error


@dashboards.command()
def build() -> None:
    """Viết lại các tệp JSON. Write the JSON files anew."""
    changed = _code().write()
    for name in changed:
        print(name)
    print(say("dashboards.built", language(), count=len(changed)), file=sys.stderr)


@dashboards.command()
def check() -> None:
    """Kiểm tra tệp JSON có đúng với mã nguồn. Check that the JSON files are what the code makes."""
    outdated = _code().outdated()
    for name in outdated:
        print(name)
    if outdated:
        print(say("dashboards.outdated", language(), count=len(outdated)), file=sys.stderr)
        raise typer.Exit(1)
    print(say("dashboards.current", language()), file=sys.stderr)
