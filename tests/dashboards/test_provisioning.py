"""What Grafana is provisioned with: the names that walls and sink use, paths that are mounted, secrets from files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dashboards import ground
from dashboards.ask import SOURCE
from dashboards.build import FOLDER, build
from dashboards.wall import TILES
from ioc.settings.tree import InfluxHistory
from ioc.sinks.standing_points import DESK
from tests.docker.composition import COMPOSE, ROOT, SERVICES, mounts, plain

PROVISIONING = ROOT / "docker" / "grafana" / "provisioning"
SECRET = re.compile(r"\$__file\{/run/secrets/(\w+)\}")
"""Grafana's own way to read a value from a file (its setting/expanders.go)."""
FILES = sorted(PROVISIONING.rglob("*.yaml"))
SOURCES: list[Any] = plain(PROVISIONING / "datasources" / "ioc.yaml")["datasources"]
GROUPS: list[Any] = plain(PROVISIONING / "alerting" / "ioc.yaml")["groups"]
PROVIDERS: list[Any] = plain(PROVISIONING / "dashboards" / "ioc.yaml")["providers"]


def test_the_data_source_is_the_one_that_walls_name() -> None:
    assert [{"type": one["type"], "uid": one["uid"]} for one in SOURCES] == [SOURCE]


def test_the_data_source_asks_the_bucket_that_the_roles_write() -> None:
    assert SOURCES[0]["jsonData"]["dbName"] == InfluxHistory().bucket
    assert SOURCES[0]["jsonData"]["dbName"] == SERVICES["influxdb"]["environment"]["DOCKER_INFLUXDB_INIT_BUCKET"]
    assert SOURCES[0]["url"] == "http://influxdb:8086"
    assert SOURCES[0]["jsonData"]["httpMode"] in ("GET", "POST")
    assert SOURCES[0]["access"] == "proxy"


def test_the_provider_looks_where_compose_puts_the_committed_walls() -> None:
    found = mounts("grafana")
    assert (ROOT / found[PROVIDERS[0]["options"]["path"]]).resolve() == FOLDER.resolve()
    assert (ROOT / found["/etc/grafana/provisioning"]).resolve() == PROVISIONING


def test_tiles_are_mounted_where_the_walls_ask_for_them() -> None:
    asked = TILES.partition("{")[0].rstrip("/")
    assert f"/usr/share/grafana{asked}" in mounts("grafana")


def test_the_ground_of_the_maps_is_mounted_where_the_walls_ask_for_it() -> None:
    found = mounts("grafana")
    asked = ground.URL.removesuffix(f"/{ground.FILE.name}")
    assert (ROOT / found[f"/usr/share/grafana{asked}"]).resolve() == ground.FILE.parent


def test_walls_in_a_folder_of_their_own_belong_to_the_folder_of_the_alert() -> None:
    assert {one["folder"] for one in GROUPS} == {one["folder"] for one in PROVIDERS}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_dollar_reads_a_secret_that_compose_gives_to_grafana_or_is_doubled(path: Path) -> None:
    text = "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    given = SERVICES["grafana"]["secrets"]
    for name in SECRET.findall(text):
        assert name in given
        assert name in COMPOSE["secrets"]
    assert "$" not in SECRET.sub("", text).replace("$$", "")


def test_everything_secret_comes_from_a_file() -> None:
    for source in SOURCES:
        assert "password" not in source
        assert all(SECRET.search(value) for value in source["secureJsonData"].values())
    assert SOURCES[0]["jsonData"]["httpHeaderName1"] == "Authorization"
    assert SOURCES[0]["secureJsonData"]["httpHeaderValue1"].startswith("Token ")


def test_the_alert_is_whole_and_its_steps_follow_each_other() -> None:
    rules = [rule for group in GROUPS for rule in group["rules"]]
    uids = [rule["uid"] for rule in rules]
    assert len(set(uids)) == len(uids)
    for rule in rules:
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", rule["uid"])
        steps = [step["refId"] for step in rule["data"]]
        assert rule["condition"] == steps[-1]
        assert {step["datasourceUid"] for step in rule["data"]} == {SOURCE["uid"], "__expr__"}
        for nth, step in enumerate(rule["data"]):
            assert step["model"]["refId"] == step["refId"]
            assert step["model"].get("expression", steps[0]) in steps[: max(nth, 1)]
        assert rule["noDataState"] == rule["execErrState"] == "Alerting"
        assert f'FROM "{DESK}"' in rule["data"][0]["model"]["query"]


def test_every_wall_stands_under_its_own_name_in_the_folder() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(build())
    assert all(json.loads(text)["uid"] == name.removesuffix(".json") for name, text in build().items())
