"""A and then B; A and no B."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ioc.alerts.sentence import sentence
from ioc.alerts.state import State, due, live, to_bytes
from tests.alerts.timeline import START_MS, Timeline, catalogue

THEN: dict[str, Any] = {
    "domain": "camera",
    "quantity": [],
    "condition": {"kind": "sequence", "first": {"kind": "smoke"}, "then": {"kind": "fire"}, "within": "5m"},
    "severities": {"severe": {}},
    "settle": "10m",
}
LOST: dict[str, Any] = {
    **THEN,
    "condition": {
        "kind": "sequence",
        "first": {"kind": "offline"},
        "then": {"kind": "online"},
        "within": "5m",
        "missing": True,
    },
    "settle": "2m",
}
LATENESS = 10
"""Minutes; the timeline's own."""


def line_of(rule: dict[str, Any], **changes: Any) -> Timeline:
    return Timeline({**rule, **changes})


def test_the_second_after_the_first_fires_at_its_own_time() -> None:
    line = line_of(THEN).at(0).reads(kind="smoke", title="Khói").at(3).reads(kind="fire", title="Lửa")

    assert line.told == [(3, "fired", "severe")]
    assert [one.observed_at - START_MS for one in line.last.evidence] == [0, 180_000]
    assert sentence(line.last, "vi") == "Khói, rồi Lửa trong vòng 5 phút, lúc 07:03 14/05"
    assert sentence(line.last, "en") == "Khói, then Lửa within 5 min, at 07:03 14/05"
    assert (line.last.lat, line.last.commune) == (21.6, "05443")


@pytest.mark.parametrize(("second", "fires"), [(300, True), (300.001, False)])
def test_the_span_ends_to_the_millisecond(second: float, fires: bool) -> None:
    line = line_of(THEN).at(0).reads(kind="smoke").at(0, second).reads(kind="fire")

    assert bool(line.told) == fires


def test_the_second_alone_or_before_the_first_says_nothing() -> None:
    line = line_of(THEN).at(0).reads(kind="fire").at(1).reads(kind="smoke").at(20).ticks()

    assert line.told == []


def test_the_first_may_arrive_after_the_second() -> None:
    line = line_of(THEN).at(3).reads(kind="fire").at(4).reads(kind="smoke", ago=2)

    assert line.told == [(3, "fired", "severe")]


def test_every_second_speaks_and_the_alert_ends_after_the_last() -> None:
    line = line_of(THEN).at(0).reads(kind="smoke")
    line.at(2).reads(kind="fire").at(4).reads(kind="fire").at(6).reads(kind="fire").at(30).ticks()

    assert line.told == [(2, "fired", "severe"), (14, "cleared", "severe")]
    assert sentence(line.last, "en") == "All clear: no further event for 10 min"


def test_an_event_is_not_its_own_other_half() -> None:
    both = {"kind": "sequence", "first": {"kind": ["smoke", "fire"]}, "then": {"kind": "fire"}, "within": "5m"}
    line = line_of(THEN, condition=both).at(0).reads(kind="fire")
    assert line.told == []

    line.at(1).reads(kind="fire")
    assert line.told == [(1, "fired", "severe")]


def test_the_half_that_speaks_says_how_grave() -> None:
    grades = {"moderate": {}, "extreme": {"when": {"value": {"at_least": 0.9}}}}
    line = line_of(THEN, severities=grades).at(0).reads(0.95, kind="smoke")
    line.at(1).reads(0.5, kind="fire").at(2).reads(0.95, kind="fire")

    assert line.told == [(1, "fired", "moderate"), (2, "raised", "extreme")]


def test_communes_do_not_meet_each_other() -> None:
    line = line_of(THEN, by=["source", "commune"])
    line.at(0).reads(kind="smoke", commune="05443").at(1).reads(kind="fire", commune="05485")
    assert line.told == []

    line.at(2).reads(kind="fire", commune="05443")
    assert [one.key for one in line.transitions] == ["s|05443"]


def test_a_drill_does_not_meet_the_real_thing() -> None:
    line = line_of(THEN).at(0).reads(kind="smoke", drill=True).at(1).reads(kind="fire")

    assert line.told == []


def test_nothing_is_kept_when_the_halves_are_too_old_to_meet() -> None:
    line = line_of(THEN).at(0).reads(kind="smoke").at(1).reads(kind="person").at(2).reads(kind="fire").at(14).ticks()
    assert live(line.state)
    assert due(line.state)

    line.at(17).ticks().at(60).ticks()
    assert line.state.memories == {}
    assert due(line.state) == 0


def test_no_answer_within_the_span_fires_once_none_can_come_any_more() -> None:
    line = line_of(LOST).at(0).reads(kind="offline", title="Mất kết nối").at(15).ticks()
    assert line.told == []

    line.at(16).ticks()
    assert line.told == [(5, "fired", "severe")]
    assert [one.observed_at for one in line.last.evidence] == [START_MS]
    assert line.last.opened_at == START_MS + 5 * 60_000
    assert sentence(line.last, "vi") == "Mất kết nối, sau đó 5 phút không có sự kiện phải theo sau, lúc 07:05 14/05"
    assert sentence(line.last, "en") == ("Mất kết nối, and nothing that should follow within 5 min, at 07:05 14/05")


