"""Series are counted, said before they hurt, and past the cap written as "other" with the true name beside it."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import pytest

from ioc.places.table import communes
from ioc.sinks.cardinality import OTHER, Guard, Warned
from ioc.sinks.event_lines import EventLines
from ioc.sinks.influxdb import InfluxHistory, say_warned
from ioc.sinks.place_names import place_name
from tests.sinks.history_events import event, just_now, place
from tests.sinks.line_protocol import Point, points

AT = just_now()


def made(lines: EventLines, **given: Any) -> Point:
    (found,) = points(lines.line(event(at=AT, **given)))
    return found


def test_the_values_of_a_tag_end_at_the_cap_and_no_name_is_lost() -> None:
    told: list[Warned] = []
    lines = EventLines(Guard(told.append, values=10))
    found = [made(lines, source=f"s {n}", n=n) for n in range(15)]

    assert [one.tags["source"] for one in found] == [*(f"s {n}" for n in range(10)), *[OTHER] * 5]
    assert [one.fields.get("folded") for one in found[9:]] == [None, *(f"source=s {n}" for n in range(10, 15))]
    assert told == [
        Warned("environment", "source", 8, 10, folds=False),
        Warned("environment", "source", 10, 10, folds=True),
    ]
    assert lines.guard.series == {"environment": 11}
    assert lines.guard.folded == {("environment", "source"): 5}


def test_a_name_that_was_known_stays_itself_beyond_the_cap() -> None:
    lines = EventLines(Guard(values=3))
    for n in range(9):
        made(lines, source=f"s{n}")

    assert [made(lines, source=f"s{n}", n=1).tags["source"] for n in (0, 1, 2, 3)] == ["s0", "s1", "s2", OTHER]


def test_the_series_of_a_measurement_end_at_the_cap_by_the_tag_with_most_values() -> None:
    guard = Guard(series=50)
    lines = EventLines(guard)
    for n in range(400):
        one = made(lines, source=f"s{n % 7}", quantity=f"q{n % 61}", n=n)
        assert one.tags["source"] == f"s{n % 7}" or one.tags["quantity"] == OTHER

    assert guard.series["environment"] <= 50 + 1
    assert guard.folded["environment", "quantity"] > 0


def test_a_flood_of_names_holds_a_bounded_number_of_series_whatever_comes() -> None:
    guard = Guard(values=20, series=30)
    lines = EventLines(guard)
    for n in range(2_000):
        made(lines, source=f"s{n}", quantity=f"q{n % 977}", feed=f"f{n % 13}", unit=f"u{n % 11}")

    assert guard.series["environment"] <= 30 + 1


def test_a_measurement_is_not_judged_by_another() -> None:
    lines = EventLines(Guard(values=1))
    made(lines, source="a")
    (other,) = points(lines.line(event("camera", at=AT, source="b")))

    assert other.tags["source"] == "b"


@pytest.mark.services
async def test_what_was_heard_is_bounded_too(influx: InfluxHistory, now: datetime) -> None:
    influx.lines = EventLines(Guard(values=2))
    assert not await influx.write([event(at=now, source=f"s{n}") for n in range(5)])

    assert set((await influx.freshness()).sources) == {"s0", "s1", OTHER}
    assert await influx.counts("environment", since=now, until=now.replace(year=now.year + 1), by="source") == {
        "s0": 1,
        "s1": 1,
        OTHER: 3,
    }


@pytest.mark.parametrize("folds", [False, True])
def test_it_is_said_with_measurement_and_cap(caplog: pytest.LogCaptureFixture, folds: bool) -> None:
    with caplog.at_level(logging.WARNING):
        say_warned(Warned("netsec", "source", 40_000, 50_000, folds=folds))

    (said,) = caplog.messages
    assert all(word in said for word in ("netsec", "40000", "50000", "source"))


def test_a_commune_is_written_with_its_name_and_an_unknown_code_without() -> None:
    lines = EventLines()
    assert made(lines, location=place(commune="05725")).tags["place"] == place_name("05725") != ""
    assert "place" not in made(lines, location=place(commune="99999")).tags
    assert "place" not in made(lines).tags


def test_no_two_communes_share_a_name() -> None:
    names = [place_name(one.code) for one in communes()]
    assert len(set(names)) == len(names) == 92
    assert all(names)
