"""VN_AQI of stations, worked out of what history keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ioc.console.air import indices
from ioc.sinks.sqlite import SqliteConfig, SqliteHistory
from tests.sinks.history_events import FrozenClock, event

END = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
"""08:00 at +07:00."""
HOUR = timedelta(hours=1)
PRINTED = [26.9, 24.7, 20.5, 23.5, 19.5, 16.5, 19.0, 16.5, 20.3, 22.4, 19.6, 20.6]
"""Twelve hours of PM2.5 in the example of Decision 1459/QD-TCMT, the present hour last."""


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[SqliteHistory]:
    made = SqliteHistory(SqliteConfig(path=tmp_path / "history.sqlite"), FrozenClock(END))
    await made.prepare()
    yield made
    await made.close()


async def hours(history: SqliteHistory, source: str, quantity: str, values: Sequence[float | None]) -> None:
    """Two readings in each hour, so that its mean is the value; the last hour ends at END."""
    begin = END - len(values) * HOUR
    readings = [
        event(
            "environment", at=begin + nth * HOUR + minutes, source=source, quantity=quantity, value=value + off, n=nth
        )
        for nth, value in enumerate(values)
        if value is not None
        for minutes, off in ((timedelta(minutes=10), -1.0), (timedelta(minutes=40), 1.0))
    ]
    assert not await history.write(readings)


async def test_the_decisions_own_hours_give_its_own_index(history: SqliteHistory) -> None:
    await hours(history, "station:1", "pm25", PRINTED)
    (found,) = await indices(history, END + timedelta(minutes=25))
    assert (found.source, found.at, found.value, found.pollutant) == ("station:1", END, 41, "pm25")


async def test_a_gas_counts_by_its_newest_hour(history: SqliteHistory) -> None:
    await hours(history, "station:1", "pm25", [20.0] * 12)
    await hours(history, "station:1", "no2", [900.0] * 5 + [150.0])
    (found,) = await indices(history, END)
    assert (found.value, found.pollutant) == (75, "no2")


async def test_the_hour_that_has_just_begun_is_not_taken_for_an_hour(history: SqliteHistory) -> None:
    await hours(history, "station:1", "pm25", [20.0] * 12)
    await history.write([event("environment", at=END + timedelta(minutes=5), source="station:1", value=900.0)])
    (found,) = await indices(history, END + timedelta(minutes=6))
    assert found.value == 40


@pytest.mark.parametrize(
    ("situation", "quantity", "values"),
    [
        ("a station without dust", "no2", [100.0] * 12),
        ("two of the last three hours are missing", "pm25", [20.0] * 9 + [None, None, 20.0]),
        ("a station that has been silent for four hours", "pm25", [20.0] * 8 + [None] * 4),
    ],
)
async def test_who_has_no_index_is_left_out(
    history: SqliteHistory, situation: str, quantity: str, values: Sequence[float | None]
) -> None:
    await hours(history, "station:1", quantity, values)
    assert await indices(history, END) == [], situation
