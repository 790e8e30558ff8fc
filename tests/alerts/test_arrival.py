"""Late and future by each source's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ioc.alerts.arrival import Arrivals, epoch_ms, source_time
from tests.alerts.timeline import Timeline, catalogue

CASES: dict[str, tuple[list[tuple[int, int]], str]] = {
    "the first event of a source is in time": ([(1_000_000, 1_000_000)], "accepted"),
    "on the edge of lateness it is in time": ([(1_000_000, 1_000_000), (990_000, 1_000_000)], "accepted"),
    "a millisecond beyond lateness is late": ([(1_000_000, 1_000_000), (989_999, 1_000_000)], "late"),
    "on the edge of ahead it is in time": ([(1_005_000, 1_000_000)], "accepted"),
    "a millisecond further ahead is future": ([(1_005_001, 1_000_000)], "future"),
    "a future event makes nobody late": ([(99_000_000, 1_000_000), (995_000, 1_000_000)], "accepted"),
    "a late event does not move the watermark back": (
        [(1_000_000, 1_000_000), (900_000, 1_000_000), (990_000, 1_000_000)],
        "accepted",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_fate_of_the_last(name: str) -> None:
    events, fate = CASES[name]
    arrivals = Arrivals(lateness=10, ahead=5)

    fates = [arrivals.judge("s", observed, received) for observed, received in events]

    assert fates[-1] == fate


def test_one_bad_clock_does_not_move_another_sources_time() -> None:
    arrivals = Arrivals(lateness=10, ahead=5)

    assert arrivals.judge("bad", 10_000_000, 10_000_000) == "accepted"
    assert arrivals.judge("good", 1_000_000, 1_000_000) == "accepted"


@pytest.mark.parametrize("minutes_ago", [0, 1, 9.99, 10, 10.01, 60, 100_000])
def test_the_engine_and_a_run_over_a_file_judge_alike(minutes_ago: float) -> None:
    line = Timeline(registry=catalogue(lateness=600, ahead=300))
    arrivals = Arrivals(lateness=600, ahead=300)

    line.at(0).reads().reads(ago=minutes_ago)

    assert arrivals.judge("s", 10**12, 10**12) == line.fates[0]
    assert arrivals.judge("s", 10**12 - round(minutes_ago * 60_000), 10**12) == line.fates[1]


def test_a_feed_that_nobody_registered_has_the_default_lateness() -> None:
    line = Timeline().at(60).reads(feed="unknown").reads(feed="unknown", ago=10).reads(feed="unknown", ago=10.1)

    assert line.fates == ["accepted", "accepted", "late"]


@pytest.mark.parametrize("year", [1960, 1970])
def test_a_clock_that_was_never_set_is_late_from_the_first_event(year: int) -> None:
    at = epoch_ms(datetime(year, 1, 1, tzinfo=UTC))

    assert Arrivals().judge("s", at, 10**12) == "late"


def test_a_station_back_from_an_outage_loses_none_of_its_buffer() -> None:
    line = Timeline({"hold": "10m"}).at(0).reads(10).at(300).ticks()

    for minute in range(5, 300, 5):
        line.at(300).reads(90, ago=300 - minute)

    assert set(line.fates) == {"accepted"}
    assert line.told == [(15, "fired", "moderate")]


def test_milliseconds_are_rounded_and_zones_do_not_matter() -> None:
    hanoi = timezone(timedelta(hours=7))

    assert epoch_ms(datetime(2026, 5, 14, 7, tzinfo=hanoi)) == epoch_ms(datetime(2026, 5, 14, tzinfo=UTC))
    assert epoch_ms(datetime(1970, 1, 1, 0, 0, 1, 600, tzinfo=UTC)) == 1001


def test_an_idle_source_borrows_time_from_the_log_clock() -> None:
    assert source_time(5_000, 1_000_000, 1_059_999) == 5_000
    assert source_time(5_000, 1_000_000, 1_060_000) == 65_000
