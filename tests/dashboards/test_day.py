"""A day of real files through the whole pipeline onto the walls: every query answered, and the desk's own worst on top."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dashboards.build import build
from ioc.desk import board
from ioc.sinks.influx_walls import InfluxWalls
from tests.dashboards.grafana import answer, answers, real_now, shown
from tests.dashboards.rules import NO_DATA
from tests.dashboards.seeded import Day, fill_day
from tests.dashboards.test_queries import empty
from tests.real_services import GrafanaPackages

pytestmark = [pytest.mark.services, pytest.mark.data]
WALLS = {name.removesuffix(".json"): json.loads(text) for name, text in build().items() if "-vi" in name}
SILENT = 'FROM "camera"'
"""No real file of the day holds a camera's events: its charts are empty, and its lists say that data are missing."""


async def test_every_query_has_an_answer_and_the_worst_of_the_desk_stands_on_top(
    walls: InfluxWalls, seeded_day: Day, grafana_packages: GrafanaPackages, tmp_path: Path
) -> None:
    deps = await fill_day(walls, seeded_day, real_now(), tmp_path)
    wrong = {
        f"{name} {target['query']}": found
        for name, wall in WALLS.items()
        for panel in wall["panels"]
        for target in panel.get("targets", ())
        if SILENT not in target["query"] and (found := empty(await answer(walls, target["query"])))
    }
    assert not wrong

    overview = [panel for panel in WALLS["ioc-overview-vi"]["panels"] if panel.get("targets")]
    told = shown(grafana_packages, [(panel, await answers(walls, panel)) for panel in overview])
    worst, counts, _, waiting, feeds, _ = told
    with deps.desk.store.reading() as session:
        matters = sorted(board.snapshot(session).matters, key=lambda one: one.order)
    open_ones = [one for one in matters if one.state == "waiting"]
    assert len(open_ones) > 4, "the golden lists say that alerts are open at these moments"
    assert _communes(worst) == _communes(waiting)[:1]
    assert [one.colour for one in waiting] == [COLOURS[one.transition.severity] for one in open_ones[:4]]
    assert _communes(waiting) == [_name(deps, one) for one in open_ones[:4]]
    by_severity = [sum(one.transition.severity == name for one in open_ones) for name in COLOURS]
    assert [int(one.text.split()[1]) for one in counts] == by_severity
    assert NO_DATA["vi"] not in {one.text for tile in (worst, counts, waiting, feeds) for one in tile}


COLOURS = {"extreme": "#C4162A", "severe": "#FFB357", "moderate": "#C0D8FF", "minor": "#1F60C4"}


def _communes(tile: Any) -> list[str]:
    """Where: the figure of the worst, the beginning of a line."""
    return [one.title.partition(":")[0] if ":" in one.title else one.text.split(maxsplit=1)[1] for one in tile]


def _name(deps: Any, matter: board.Matter) -> str:
    told = matter.transition
    place = deps.boundaries.place(told.commune) if told.commune else None
    return place.name if place else told.source
