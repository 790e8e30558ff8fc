"""A sensor that is stuck: readings keep coming and do not move."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts.explain import Recorder
from ioc.alerts.sentence import sentence
from ioc.alerts.stuck_run import Run
from tests.alerts.timeline import START_MS, Timeline, catalogue, made

STUCK: dict[str, Any] = {
    "condition": {"kind": "flatline", "for": "1h", "within": 0.5, "min_events": 3},
    "severities": {"minor": {"level": 1}, "severe": {"level": 3}},
    "settle": "10m",
}

# name -> (minute and value of each reading, told)
CASES: dict[str, tuple[list[tuple[float, float]], list[tuple[float, str, str]]]] = {
    "an hour without a move fires": ([(0, 20), (30, 20), (60, 20)], [(60, "fired", "minor")]),
    "a second less is no hour": ([(0, 20), (30, 20), (59.98, 20)], []),
    "moves within the tolerance are none": ([(0, 20), (30, 20.5), (60, 20.2)], [(60, "fired", "minor")]),
    "the least and the greatest count, not neighbours": ([(0, 20), (30, 20.4), (60, 20.8), (80, 20.9)], []),
    "two readings are too few": ([(0, 20), (60, 20)], []),
    "the third comes later": ([(0, 20), (60, 20), (70, 20)], [(70, "fired", "minor")]),
    "three hours are graver": (
        [(30 * n, 20) for n in range(7)], [(60, "fired", "minor"), (180, "raised", "severe")]),
    "silence counts only between readings": ([(0, 20), (1, 20), (200, 20)], [(200, "fired", "severe")]),
    "a move ends it when it has settled": (
        [(0, 20), (30, 20), (60, 20), (70, 25), (80, 30)], [(60, "fired", "minor"), (80, "cleared", "minor")]),
    "stuck again is an alert of its own": (
        [(0, 20), (30, 20), (60, 20), (70, 25), (100, 25), (131, 25)],
        [(60, "fired", "minor"), (80, "cleared", "minor"), (131, "fired", "minor")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_flatline(name: str) -> None:
    readings, told = CASES[name]
    line = Timeline(STUCK)
    for minute, value in readings:
        line.at(minute).reads(value).reload()

    assert line.told == told


def test_a_move_that_comes_late_says_nothing() -> None:
    line = Timeline(STUCK).at(0).reads(20).at(30).reads(20).at(59).reads(20)

    line.reads(90, ago=5).at(60).reads(20)

    assert line.told == [(60, "fired", "minor")]


def test_it_is_named_by_the_first_reading_of_its_run() -> None:
    line = Timeline(STUCK).at(0).reads(99).at(10).reads(20).at(40).reads(20).at(70).reads(20)

    assert [one.value for one in line.last.evidence] == [20, 20]
    assert line.last.why.since == line.last.evidence[0].observed_at
    other = Timeline(STUCK).at(10).reads(20).at(40).reads(20).at(70).reads(20)
    assert other.last.alert_id != line.last.alert_id  # other ids of events: the number of the reading is in them


def test_two_quantities_are_kept_apart_where_the_rule_says_so() -> None:
    line = Timeline({**STUCK, "quantity": ["pm25", "pm10"], "by": ["source", "quantity"]})
    for minute in (0, 30, 60):
        line.at(minute).reads(20 + minute).reads(40, quantity="pm10")

    assert [(one.change, one.key) for one in line.transitions] == [("fired", "s|pm10")]


def test_why_not_yet() -> None:
    line = Timeline(STUCK).at(0).reads(20).at(30).reads(20).at(45).reads(20)

    event = made("environment", 54 * 60_000, 20, 9)
    told = Recorder(line.rules, catalogue(), "environment").explain(line.state, event, START_MS + 54 * 60_000)

    (why,) = told.verdicts
    assert (why.code, why.figure, why.level) == ("not_reached", 0.9, 1.0)


def test_what_it_says() -> None:
    line = Timeline(STUCK).at(0).reads(20).at(30).reads(20).at(60).reads(20).at(65).reads(33).at(80).reads(31)

    assert [sentence(one, "vi") for one in line.transitions] == [
        "Bụi PM2.5 đứng yên ở 20 µg/m³ suốt 1 giờ dù vẫn có số đo (ngưỡng 1 giờ), lúc 08:00 14/05",
        "Hết cảnh báo: Bụi PM2.5 đã thay đổi trở lại: 33 µg/m³, liên tục 10 phút",
    ]
    assert sentence(line.transitions[0], "en") == (
        "PM2.5 stuck at 20 µg/m³ for 1 h though readings keep coming (limit 1 h), at 08:00 14/05"
    )


def test_a_run_is_forgotten_after_a_month_of_silence() -> None:
    line = Timeline(STUCK).at(0).reads(20).at(30).reads(20)
    line.at(30 * 24 * 60 + 29).ticks()
    assert list(line.state.memories) == ["tried"]

    line.at(30 * 24 * 60 + 32).ticks()

    assert line.state.memories == {}


READINGS = st.lists(st.tuples(st.integers(1, 40), st.sampled_from([20, 20, 20, 20.5, 30])), max_size=40)


@given(READINGS, st.booleans())
@settings(max_examples=60)
def test_neither_batches_nor_reloads_nor_idle_ticks_change_anything(
    readings: list[tuple[int, float]], ticks: bool
) -> None:
    """Told by a naive ladder over the runs of the same list."""
    line = Timeline({**STUCK, "settle": "0s"})
    minute, first, level, wanted = 0, 0, 0, []
    values: list[float] = []
    for step, value in readings:
        minute += step
        line.at(minute).reads(value)
        if ticks:
            line.at(minute, 30).ticks().reload()
        values.append(value)
        if max(values) - min(values) > 0.5:
            values, first = [value], minute
        elif len(values) == 1:
            first = minute
        lasted = minute - first if len(values) >= 3 else 0
        now = 3 if lasted >= 180 else 1 if lasted >= 60 else 0
        if now != level:
            change = "fired" if not level else "cleared" if not now else "raised"
            wanted.append((minute, change, "severe" if 3 in (now, now or level) else "minor"))
        level = now
    assert line.told == wanted


def test_a_value_that_moves_leaves_its_newest_reading_and_no_memory() -> None:
    line = Timeline(STUCK)
    for minute in range(0, 100, 10):
        line.at(minute).reads(minute).reload()

    assert (line.state.memories, line.state.timer) == ({}, 0)
    assert [one.value for one in line.state.newest.values()] == [90]

    line.reads(90).at(120).reads(90).reload()
    assert (list(line.state.memories), line.state.newest) == (["tried"], {})

    line.at(121).reads(5)
    assert (line.state.memories, [one.value for one in line.state.newest.values()]) == ({}, [5])


def test_a_run_begins_with_the_reading_that_no_memory_was_made_of() -> None:
    line = Timeline({**STUCK, "severities": {"minor": {"level": 1}}})
    line.at(0).reads(99).at(10).reads(20).reload().at(40).reads(20).at(70).reads(20)

    assert [(one.value, one.observed_at) for one in line.last.evidence] == [
        (20, START_MS + 10 * 60_000),
        (20, START_MS + 70 * 60_000),
    ]


def test_a_reading_of_more_than_a_month_ago_begins_no_run() -> None:
    month = 30 * 24 * 60
    line = Timeline(STUCK).at(0).reads(20).at(month + 1).reads(20).at(month + 2).reads(20)
    assert line.told == []

    near = Timeline(STUCK).at(0).reads(20).at(month - 1).reads(20).at(month).reads(20)
    assert [change for _, change, _ in near.told] == ["fired"]


def test_a_state_of_the_time_when_each_reading_had_a_memory_goes_on() -> None:
    line = Timeline(STUCK).at(0).reads(7).at(1).reads(20).at(2).reads(20)
    (memory,) = line.state.memories.values()
    assert isinstance(memory.keep, Run)
    memory.keep.first, memory.keep.count = memory.keep.newest, 1  # as it was stored after one reading

    line.reload().at(62).reads(20).at(63).reads(20)

    assert line.told == [(63, "fired", "minor")]


def test_groups_that_nothing_can_follow_make_room_for_others() -> None:
    rule = {**STUCK, "by": ["source", "quantity"], "max_groups": 1, "quantity": ["pm25", "pm10"]}
    line = Timeline(rule).at(0).reads(20).at(1).reads(20, quantity="pm10")
    assert line.state.groups["tried"] == 1
    assert list(line.state.newest) == ["tried|pm25"]

    line.at(31 * 24 * 60).reads(20, quantity="pm10")

    assert list(line.state.newest) == ["tried|pm10"]
    assert line.state.groups["tried"] == 1
