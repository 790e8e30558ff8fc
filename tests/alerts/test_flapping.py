"""An alert that opens again and again rests long before it ends; a calm one leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.state import due, live
from tests.alerts.timeline import MINUTE, Timeline, rules

FLAPS: dict[str, Any] = {"flap": {"opens": 3, "within": "30m"}}
HIGH, LOW = 90, 10


def flapping(line: Timeline) -> list[bool]:
    return [one.flapping for one in line.transitions]


def third_time(**more: Any) -> Timeline:
    line = Timeline({**FLAPS, **more})
    for minute in (0, 5, 10):
        line.at(minute).reads(HIGH).at(minute + 1).reads(LOW)
    return line


def test_the_third_opening_within_half_an_hour_rests_half_an_hour() -> None:
    line = third_time().at(40).reads(LOW).at(41).reads(LOW)

    assert line.told == [
        (0, "fired", "moderate"), (1, "cleared", "moderate"), (5, "fired", "moderate"), (6, "cleared", "moderate"),
        (10, "fired", "moderate"), (41, "cleared", "moderate"),
    ]  # fmt: skip
    assert flapping(line) == [False, False, False, False, True, True]
    assert line.last.why.values["settle_s"] == "1800"


def test_it_rests_anew_whenever_the_condition_is_reached() -> None:
    line = third_time().at(35).reads(HIGH).at(36).reads(LOW).at(65).reads(LOW).at(66).reads(LOW)

    assert line.told[4:] == [(10, "fired", "moderate"), (66, "cleared", "moderate")]


def test_a_lowered_severity_rests_as_long() -> None:
    line = third_time().at(12).reads(200).at(13).reads(HIGH).at(43).ticks().at(44).reads(HIGH)

    assert line.told[4:] == [(10, "fired", "moderate"), (12, "raised", "severe"), (43, "lowered", "moderate")]


def test_a_longer_settle_stands() -> None:
    line = Timeline({**FLAPS, "flap": {"opens": 2, "within": "5m"}, "settle": "20m"})
    line.at(0).reads(HIGH).at(1).reads(LOW).at(21).reads(LOW).at(22).reads(HIGH).at(23).reads(LOW).at(43).reads(LOW)

    assert line.told[-1] == (43, "cleared", "moderate")


def test_openings_far_apart_are_no_flapping() -> None:
    line = Timeline(FLAPS)
    for minute in (0, 31, 62, 93):
        line.at(minute).reads(HIGH).at(minute + 1).reads(LOW)

    assert not any(flapping(line))


def test_a_calm_group_is_forgotten_once_its_openings_are_old() -> None:
    line = Timeline(FLAPS).at(0).reads(HIGH).at(1).reads(LOW)
    assert line.state.memories["tried"].openings == [line.transitions[0].at]
    assert due(line.state) != 0

    line.reload().at(40).ticks()
    assert live(line.state), "an event may still come ten minutes late"
    line.at(41).ticks()

    assert not live(line.state)


def test_an_opening_that_comes_late_still_finds_those_before_it() -> None:
    moments = {"quantity": [], "condition": {"kind": "match", "when": {"value": 1}}, "severities": {"minor": {}}}
    line = Timeline({**moments, **FLAPS, "settle": "1m"}).at(0).reads(1).at(5).reads(1).at(36).ticks().reads(0)

    line.reads(1, ago=7)

    assert line.last.flapping
    assert line.told[-1] == (29, "fired", "minor")


def test_the_next_opening_brings_evidence_of_its_own() -> None:
    line = Timeline(FLAPS).at(0).reads(HIGH).at(1).reads(LOW).at(2).reads(LOW).at(5).reads(95)

    assert [one.value for one in line.last.evidence] == [95]
    assert line.last.opened_at - line.transitions[0].opened_at == 5 * MINUTE
    assert line.last.alert_id != line.transitions[0].alert_id


def test_moments_flap_too() -> None:
    moments = {"quantity": [], "condition": {"kind": "match", "when": {"value": 1}}, "severities": {"minor": {}}}
    line = Timeline({**moments, **FLAPS, "settle": "1m"})
    for minute in (0, 5, 10):
        line.at(minute).reads(1)
    line.at(39).reads(1).at(70).ticks()

    assert line.told[-2:] == [(10, "fired", "minor"), (69, "cleared", "minor")]


def test_a_rule_that_no_longer_watches_ends_as_it_says() -> None:
    line = third_time().under(rules({"settle": "2m"})).at(13).reads(LOW)

    assert line.told[-1] == (13, "cleared", "moderate")
    assert line.state.memories == {}


def test_what_flapped_under_an_older_rule_is_calm_under_the_next() -> None:
    counted = {"condition": {"kind": "count", "window": "10m"}, "severities": {"minor": {"level": 2}}}
    line = Timeline({**counted, "flap": {"opens": 2, "within": "15m"}})
    for minute in (0, 12):
        line.at(minute).reads().reads()
    line.at(40).reads().under(rules(counted)).reads()

    assert [(one.change, one.flapping) for one in line.transitions] == [
        ("fired", False), ("cleared", False), ("fired", True), ("cleared", True), ("fired", False),
    ]  # fmt: skip


@pytest.mark.parametrize("opens", [2, 4])
def test_the_number_of_openings_is_the_rules(opens: int) -> None:
    line = third_time(flap={"opens": opens, "within": "30m"})

    assert flapping(line).index(True) == 2 if opens == 2 else not any(flapping(line))
