"""What is pushed beside walls: data source, playlist, alert; and how a stored wall differs from the code."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from ruamel.yaml import YAML

from dashboards.build import build
from ioc.errors import Permanent
from ioc.sinks.grafana_site import GrafanaSite, api_rules, differences
from tests.sinks.grafana_double import TOKEN, GrafanaDouble
from tests.sinks.test_grafana import double, url, waits  # noqa: F401 - fixtures

FILE = Path(__file__).parents[2] / "docker" / "grafana" / "provisioning" / "alerting" / "ioc.yaml"
INFLUX = ("ioc-influx", "IOC", "http://influxdb:8086", "ioc", SecretStr("canary-influx"))
WALLS = [("ioc-overview-vi", "1 · Toàn tỉnh"), ("ioc-forest-fire-vi", "2 · Cháy rừng")]


@pytest.fixture
def site(url: str, waits: list[float]) -> Iterator[GrafanaSite]:  # noqa: F811
    with GrafanaSite(url, SecretStr(TOKEN), wait=waits.append) as made:
        yield made


def rule() -> dict[str, Any]:
    (found,) = api_rules(YAML(typ="safe").load(FILE.read_text(encoding="utf-8")), "ioc")
    return found


# --- data source


def test_a_data_source_is_made_once(site: GrafanaSite, double: GrafanaDouble) -> None:  # noqa: F811
    double.sources = {}
    assert site.add_source(*INFLUX)
    assert not site.add_source(*INFLUX)
    assert site.source("ioc-influx", "influxdb") == ""


def test_a_data_source_that_stands_stays_as_people_made_it(site: GrafanaSite, double: GrafanaDouble) -> None:  # noqa: F811
    assert not site.add_source(*INFLUX)
    assert not any(one.startswith("POST") for one in double.seen)


def test_another_data_source_of_the_same_name_is_told(site: GrafanaSite, double: GrafanaDouble) -> None:  # noqa: F811
    double.sources, double.source_names = {}, {"IOC"}
    with pytest.raises(Permanent) as error:
        site.add_source(*INFLUX)
    assert error.value.code == "grafana_name"
    assert "canary-influx" not in str(error.value)


# --- playlist


def test_a_playlist_is_found_by_its_name_and_brought_up_to_date(
    site: GrafanaSite,
    double: GrafanaDouble,  # noqa: F811
) -> None:
    first = site.playlist("IOC", WALLS[:1])
    assert site.playlist("IOC", WALLS) == first
    (stored,) = double.playlists
    assert [(one["order"], one["value"], one["type"]) for one in stored["items"]] == [
        (1, "ioc-overview-vi", "dashboard_by_uid"),
        (2, "ioc-forest-fire-vi", "dashboard_by_uid"),
    ]


def test_a_playlist_with_a_longer_name_is_another(site: GrafanaSite, double: GrafanaDouble) -> None:  # noqa: F811
    site.playlist("IOC & test", WALLS)
    site.playlist("IOC", WALLS)
    site.playlist("IOC & test", WALLS)
    assert sorted(one["name"] for one in double.playlists) == ["IOC", "IOC & test"]


# --- alert


def test_the_alert_of_the_file_is_pushed_in_the_place_of_its_own(
    site: GrafanaSite,
    double: GrafanaDouble,  # noqa: F811
) -> None:
    for _ in range(2):
        site.alert(rule())
    assert list(double.rules) == ["ioc-history-late"]
    stored = double.rules["ioc-history-late"]
    assert (stored["folderUID"], stored["ruleGroup"], stored["orgID"], stored["noDataState"]) == (
        "ioc", "history", 1, "Alerting",
    )  # fmt: skip
    assert [one.split()[0] for one in double.seen] == ["GET", "POST", "GET", "PUT"]


def test_an_alert_whose_answer_was_lost_is_not_made_twice(
    site: GrafanaSite,
    double: GrafanaDouble,  # noqa: F811
    waits: list[float],  # noqa: F811
) -> None:
    double.lost.add("POST")
    site.alert(rule())
    assert (len(double.rules), len(waits)) == (1, 1)


def test_a_file_that_holds_no_rules_is_told() -> None:
    with pytest.raises(Permanent) as error:
        api_rules({"groups": [{"rules": [{}]}]}, "ioc")
    assert error.value.code == "grafana_rules"


# --- how a stored wall differs


@pytest.fixture
def wall() -> dict[str, Any]:

    found: dict[str, Any] = json.loads(build()["ioc-overview-vi.json"])
    return found


def test_a_wall_comes_back_as_it_was_pushed(site: GrafanaSite, double: GrafanaDouble, wall: dict[str, Any]) -> None:  # noqa: F811
    assert site.wall(wall["uid"]) is None
    double.folders["ioc"] = "IOC"
    site.push(wall, "ioc", "m")
    found = site.wall(wall["uid"])
    assert found is not None
    found = {name: value for name, value in found.items() if name not in ("folder", "given")}
    assert differences(wall, {**found, "id": 9, "version": 4, "links": [], "preload": False}) == []


def test_each_change_by_hand_is_named_by_its_path(wall: dict[str, Any]) -> None:
    found = copy.deepcopy(wall)
    found["refresh"] = "1h"
    found["panels"][0]["gridPos"]["w"] = 7
    found["panels"][1]["extra"] = "x"
    assert differences(wall, found) == ["panels[0].gridPos.w", "panels[1].extra", "refresh"]


def test_a_panel_more_or_less_is_a_difference(wall: dict[str, Any]) -> None:
    assert differences(wall, {**wall, "panels": wall["panels"][:-1]}) == ["panels"]


def test_a_zero_that_became_nothing_is_a_difference() -> None:
    assert differences({"a": {"min": 0}}, {"a": {"min": None}}) == ["a.min"]
    assert differences({"a": {"min": None}}, {"a": {}}) == []
