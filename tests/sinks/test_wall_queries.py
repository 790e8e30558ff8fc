"""Every query of every wall, asked of both InfluxDBs after the sink itself has written what the wall shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from dashboards.build import build
from ioc.events import DOMAINS, SEVERITIES
from ioc.ports import AirPoint, Standing, Waiting
from ioc.sinks.influx_walls import InfluxWalls
from tests.sinks.history_events import event, just_now
from tests.sinks.test_alert_points import change, walls  # noqa: F401 - a fixture

OPTIONAL = {"lat", "lon", "confidence"}
"""Columns that an event may honestly lack."""


def targets() -> Iterator[Any]:
    for name, text in build().items():
        if "-vi" in name:
            for panel in json.loads(text)["panels"]:
                for target in panel["targets"]:
                    yield pytest.param(target["query"], id=f"{name}: {panel['title']}")


async def fill(history: InfluxWalls) -> None:
    """What a working province leaves behind within an hour."""
    now = just_now()
    at = now - timedelta(minutes=5)
    readings = [
        event("environment", at=at, source=f"station:{nth}", quantity=quantity, unit=unit, value=float(nth + 1))
        for nth in range(3)
        for quantity, unit in (
            ("pm25", "ug/m3"), ("water_level", "m"), ("wind_speed", "m/s"), ("humidity", "%")
        )
    ]  # fmt: skip
    others = [event(domain, at=at, source=f"{domain}:1") for domain in ("camera", "hotspot", "netsec")]
    assert not await history.write([*readings, *others])
    at_ms = int(at.timestamp() * 1000)
    assert not await history.tell(
        [
            change(alert_id=f"{nth:032x}", source=f"{domain}:1", domain=domain, severity=SEVERITIES[nth + 1], at=at_ms)
            for nth, domain in enumerate(DOMAINS)
        ]
    )
    await history.stand(
        now,
        [Waiting(severity, 0, None) for severity in SEVERITIES[1:]],
        [Standing(f"{domain}-feed", domain, domain, 0, at, now) for domain in DOMAINS],
    )
    await history.air([AirPoint("station:1", at, 110, "pm25")])


@pytest.mark.services
@pytest.mark.parametrize("query", list(targets()))
async def test_the_query_has_an_answer_without_an_empty_column(walls: InfluxWalls, query: str) -> None:  # noqa: F811
    await fill(walls)
    columns = await ask(walls, query)
    assert columns, "no row"
    empty = [name for name, values in columns.items() if name not in OPTIONAL and all(one is None for one in values)]
    assert not empty


@pytest.mark.services
async def test_a_misspelt_field_is_found_by_this_very_check(walls: InfluxWalls) -> None:  # noqa: F811
    await fill(walls)
    columns = await ask(walls, 'SELECT LAST("value") AS "value", "valeu" FROM "environment" WHERE $timeFilter')
    assert [name for name, values in columns.items() if all(one is None for one in values)] == ["valeu"]


async def ask(history: InfluxWalls, query: str) -> dict[str, list[Any]]:
    """Columns of the answer, with Grafana's macros filled in as its backend does."""
    now = int(just_now().timestamp() * 1000) + 60_000
    text = query.replace("$timeFilter", f"time >= {now - 86_400_000}ms and time <= {now}ms")
    answer = await history._call(
        "/query",
        post_params={"db": history._config.bucket, "q": text.replace("$__interval", "5m"), "epoch": "ms"},
    )
    (result,) = answer["results"]
    assert "error" not in result, result
    columns: dict[str, list[Any]] = {}
    for series in result.get("series", ()):
        for row in series["values"]:
            for name, value in zip(series["columns"], row, strict=True):
                columns.setdefault(name, []).append(value)
    return columns
