"""What a rule set asks of people: alerts, minutes, notices, nights."""

from __future__ import annotations

from datetime import datetime

import pytest

from ioc.alerts.figures import VIETNAM
from ioc.workshop.order import ordered
from ioc.workshop.summary import episodes, is_night, nights, summary
from tests.workshop.made import judged, line, rules

RULES = rules({})


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=VIETNAM).timestamp() * 1000)


@pytest.mark.parametrize(
    ("time", "night"),
    [("2026-05-14T21:59", False), ("2026-05-14T22:00", True), ("2026-05-15T05:59", True), ("2026-05-15T06:00", False)],
)
def test_a_night_is_from_ten_to_six_here(time: str, night: bool) -> None:
    assert is_night(ms(time)) is night


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        ("2026-05-14T07:00", "2026-05-14T21:00", 0),
        ("2026-05-14T07:00", "2026-05-14T22:00", 1),
        ("2026-05-14T02:00", "2026-05-14T21:00", 1),
        ("2026-05-14T02:00", "2026-05-14T23:00", 2),
        ("2026-05-14T06:00", "2026-05-15T05:00", 1),
        ("2026-05-14T12:00", "2026-05-21T12:00", 7),
    ],
)
def test_nights_that_a_span_touches(first: str, last: str, count: int) -> None:
    assert nights(ms(first), ms(last)) == count


def test_an_alert_stands_from_its_opening_to_its_end_and_an_open_one_to_the_last_event() -> None:
    lines = [line("a", 0, 90), line("a", 10, 10), line("b", 20, 200), line("b", 50, 200, 1)]
    test = judged(lines, RULES)
    found = summary(RULES.by_id, ordered(test.transitions), test.first, test.last)
    (one,) = found.lines
    assert one[:4] == ("tried", 2, 40.0, 3)
    assert {stood.severity for stood in episodes(ordered(test.transitions))} == {"moderate", "severe"}


def test_notices_by_night_are_shared_among_the_officers() -> None:
    night = 16 * 60  # 23:00 here
    lines = [line("a", night + minute, 90 if minute % 2 else 10, minute) for minute in range(8)]
    test = judged(lines, RULES)
    found = summary(RULES.by_id, ordered(test.transitions), test.first, test.last)
    assert (found.nights, found.a_night(found.lines[0]), found.all(2)) == (1, 7.0, 3.5)


def test_a_drill_tells_nobody_and_a_calm_rule_is_named() -> None:
    test = judged([line("a", 0, 90, drill=True)], RULES)
    found = summary(RULES.by_id, ordered(test.transitions), test.first, test.last)
    assert [tuple(one) for one in found.lines] == [("tried", 0, 0.0, 0, 0)]
