"""What walls display, as text and colour: answers of both InfluxDBs through Grafana's own data pipeline, held against
the page of expectations; and a loss of data, which is never zero and never calm."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from dashboards.build import build
from ioc.sinks.influx_walls import InfluxWalls
from tests.dashboards import expectations
from tests.dashboards.expectations import FOLDER
from tests.dashboards.filled import fill
from tests.dashboards.grafana import answers, lint, real_now, shown
from tests.dashboards.rules import GREY, NO_DATA, TILES, language
from tests.real_services import GrafanaPackages

WALLS: dict[str, Any] = {name.removesuffix(".json"): json.loads(text) for name, text in build().items()}
NOTHING = {"results": [{"statement_id": 0}]}

pytestmark = pytest.mark.services


def panels(wall: Any) -> list[Any]:
    """Those that ask."""
    return [panel for panel in wall["panels"] if panel.get("targets")]


def test_grafana_has_every_unit_reducer_transformation_matcher_colour_and_mapping(
    grafana_packages: GrafanaPackages,
) -> None:
    assert {name: found for name, found in lint(grafana_packages, WALLS).items() if found} == {}


async def test_every_tile_displays_what_the_page_of_expectations_says(
    walls: InfluxWalls, grafana_packages: GrafanaPackages
) -> None:
    await fill(walls, real_now())
    asked = [(panel, await answers(walls, panel)) for wall in WALLS.values() for panel in panels(wall)]
    told = iter(shown(grafana_packages, asked))
    for name, wall in WALLS.items():
        found = expectations.page(wall, [next(told) for _ in panels(wall)])
        path = FOLDER / f"{name}.txt"
        if os.environ.get("IOC_WRITE_EXPECTED"):
            FOLDER.mkdir(exist_ok=True)
            path.write_text(found, encoding="utf-8")
        assert found == path.read_text(encoding="utf-8"), name


def test_without_data_every_tile_says_so_in_grey_and_none_shows_a_number(grafana_packages: GrafanaPackages) -> None:
    asked = [(panel, [NOTHING]) for wall in WALLS.values() for panel in panels(wall)]
    told = iter(shown(grafana_packages, asked))
    for wall in WALLS.values():
        for panel in panels(wall):
            one = next(told)
            if panel["type"] in TILES:
                assert [(value.text, value.colour) for value in one] == [(NO_DATA[language(wall)], GREY)], panel["id"]
            else:
                assert one == []


async def test_a_null_beside_good_values_is_a_loss_of_data_and_not_zero(
    walls: InfluxWalls, grafana_packages: GrafanaPackages
) -> None:
    for wall in WALLS.values():
        for panel in panels(wall):
            if panel["type"] == "stat" and not panel["options"]["reduceOptions"]["values"]:
                names = [one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]]
                row = {"name": "health", "columns": ["time", *names], "values": [[1, *(None for _ in names)]]}
                (values,) = shown(grafana_packages, [(panel, [{"results": [{"series": [row]}]}])])
                assert {(one.text.strip(" s"), one.colour) for one in values} == {(NO_DATA[language(wall)], GREY)}
