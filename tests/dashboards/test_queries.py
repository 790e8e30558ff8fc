"""Every query of every wall, asked of both InfluxDBs after the sink itself has written what the wall shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dashboards.build import build
from ioc.errors import Retryable
from ioc.sinks.influx_walls import InfluxWalls
from tests.dashboards.filled import fill
from tests.dashboards.grafana import answer, columns, real_now

OPTIONAL = {"lat", "lon", "confidence"}
"""Columns that an event may honestly lack."""
WALLS = {name: json.loads(text) for name, text in build().items() if "-vi" in name}


def empty(told: Any) -> list[str]:
    """Columns without a value; everything where there is no row."""
    found = columns(told)
    if not found:
        return ["no row"]
    return [name for name, values in found.items() if name not in OPTIONAL and all(one is None for one in values)]


@pytest.mark.services
async def test_every_query_has_an_answer_without_an_empty_column(walls: InfluxWalls) -> None:
    await fill(walls, real_now())
    wrong = {
        f"{name} {target['query']}": found
        for name, wall in WALLS.items()
        for panel in wall["panels"]
        for target in panel.get("targets", ())
        if (found := empty(await answer(walls, target["query"])))
    }
    assert not wrong


@pytest.mark.services
async def test_a_misspelt_field_is_found_by_this_very_check(walls: InfluxWalls) -> None:
    await fill(walls, real_now())
    told = await answer(walls, 'SELECT LAST("value") AS "value", "valeu" FROM "environment" WHERE $timeFilter')
    assert empty(told) == ["valeu"]
    assert empty(await answer(walls, 'SELECT LAST("value") FROM "environmant" WHERE $timeFilter')) == ["no row"]
    with pytest.raises(Retryable, match="found SELEC"):
        await answer(walls, 'SELEC "value" FROM "environment"')
