"""`ioc dashboards push` against a Grafana of a test's own: every wall, one sentence for what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.build import build
from ioc.cli.app import run
from ioc.cli.dashboards import FOLDER
from tests.docker.composition import ROOT, plain
from tests.sinks.grafana_double import TOKEN, GrafanaDouble, served


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_LANG", "en")


@pytest.fixture
def double() -> GrafanaDouble:
    return GrafanaDouble(None)


@pytest.fixture
def url(double: GrafanaDouble) -> Iterator[str]:
    with served(double) as address:
        yield address


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def push(url: str, token: Path) -> int:
    return run(["dashboards", "push", "--url", url, "--token-file", str(token)])


def test_every_wall_is_put_into_the_folder_and_its_address_printed(
    double: GrafanaDouble, url: str, token: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert push(url, token) == 0
    assert push(url, token) == 0
    uids = sorted(name.removesuffix(".json") for name in build())
    assert sorted(double.walls) == uids
    assert {wall["version"] for wall in double.walls.values()} == {2}
    out, err = capsys.readouterr()
    assert out.split() == [f"{url}/d/{uid}/wall" for uid in uids] * 2
    assert err.splitlines()[0] == f"{len(uids)} walls were put into Grafana, folder IOC."


def test_a_playlist_for_each_language_and_the_alert_go_with_them(
    double: GrafanaDouble, url: str, token: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert push(url, token) == 0
    assert push(url, token) == 0
    vi, en = double.playlists
    assert [one["value"] for one in vi["items"]][:2] == ["ioc-overview-vi", "ioc-forest-fire-vi"]
    assert {one["value"] for one in en["items"]} == {name for name in double.walls if name.endswith("-en")}
    assert list(double.rules) == ["ioc-history-late"]
    assert f"{url}/playlists/play/{vi['uid']}?kiosk&autofitpanels" in capsys.readouterr().err


def test_a_data_source_is_made_only_where_asked_for(
    double: GrafanaDouble, url: str, token: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    double.sources = {}
    assert push(url, token) == 1
    influx = tmp_path / "influx"
    influx.write_text("canary-influx\n", encoding="utf-8")
    influx.chmod(0o600)
    more = ["--influx-url", "http://influxdb:8086", "--influx-token-file", str(influx)]
    assert run(["dashboards", "push", "--url", url, "--token-file", str(token), *more]) == 0
    assert double.sources == {"ioc-influx": "influxdb"}
    assert "canary" not in "".join(capsys.readouterr())


def test_diff_names_what_is_not_there_and_what_people_changed(
    double: GrafanaDouble, url: str, token: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["dashboards", "diff", "--url", url, "--token-file", str(token)]
    assert run(asked) == 1
    assert len(capsys.readouterr().out.splitlines()) == len(build())
    assert push(url, token) == 0
    for wall in double.walls.values():
        del wall["folder"], wall["given"]
    assert run(asked) == 0
    double.walls["ioc-overview-en"]["refresh"] = "1h"
    capsys.readouterr()
    assert run(asked) == 1
    out, err = capsys.readouterr()
    assert out.splitlines() == ["ioc-overview-en: differs in refresh"]
    assert err.startswith("1 walls")


def test_the_folder_is_the_one_that_files_are_provisioned_into() -> None:
    (provider,) = plain(ROOT / "docker/grafana/provisioning/dashboards/ioc.yaml")["providers"]
    assert (provider["folderUid"], provider["folder"]) == FOLDER


def test_history_that_cannot_be_asked_is_told_after_the_walls_are_there(
    double: GrafanaDouble, url: str, token: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    double.health = (400, {"status": "ERROR", "message": "unauthorized access"})
    assert push(url, token) == 0
    assert "unauthorized access" in capsys.readouterr().err
    assert double.walls


def test_a_wall_that_grafana_loads_from_files_is_not_pushed_over(
    double: GrafanaDouble, url: str, token: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    look: tuple[int, object, dict[str, str]] = (200, {"uid": "ioc", "type": "influxdb", "status": "OK"}, {})
    double.troubles = [look, look, look, (400, {"message": "Cannot save provisioned dashboard"}, {})]
    assert push(url, token) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "Cannot save provisioned dashboard" in sentence
    assert double.walls == {}


def test_a_token_that_others_can_read_is_not_used(
    double: GrafanaDouble, url: str, token: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token.chmod(0o644)
    assert push(url, token) == 1
    assert double.seen == []
    assert TOKEN not in capsys.readouterr().err


def test_a_token_does_not_travel_unencrypted(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert push("http://grafana.example:3000/", token) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "use https" in sentence
