"""Levels, clear levels, hold and settle of a value, as timelines of one station."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.state import due
from tests.alerts.timeline import START_MS, Timeline, catalogue

Moves = list[tuple[float, float | None]]
"""(minute, value read then, or None for a tick)."""
Told = list[tuple[float, str, str]]

HOLD = {"hold": "30m"}
SETTLE = {"settle": "60m"}
BOTH = {**HOLD, **SETTLE}
BELOW: dict[str, Any] = {
    "quantity": "ph",
    "condition": {"kind": "threshold", "compare": "below"},
    "severities": {"moderate": {"level": 5.5, "clear": 5.7}, "severe": {"level": 4.0, "clear": 4.3}},
}

CASES: dict[str, tuple[dict[str, Any], Moves, Told]] = {
    "a value above the level fires at once without a hold": ({}, [(0, 80.1)], [(0, "fired", "moderate")]),
    "a value on the level does not fire": ({}, [(0, 80.0)], []),
    "a value five percent short does not fire": ({}, [(0, 76.0), (600, None)], []),
    "at_least fires on the level": (
        {"condition": {"kind": "threshold", "compare": "at_least"}},
        [(0, 80.0)],
        [(0, "fired", "moderate")],
    ),
    "at_least stays on the clear level and ends under it": (
        {"condition": {"kind": "threshold", "compare": "at_least"}},
        [(0, 80), (1, 70), (2, 69.99)],
        [(0, "fired", "moderate"), (2, "cleared", "moderate")],
    ),
    "between clear level and level the alert stays": ({}, [(0, 90), (1, 75), (600, None)], [(0, "fired", "moderate")]),
    "on the clear level it ends": ({}, [(0, 90), (1, 70)], [(0, "fired", "moderate"), (1, "cleared", "moderate")]),
    "the highest severity reached fires at once": ({}, [(0, 200)], [(0, "fired", "severe")]),
    "it rises, falls and ends through its severities": (
        {},
        [(0, 90), (1, 160), (2, 140), (3, 120), (4, 60)],
        [(0, "fired", "moderate"), (1, "raised", "severe"), (3, "lowered", "moderate"), (4, "cleared", "moderate")],
    ),
    "from the top to the ground is one change": (
        {},
        [(0, 200), (1, 10)],
        [(0, "fired", "severe"), (1, "cleared", "severe")],
    ),
    "a hold ends by the next reading": (HOLD, [(0, 90), (31, 90)], [(30, "fired", "moderate")]),
    "a hold ends by the clock of an idle source": (HOLD, [(0, 90), (30, None)], [(30, "fired", "moderate")]),
    "a hold one second short does not fire": (HOLD, [(0, 90), (29 + 59 / 60, 50), (600, None)], []),
    "a hold one tick short has not fired yet": (HOLD, [(0, 90), (29 + 59 / 60, None)], []),
    "a reading back on the level breaks a hold": (HOLD, [(0, 90), (10, 80), (20, 90), (49, None)], []),
    "a broken hold counts again from the new reading": (
        HOLD,
        [(0, 90), (10, 50), (20, 90), (50, None)],
        [(50, "fired", "moderate")],
    ),
    "a contrary reading at the very end of a hold comes too late": (
        HOLD,
        [(0, 90), (30, 50)],
        [(30, "fired", "moderate"), (30, "cleared", "moderate")],
    ),
    "the graver level has a hold of its own": (
        HOLD,
        [(0, 90), (20, 160), (60, None)],
        [(30, "fired", "moderate"), (50, "raised", "severe")],
    ),
    "a graver level that does not last does not rise": (
        HOLD,
        [(0, 90), (20, 160), (40, 100), (100, None)],
        [(30, "fired", "moderate")],
    ),
    "an all-clear waits for its settle": (
        SETTLE,
        [(0, 90), (10, 50), (69, None), (70, None)],
        [(0, "fired", "moderate"), (70, "cleared", "moderate")],
    ),
    "a reading above the clear level starts the settle again": (
        SETTLE,
        [(0, 90), (10, 50), (60, 75), (65, 50), (124, None), (125, None)],
        [(0, "fired", "moderate"), (125, "cleared", "moderate")],
    ),
    "after the all-clear the next rise is a new episode": (
        {},
        [(0, 90), (1, 50), (2, 90)],
        [(0, "fired", "moderate"), (1, "cleared", "moderate"), (2, "fired", "moderate")],
    ),
    "a station that falls silent keeps its alert": (SETTLE, [(0, 90), (100_000, None)], [(0, "fired", "moderate")]),
    "below fires under the level and is graver further down": (
        BELOW,
        [(0, 5.5), (1, 5.49), (2, 3.9), (3, 5.0), (4, 5.7)],
        [(1, "fired", "moderate"), (2, "raised", "severe"), (3, "lowered", "moderate"), (4, "cleared", "moderate")],
    ),
    "hold and settle over a long hole come in order": (
        BOTH,
        [(0, 160), (40, 100), (500, 160)],
        [(30, "fired", "severe"), (100, "lowered", "moderate")],
    ),
}


def read(line: Timeline, moves: Moves) -> Timeline:
    quantity: dict[str, Any] = {"quantity": "ph", "unit": "1"} if line.rules.rules[0].quantity == ("ph",) else {}
    for minute, value in moves:
        line.at(minute)
        if value is None:
            line.ticks()
        else:
            line.reads(value, **quantity)
    return line


@pytest.mark.parametrize("name", CASES)
def test_threshold(name: str) -> None:
    change, moves, told = CASES[name]

    assert read(Timeline(change), moves).told == told


@pytest.mark.parametrize("name", CASES)
def test_threshold_saved_and_loaded_before_every_move(name: str) -> None:
    change, moves, told = CASES[name]
    line = Timeline(change)
    for move in moves:
        read(line.reload(), [move])

    assert line.told == told


def test_an_old_reading_neither_fires_nor_clears() -> None:
    line = Timeline()

    line.at(0).reads(50).at(1).reads(200, ago=5)
    assert line.told == []

    line.at(2).reads(90).at(3).reads(10, ago=2).ticks()
    assert line.told == [(2, "fired", "moderate")]
    assert line.fates == ["accepted"] * 4


def test_an_old_contrary_reading_breaks_a_hold() -> None:
    line = Timeline(HOLD)

    line.at(0).reads(90).at(20).reads(90).at(21).reads(50, ago=11)
    line.at(49).ticks()
    assert line.told == []

    line.at(51).ticks()
    assert line.told == [(50, "fired", "moderate")]


def test_an_old_contrary_reading_of_the_very_beginning_breaks_it_too() -> None:
    line = Timeline(HOLD)

    line.at(0).reads(90).at(8).reads(90).at(9).reads(50, ago=9).at(37).ticks()
    assert line.told == []

    line.at(38).ticks()
    assert line.told == [(38, "fired", "moderate")]


def test_an_old_reading_that_agrees_leaves_a_hold_alone() -> None:
    line = Timeline(HOLD)

    line.at(0).reads(90).at(20).reads(90).at(21).reads(95, ago=11).at(31).ticks()

    assert line.told == [(30, "fired", "moderate")]


def test_readings_of_another_quantity_move_time_and_nothing_else() -> None:
    line = Timeline(HOLD)

    line.at(0).reads(90).at(29).reads(5, quantity="no2").at(30).reads(5, quantity="no2")

    assert line.told == [(30, "fired", "moderate")]


def test_device_states_never_meet_rules_but_are_accepted() -> None:
    line = Timeline()

    line.at(0).reads(500, quality="calibration").at(1).reads(500, quality="fault").at(2).reads(90, quality="suspect")

    assert line.fates == ["accepted"] * 3
    assert line.told == [(2, "fired", "moderate")]


def test_a_fault_does_not_end_an_alert() -> None:
    line = Timeline()

    line.at(0).reads(90).at(1).reads(0, quality="fault").at(90).ticks()

    assert line.told == [(0, "fired", "moderate")]


MOMENT: dict[str, Any] = {
    "domain": "hotspot",
    "quantity": "fire_frp",
    "by": ["source", "commune"],
    "condition": {"kind": "threshold", "compare": "above", "persists": False},
    "severities": {"moderate": {"level": 5}, "severe": {"level": 20}},
    "settle": "6h",
}


def test_a_cool_pixel_is_no_evidence_against_a_hot_one() -> None:
    line = Timeline(MOMENT)

    line.at(0).reads(30).reads(1).at(359).ticks()
    assert line.told == [(0, "fired", "severe")]

    line.at(360).ticks()
    assert line.told[1:] == [(360, "cleared", "severe")]


def test_each_severity_of_a_detection_ends_after_its_own_last_event() -> None:
    line = Timeline(MOMENT)

    line.at(0).reads(30).at(60).reads(10).at(500).ticks()

    assert line.told == [(0, "fired", "severe"), (360, "lowered", "moderate"), (420, "cleared", "moderate")]


def test_communes_of_one_satellite_are_alerts_apart() -> None:
    line = Timeline(MOMENT)

    line.at(0).reads(30, commune="05443").reads(8, commune="05500").reads(9, commune="nowhere")

    assert [(one.key, one.severity, one.commune) for one in line.transitions] == [
        ("s|05443", "severe", "05443"),
        ("s|05500", "moderate", "05500"),
        ("s|-", "moderate", None),
    ]
    assert len({one.alert_id for one in line.transitions}) == 3


def test_a_late_coming_detection_fires_and_ends_by_its_own_time() -> None:
    line = Timeline({**MOMENT, "settle": "5m"})

    line.at(30).reads(1).at(31).reads(50, ago=9)

    assert line.told == [(22, "fired", "severe"), (27, "cleared", "severe")]


def test_a_source_hours_behind_lives_by_its_own_time() -> None:
    silent = {
        "id": "silent",
        "quantity": [],
        "condition": {"kind": "absence", "period": "200m"},
        "severities": {"minor": {"level": 1}},
    }
    moment = {"condition": {"kind": "threshold", "compare": "above", "persists": False}, "settle": "6h"}
    line = Timeline(moment, silent, registry=catalogue("environment", "s"))

    line.at(0).reads(90, ago=180).at(200).ticks()
    assert line.told == [(-180, "fired", "moderate"), (200, "fired", "minor")]

    line.at(359).ticks().at(360).ticks()
    assert line.told[2:] == [(180, "cleared", "moderate")]
    assert line.last.clock == START_MS + 360 * 60_000


def test_a_tick_is_due_when_the_source_is_idle_and_not_before() -> None:
    line = Timeline({"hold": "10s"}).at(0).reads(90)
    assert due(line.state) == START_MS + 60_000

    line.at(0, 59).ticks().at(1).ticks()
    assert [(one.at - START_MS, one.clock - START_MS) for one in line.transitions] == [(10_000, 60_000)]
    assert due(line.state) == 0


def test_what_one_tick_brings_is_told_in_order_of_time() -> None:
    line = Timeline({"id": "a", "hold": "20m"}, {"id": "b", "hold": "10m"}).at(0).reads(90).at(60).ticks()

    assert [(one.rule, one.at - START_MS) for one in line.transitions] == [("b", 600_000), ("a", 1_200_000)]