def test_it_stands_for_the_settle_time_however_long_the_lateness() -> None:
    line = line_of(LOST).at(0).reads(kind="offline").at(16).ticks().at(16.9).ticks()
    assert line.told == [(5, "fired", "severe")]

    line.at(17).ticks()
    assert line.told == [(5, "fired", "severe"), (7, "cleared", "severe")]


@pytest.mark.parametrize(("minute", "fires"), [(5, False), (5.001, True)])
def test_an_answer_within_the_span_keeps_it_quiet(minute: float, fires: bool) -> None:
    line = line_of(LOST).at(0).reads(kind="offline").at(minute).reads(kind="online").at(60).ticks()

    assert bool(line.told) == fires


def test_an_answer_that_comes_late_but_not_too_late_counts() -> None:
    line = line_of(LOST).at(0).reads(kind="offline").at(14).reads(kind="person").at(14).reads(kind="online", ago=10)
    line.at(60).ticks()

    assert line.told == []


def test_what_was_answered_before_it_arrived_is_answered() -> None:
    line = line_of(LOST).at(4).reads(kind="online").at(6).reads(kind="offline", ago=3).at(60).ticks()

    assert line.told == []


def test_each_that_stays_alone_confirms_what_stands() -> None:
    line = line_of(LOST, settle="30m").at(0).reads(kind="offline").at(10).reads(kind="offline").at(90).ticks()

    assert line.told == [(5, "fired", "severe"), (45, "cleared", "severe")]
    assert len(line.last.evidence) == 2


def test_a_steady_flood_without_an_answer_does_not_hide_itself() -> None:
    line = line_of(LOST, settle="10m")
    for second in range(0, 3_600, 10):
        line.at(0, second).reads(kind="offline")

    assert line.told == [(5, "fired", "severe")]
    assert max(len(to_bytes(line.state)), 0) < 2_000


def test_after_an_end_the_next_one_is_an_alert_of_its_own() -> None:
    line = line_of(THEN).at(0).reads(kind="smoke").at(1).reads(kind="fire").at(30).reads(kind="smoke")
    line.at(31).reads(kind="fire")

    assert [change for _, change, _ in line.told] == ["fired", "cleared", "fired"]
    assert len({one.alert_id for one in line.transitions}) == 2
    assert [one.observed_at - START_MS for one in line.last.evidence] == [30 * 60_000, 31 * 60_000]


def _shuffled(rule: dict[str, Any]) -> list[Timeline]:
    """Five events in each of their orders, none later than the lateness."""
    first, then = rule["condition"]["first"]["kind"], rule["condition"]["then"]["kind"]
    events = [(0, first), (2, then), (3, first), (6, then), (9, first)]
    lines = []
    for order in itertools.permutations(events):
        line = line_of(rule, settle="30m")
        for nth, (minute, kind) in enumerate(order):
            line.at(9.5, nth).reads(kind=kind, ago=9.5 + nth / 60 - minute)
        lines.append(line.at(120).ticks())
    return lines


def test_a_pair_in_any_order_is_the_same_but_for_which_one_opens() -> None:
    lines = _shuffled(THEN)

    assert {line.told[0] for line in lines} == {(2, "fired", "severe"), (6, "fired", "severe")}
    assert {tuple(line.told[1:]) for line in lines} == {((36, "cleared", "severe"),)}
    assert {line.last.last_seen for line in lines} == {START_MS + 6 * 60_000}


def test_a_missing_half_in_any_order_is_the_same_to_the_byte() -> None:
    lines = _shuffled(LOST)

    assert {tuple(line.told) for line in lines} == {((14, "fired", "severe"), (44, "cleared", "severe"))}
    assert len({to_bytes(_bare(line.state)) for line in lines}) == 1


def _bare(state: State) -> State:
    """Without what tells of the order of arrival."""
    state.heard = state.marked = state.due = 0
    state.last_id = ""
    return state


def test_saved_and_loaded_anywhere_it_goes_on() -> None:
    for rule in (THEN, LOST):
        lines = [line_of(rule), line_of(rule)]
        for minute, kind in [(0, "smoke"), (1, "offline"), (2, "fire"), (4, "smoke"), (5, "fire"), (20, "online")]:
            for line in lines:
                line.at(minute).reads(kind=kind).ticks()
            lines[1].reload()
        assert lines[0].told == lines[1].told != []
        assert to_bytes(lines[0].state) == to_bytes(lines[1].state)


def test_the_lateness_is_that_of_the_feed() -> None:
    line = Timeline(LOST, registry=catalogue("camera", lateness=0)).at(0).reads(kind="offline").at(5).ticks()
    assert line.told == []

    line.at(6.1).ticks()
    assert line.told == [(5, "fired", "severe")]
