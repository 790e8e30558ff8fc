"""`ioc dashboards`: walls of Grafana, built from code in the project's folder, and put into a Grafana."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from ioc.cli.operate import language
from ioc.errors import Permanent
from ioc.words import LANGS, say

if TYPE_CHECKING:
    from ioc.sinks.grafana_site import GrafanaSite

dashboards = typer.Typer(
    name="dashboards",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Màn hình Grafana từ mã nguồn. Grafana walls, built from code.",
)


FOLDER = ("ioc", "IOC")
"""Uid and title of the folder in Grafana, as in docker/grafana/provisioning/dashboards/ioc.yaml."""
SHOWN = 8
"""Paths of one wall that are told; the first ones lead to the others."""


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


Url = Annotated[str, typer.Option(help="Địa chỉ Grafana. Grafana's address: http://127.0.0.1:3000/")]
TokenFile = Annotated[
    Path, typer.Option(help="Tệp chứa mã tài khoản dịch vụ. File with the token of a service account.")
]
CaFile = Annotated[
    Path | None,
    typer.Option(
        exists=True, help="Chứng thư của đơn vị thay cho công cộng. Certificates to trust instead of public ones."
    ),
]


def _site(url: str, token_file: Path, ca_file: Path | None) -> GrafanaSite:
    """Grafana, never with a token that can be read on the way."""
    from ioc.settings import read_secret
    from ioc.settings.tree import loopback
    from ioc.sinks.grafana_site import GrafanaSite

    grafana = GrafanaSite(url, read_secret(token_file), verify=str(ca_file) if ca_file else True)
    address = urlsplit(grafana.url)
    if address.scheme == "http" and not loopback(address.hostname or ""):
        raise Permanent("grafana_plain", url=grafana.url)
    return grafana


@dashboards.command()
def push(
    url: Url,
    token_file: TokenFile,
    *,
    ca_file: CaFile = None,
    influx_url: Annotated[
        str | None,
        typer.Option(help="Tạo nguồn dữ liệu nếu chưa có: địa chỉ InfluxDB mà Grafana gọi. Make the data source."),
    ] = None,
    influx_token_file: Annotated[
        Path | None, typer.Option(help="Tệp chứa khóa InfluxDB cho Grafana. File with InfluxDB's token for Grafana.")
    ] = None,
    influx_bucket: Annotated[str, typer.Option(help="Bucket của lịch sử. Bucket of history.")] = "ioc",
) -> None:
    """Đưa màn hình, trình chiếu và cảnh báo lên Grafana. Put walls, playlists and the alert into Grafana."""
    from ioc.settings import read_secret

    walls = {name: json.loads(text) for name, text in sorted(_code().build().items())}
    source = importlib.import_module("dashboards.ask").SOURCE
    uid, title = FOLDER
    with _site(url, token_file, ca_file) as grafana:
        if influx_url and influx_token_file:
            token = read_secret(influx_token_file)
            if grafana.add_source(source["uid"], title, influx_url, influx_bucket, token):
                print(say("dashboards.source_made", language(), uid=source["uid"]), file=sys.stderr)
        ill = grafana.source(source["uid"], source["type"])
        grafana.folder(uid, title)
        for wall in walls.values():
            print(grafana.push(wall, uid, "ioc dashboards push"))
        playing = []
        for lang in LANGS:
            shown = [(wall["uid"], wall["title"]) for wall in walls.values() if lang in wall["tags"]]
            made = grafana.playlist(say("dashboards.playlist", lang), sorted(shown, key=lambda one: one[1]))
            playing.append(f"{grafana.url}/playlists/play/{made}?kiosk&autofitpanels")
        for rule in _rules():
            grafana.alert(rule)
    if ill:
        print(say("dashboards.source_ill", language(), detail=ill), file=sys.stderr)
    print(say("dashboards.pushed", language(), count=len(walls), folder=title), file=sys.stderr)
    for address in playing:
        print(say("dashboards.playing", language(), url=address), file=sys.stderr)


def _rules() -> list[dict[str, Any]]:
    """Grafana's own alerts, from the file that provisions them."""
    from ioc.settings.document import plain, read_document
    from ioc.sinks.grafana_site import api_rules

    here = Path(_code().__file__).resolve().parents[1]
    document = read_document(here / "docker" / "grafana" / "provisioning" / "alerting" / "ioc.yaml")
    return api_rules(plain(document.tree), FOLDER[0])


@dashboards.command()
def diff(url: Url, token_file: TokenFile, ca_file: CaFile = None) -> None:
    """Màn hình trên Grafana khác mã nguồn ở đâu. Where Grafana's walls differ from the code; exit code 1 if they do."""
    from ioc.sinks.grafana_site import differences

    walls = {name: json.loads(text) for name, text in sorted(_code().build().items())}
    other = 0
    with _site(url, token_file, ca_file) as grafana:
        for wall in walls.values():
            found = grafana.wall(wall["uid"])
            paths = [] if found is None else differences(wall, found)
            if found is None:
                print(say("dashboards.absent", language(), uid=wall["uid"]))
            elif paths:
                shown = ", ".join(paths[:SHOWN]) + (", ..." if len(paths) > SHOWN else "")
                print(say("dashboards.differs", language(), uid=wall["uid"], paths=shown))
            other += found is None or bool(paths)
    if other:
        print(say("dashboards.other", language(), count=other), file=sys.stderr)
        raise typer.Exit(1)
    print(say("dashboards.same", language(), count=len(walls)), file=sys.stderr)
