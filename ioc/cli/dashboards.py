"""`ioc dashboards`: walls of Grafana, built from code in the project's folder, and put into a Grafana."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from ioc.cli.operate import language
from ioc.errors import Permanent
from ioc.words import say

dashboards = typer.Typer(
    name="dashboards",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Màn hình Grafana từ mã nguồn. Grafana walls, built from code.",
)


FOLDER = ("ioc", "IOC")
"""Uid and title of the folder in Grafana, as in docker/grafana/provisioning/dashboards/ioc.yaml."""


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


@dashboards.command()
def push(
    url: Annotated[str, typer.Option(help="Địa chỉ Grafana. Grafana's address: http://127.0.0.1:3000/")],
    token_file: Annotated[
        Path, typer.Option(help="Tệp chứa mã tài khoản dịch vụ. File with the token of a service account.")
    ],
    ca_file: Annotated[
        Path | None,
        typer.Option(
            exists=True, help="Chứng thư của đơn vị thay cho công cộng. Certificates to trust instead of public ones."
        ),
    ] = None,
) -> None:
    """Đưa màn hình lên Grafana, thay bản cũ. Put the walls into Grafana in the place of older ones."""
    from ioc.settings import read_secret
    from ioc.settings.tree import loopback
    from ioc.sinks.grafana import Grafana

    walls = _code().build()
    source = importlib.import_module("dashboards.ask").SOURCE
    uid, title = FOLDER
    with Grafana(url, read_secret(token_file), verify=str(ca_file) if ca_file else True) as grafana:
        address = urlsplit(grafana.url)
        if address.scheme == "http" and not loopback(address.hostname or ""):
            raise Permanent("grafana_plain", url=grafana.url)
        ill = grafana.source(source["uid"], source["type"])
        grafana.folder(uid, title)
        for name in sorted(walls):
            print(grafana.push(json.loads(walls[name]), uid, "ioc dashboards push"))
    if ill:
        print(say("dashboards.source_ill", language(), detail=ill), file=sys.stderr)
    print(say("dashboards.pushed", language(), count=len(walls), folder=title), file=sys.stderr)
