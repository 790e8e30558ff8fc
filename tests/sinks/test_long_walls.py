"""Walls that look over more than two days ask rollups, or what is told of alerts: never a month of single events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from dashboards.build import build
from ioc.events import DOMAINS
from ioc.sinks.influx_walls import InfluxWalls
from ioc.sinks.rollup import TIERS
from tests.sinks.asked import ask
from tests.sinks.history_events import FrozenClock, event, just_now, place
from tests.sinks.test_alert_points import walls  # noqa: F401 - a fixture

LONG = timedelta(days=2)
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def span(wall: dict[str, Any]) -> timedelta:
    text = wall["time"]["from"].removeprefix("now-")
    return int(text[:-1]) * UNITS[text[-1]]


def queries(wall: dict[str, Any]) -> Iterator[str]:
    for panel in wall["panels"]:
        yield from (target["query"] for target in panel.get("targets", ()))


def test_a_long_wall_reads_no_single_events() -> None:
    built = [json.loads(text) for text in build().values()]
    found = [wall for wall in built if span(wall) > LONG]
    assert found
    for wall in found:
        for query in queries(wall):
            assert not any(f'FROM "{domain}"' in query for domain in DOMAINS), f"{wall['uid']}: {query}"


@pytest.mark.services
@pytest.mark.parametrize("tier", TIERS, ids=[tier.name for tier in TIERS])
async def test_rollups_are_asked_for_as_a_wall_asks(
    walls: InfluxWalls,  # noqa: F811
    clock: FrozenClock,
    tier: Any,
) -> None:
    """The database of the data source, the width as a retention policy: the same on InfluxDB 1.8 and 2.7."""
    at = just_now() - timedelta(hours=3)
    made = [
        event(at=at + timedelta(minutes=n), source=f"s{n % 2}", value=float(n), location=place()) for n in range(20)
    ]
    assert not await walls.write(made)
    clock.at += timedelta(minutes=2)
    assert await walls.roll()

    text = (
        f'SELECT SUM("sum") / SUM("events") AS "mean", MAX("high") AS "high" FROM "{tier.name}"."environment" '  # noqa: S608 - names of ours
        'WHERE "quantity" = \'pm25\' AND $timeFilter GROUP BY time(1d), "place" fill(none)'
    )
    columns = await ask(walls, text)
    assert max(columns["high"]) == 19.0
    assert all(value is not None for value in columns["mean"])
