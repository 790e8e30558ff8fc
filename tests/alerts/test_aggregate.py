"""A threshold on what the values of a window come to: which figure, since when, and what leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ioc.alerts.sentence import sentence
from ioc.alerts.state import to_bytes
from tests.alerts.timeline import START_MS, Timeline

HOURLY: dict[str, Any] = {
    "condition": {"kind": "threshold", "compare": "at_least", "aggregate": "mean", "window": "1h"},
    "severities": {"moderate": {"level": 50, "clear": 40}},
}


def of(aggregate: str, compare: str = "at_least", level: float = 50, clear: float = 40, **more: Any) -> dict[str, Any]:
    condition = {"kind": "threshold", "compare": compare, "aggregate": aggregate, "window": "1h", **more}
    return {"condition": condition, "severities": {"moderate": {"level": level, "clear": clear}}}


Reads = Sequence[tuple[float, float]]
CASES: dict[str, tuple[dict[str, Any], Reads, list[tuple[float, str]]]] = {
    "the mean reaches the level with the reading that lifts it": (
        of("mean"), [(0, 40), (10, 60)], [(10, "fired")]),
    "one high reading among low ones is no high mean": (
        of("mean"), [(0, 10), (10, 10), (20, 100)], []),
    "the mean rises when a low reading leaves its window": (
        of("mean"), [(0, 10), (10, 60), (61, 60)], [(60, "fired")]),
    "the mean falls below its clear level": (
        of("mean"), [(0, 50), (10, 20)], [(0, "fired"), (10, "cleared")]),
    "a mean between clear level and level stays": (
        of("mean"), [(0, 50), (10, 32)], [(0, "fired")]),
    "an empty window says nothing, what stood stands": (
        of("mean"), [(0, 50), (180, 55), (181, 10)], [(0, "fired"), (181, "cleared")]),
    "too few readings say nothing": (
        of("mean", min_events=3), [(0, 90), (1, 90), (2, 90)], [(2, "fired")]),
    "too few readings end nothing either": (
        of("mean", min_events=2), [(0, 90), (1, 90), (61.5, 1), (62, 1)], [(1, "fired"), (62, "cleared")]),
    "a mean may be too low": (
        of("mean", "below", 20, 25), [(0, 30), (10, 5)], [(10, "fired")]),
    "the sum grows reading by reading": (
        of("sum", level=100, clear=60), [(0, 40), (10, 40), (20, 40)], [(20, "fired")]),
    "the sum falls as readings leave, to nothing at the end": (
        of("sum", level=100, clear=60), [(0, 60), (10, 60), (200, 0)], [(10, "fired"), (70, "cleared")]),
    "a sum may be too low, and that of nothing is": (
        of("sum", "at_most", 0, 0), [(0, 5), (62, 1)], [(60, "fired"), (62, "cleared")]),
    "the greatest of the hour is reached at once and stays an hour": (
        of("max"), [(0, 50), (30, 1), (90, 1)], [(0, "fired"), (60, "cleared")]),
    "the greatest being low needs an hour without a high one": (
        of("max", "below", 20, 20), [(0, 30), (10, 5), (61, 5)], [(60, "fired")]),
    "the least being high needs an hour without a low one": (
        of("min", level=50, clear=40), [(0, 10), (10, 70), (61, 70)], [(60, "fired")]),
    "the least being low is so at once": (
        of("min", "below", 5, 8), [(0, 10), (1, 4), (2, 30), (100, 30)], [(1, "fired"), (61, "cleared")]),
    "the newest reading counts though it came before older ones": (
        of("last"), [(0, 10), (10, 60), (11, 61), (12, 10)], [(10, "fired"), (12, "cleared")]),
    "nineteen of twenty below: the 95th percentile is theirs": (
        of("percentile", percentile=95), [*((n, 10.0) for n in range(19)), (19, 500)], []),
    "two of twenty above: the 95th percentile is theirs": (
        of("percentile", percentile=95), [*((n, 10.0) for n in range(18)), (18, 500), (19, 500)], [(18, "fired")]),
    "the median of an hour": (
        of("percentile", percentile=50, min_events=3), [(0, 10), (1, 90), (2, 90)], [(2, "fired")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_aggregate(name: str) -> None:
    rule, readings, told = CASES[name]
    line = Timeline(rule)
    for minute, value in readings:
        line.at(minute).reads(value).reload()

    assert [(minute, change) for minute, change, _ in line.told] == told


def test_a_mean_that_rises_by_time_alone_rises_on_a_tick_too() -> None:
    line = Timeline(HOURLY).at(0).reads(10).at(10).reads(60).reload().at(59.9).ticks()
    assert line.told == []

    line.at(62).ticks()
    assert line.told == [(60, "fired", "moderate")]
    newest = line.last.evidence[-1].id
    assert line.state.memories["tried"].opener is not None
    assert line.state.memories["tried"].opener.id == f"{newest}@{START_MS + 3_600_000}"


def test_two_rises_by_time_alone_are_two_alerts() -> None:
    line = Timeline(of("mean", level=50, clear=50))
    for minute, value in ((0, 10), (10, 60), (20, 0), (30, 90)):
        line.at(minute).reads(value)
    line.at(85).ticks()

    assert [(minute, change) for minute, change, _ in line.told] == [(60, "fired"), (70, "cleared"), (80, "fired")]
    assert len({one.alert_id for one in line.transitions}) == 2


def test_the_hold_of_a_mean_runs_from_the_moment_a_reading_left() -> None:
    line = Timeline({**HOURLY, "hold": "5m"}).at(0).reads(10).at(10).reads(60).at(64.9).ticks()
    assert line.told == []

    line.at(65).ticks()
    assert line.told == [(65, "fired", "moderate")]


def test_late_readings_within_lateness_count_for_their_own_time() -> None:
    line = Timeline(HOURLY).at(60).reads(100).reads(0, ago=9).reads(10, ago=8)

    assert line.last.change == "cleared"
    assert line.fates == ["accepted"] * 3


def test_nothing_is_left_behind_when_the_window_is_empty() -> None:
    line = Timeline(HOURLY).at(0).reads(10).at(30).reads(20).at(91).ticks()

    assert line.state.memories == {}


def test_a_mean_of_thirds_is_exact_at_its_level() -> None:
    line = Timeline(of("mean", level=0.2, clear=0.2)).at(0).reads(0.1).at(1).reads(0.2)
    assert line.told == []

    line.at(2).reads(0.3)
    assert line.told == [(2, "fired", "moderate")]


@pytest.mark.parametrize(
    ("rule", "vi", "en"),
    [
        (of("mean"), "Bụi PM2.5 trung bình 1 giờ 55 µg/m³, đạt ngưỡng 50 µg/m³", "1 h mean of PM2.5 55 µg/m³, at or above the limit of 50 µg/m³"),
        (of("max"), "Bụi PM2.5 cao nhất trong 1 giờ 60 µg/m³, đạt ngưỡng 50 µg/m³", "1 h maximum of PM2.5 60 µg/m³, at or above the limit of 50 µg/m³"),
        (of("sum", level=100, clear=90), "Bụi PM2.5 cộng dồn 1 giờ 110 µg/m³, đạt ngưỡng 100 µg/m³", "1 h sum of PM2.5 110 µg/m³, at or above the limit of 100 µg/m³"),
        (of("percentile", percentile=95, min_events=2), "Bụi PM2.5 phân vị 95 trong 1 giờ 59,1 µg/m³, đạt ngưỡng 50 µg/m³", "1 h percentile 95 of PM2.5 59.1 µg/m³, at or above the limit of 50 µg/m³"),
    ],
)  # fmt: skip
def test_why_names_the_aggregate_and_its_window(rule: dict[str, Any], vi: str, en: str) -> None:
    line = Timeline({**rule, "hold": "1m"}).at(0).reads(50).at(0, 30).reads(60).at(3).ticks()

    assert sentence(line.last, "vi").startswith(vi)
    assert sentence(line.last, "en").startswith(en)
    assert sentence(line.last, "vi").endswith("liên tục 1 phút, từ 07:00 14/05")


def test_the_end_names_the_aggregate_too() -> None:
    line = Timeline(HOURLY).at(0).reads(55).at(5).reads(15)

    assert sentence(line.last, "vi") == (
        "Hết cảnh báo: Bụi PM2.5 trung bình 1 giờ 35 µg/m³, đã về trong ngưỡng kết thúc 40 µg/m³"
    )


@pytest.mark.parametrize("aggregate", ["mean", "sum", "min", "max", "last", "percentile"])
def test_an_hour_of_readings_takes_less_than_a_kilobyte(aggregate: str) -> None:
    more: dict[str, Any] = {"percentile": 95} if aggregate == "percentile" else {}
    line = Timeline(of(aggregate, level=3, clear=1, **more))
    for minute in range(240):
        line.at(minute / 4).reads(38.7 + minute * 37 % 41)

    assert line.state.memories["tried"].alert is not None
    assert len(to_bytes(line.state)) < 1024
