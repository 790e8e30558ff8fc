"""Alerts' changes as points of history, on both InfluxDBs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from ioc.alerts.alert import Transition, Why
from ioc.histories import AlertHistory, Standing, Waiting
from ioc.sinks.alert_points import alert_line
from ioc.sinks.influx_walls import InfluxWalls
from ioc.sinks.influxql import Question
from ioc.sinks.sqlite import SqliteHistory
from tests.sinks.history_events import just_now

AT_MS = int(just_now().timestamp() * 1000) - 3_600_000
ALL = 'SELECT COUNT("rank") AS "points" FROM "alert"'
OPEN_NOW = (
    'SELECT "rank", "id", "why_vi" FROM (SELECT LAST("rank") AS "rank", "id", "why_vi" FROM "alert" '
    'GROUP BY "rule", "source", "commune") WHERE "rank" > 0'
)


def change(revision: int = 1, **given: Any) -> Transition:
    """PM2.5 at a station, fired an hour ago."""
    told: dict[str, Any] = {
        "alert_id": "a1" * 16, "revision": revision, "rule": "pm25-high", "rule_version": "v1",
        "title": {"vi": "Bụi mịn PM2.5 cao", "en": "High fine dust"}, "domain": "environment", "key": "station:1",
        "source": "station:1", "feed": "stations", "status": "firing", "change": "fired", "severity": "severe",
        "certainty": "observed", "at": AT_MS + revision * 60_000, "clock": AT_MS, "opened_at": AT_MS,
        "last_seen": AT_MS, "why": Why(kind="threshold", quantity="pm25", unit="ug/m3", value=168.0, limit=150.0),
        "commune": "05443", "lat": 21.59, "lon": 105.83,
    }  # fmt: skip
    return Transition(**told | given)


@pytest.fixture(
    params=[pytest.param("influx", marks=pytest.mark.services), pytest.param("influx1", marks=pytest.mark.services)]
)
def walls(request: pytest.FixtureRequest) -> InfluxWalls:
    """Each InfluxDB in turn."""
    made: InfluxWalls = request.getfixturevalue(request.param)
    return made


async def rows(history: InfluxWalls, statement: str) -> Sequence[dict[str, Any]]:
    return await history._ask(Question(statement, {}))


async def test_what_is_open_is_the_last_rank_of_each_rule_and_source(walls: InfluxWalls) -> None:
    other = change(alert_id="b2" * 16, source="station:2", key="station:2", severity="extreme")
    ended = change(2, status="resolved", change="cleared")
    assert not await walls.tell([change(), other])
    assert sorted(row["rank"] for row in await rows(walls, OPEN_NOW)) == [3, 4]

    assert not await walls.tell([ended])
    (still,) = await rows(walls, OPEN_NOW)
    assert still["id"] == "b2" * 16
    assert "168" in still["why_vi"]


async def test_telling_again_changes_nothing(walls: InfluxWalls) -> None:
    told = [change(), change(2, change="raised", severity="extreme"), change(3, status="resolved", change="cleared")]
    for _ in range(3):
        assert not await walls.tell(told)
    (found,) = await rows(walls, ALL)
    assert found["points"] == 3


async def test_two_alerts_of_one_moment_stay_two(walls: InfluxWalls) -> None:
    """A rule that groups by more than the source has several alerts in one series."""
    assert not await walls.tell([change(alert_id=f"{nth:032x}") for nth in range(50)])
    (found,) = await rows(walls, ALL)
    assert found["points"] == 50


async def test_replays_stay_out_of_the_live_walls(walls: InfluxWalls) -> None:
    assert not await walls.tell([change(replay="station file")])
    assert not await rows(walls, OPEN_NOW)


async def test_an_alert_older_than_retention_is_counted_as_expired(influx: InfluxWalls) -> None:
    (refused,) = await influx.tell([change(at=AT_MS - 400 * 86_400_000)])
    assert (refused.code, refused.event_id) == ("expired", "a1" * 16)


def test_hostile_names_stay_names() -> None:
    line = alert_line(change(source='a b,c="d"\nalert rank=9i', title={"vi": 'x"\\,y', "en": "x"}))
    assert b"\nalert" not in line.split(b" rank=")[0]
    series = line.decode().replace(r"place=Phan\ Đình\ Phùng,", "")
    assert series.startswith(
        "alert,commune=05443,domain=environment,rule=pm25-high,severity=severe,source=a\\ b\\,c\\="
    )


def test_an_ended_alert_has_no_rank_and_keeps_its_severity() -> None:
    line = alert_line(change(2, status="resolved", change="cleared"))
    assert b" rank=0i,minor=0i,moderate=0i,severe=0i,extreme=0i," in line
    assert b"severity=severe" in line


def test_the_embedded_door_keeps_no_alerts() -> None:
    assert issubclass(InfluxWalls, AlertHistory)
    assert not issubclass(SqliteHistory, AlertHistory)


@pytest.mark.parametrize(
    ("severity", "status", "open_ones"),
    [("extreme", "firing", (0, 0, 0, 1)), ("minor", "firing", (1, 0, 0, 0)), ("extreme", "resolved", (0, 0, 0, 0))],
)
async def test_the_sum_of_the_last_marks_is_what_is_open_and_zero_is_told_from_nothing(
    walls: InfluxWalls, severity: str, status: str, open_ones: tuple[int, ...]
) -> None:
    names = ("minor", "moderate", "severe", "extreme")
    columns = ", ".join(f'SUM("{name}") AS "{name}"' for name in names)
    last = ", ".join(f'LAST("{name}") AS "{name}"' for name in names)
    asked = f'SELECT {columns} FROM (SELECT {last} FROM "alert" GROUP BY "rule", "source", "commune")'  # noqa: S608
    assert not await rows(walls, asked)
    await walls.tell([change(severity=severity, status=status)])
    (found,) = await rows(walls, asked)
    assert tuple(found[name] for name in names) == open_ones


async def test_walls_are_told_how_desk_and_feeds_stand(walls: InfluxWalls) -> None:
    now = just_now()
    waiting = [Waiting("severe", 2, now - timedelta(minutes=4)), Waiting("extreme", 0, None)]
    feeds = [
        Standing("firms", 'Điểm cháy "vệ tinh"', "hotspot", 1, now - timedelta(hours=3), now - timedelta(hours=1)),
        Standing("new feed", "Mới", "camera", None, None, None),
    ]
    await walls.stand(now, waiting, feeds)
    desk = await rows(walls, 'SELECT "waiting", "oldest_s", "severity"::tag FROM "desk"')
    assert sorted((row["severity"], row["waiting"], row["oldest_s"]) for row in desk) == [
        ("extreme", 0, 0),
        ("severe", 2, 240),
    ]
    told = await rows(walls, 'SELECT "title", "state", "age_s", "due_s", "feed"::tag FROM "feed"')
    assert sorted((row["feed"], row["state"], row["age_s"], row["due_s"]) for row in told) == [
        ("firms", 1, 10_800, -3600),
        ("new feed", 3, None, None),
    ]
