"""A reading that moves far in a short time: a river that rises, a pressure that falls."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.sentence import sentence
from ioc.alerts.state import to_bytes
from tests.alerts.timeline import Timeline


def of(direction: str, level: float = 0.5, clear: float = 0.2, **more: Any) -> dict[str, Any]:
    return {
        "quantity": "water_level",
        "condition": {"kind": "change", "over": "1h", "direction": direction},
        "severities": {"moderate": {"level": level, "clear": clear}},
        **more,
    }


CASES: dict[str, tuple[dict[str, Any], list[tuple[float, float]], list[tuple[float, str]]]] = {
    "half a metre in half an hour": (of("rise"), [(0, 24.0), (30, 24.5)], [(30, "fired")]),
    "the least of the hour is what it rises from": (of("rise"), [(0, 24.3), (10, 24.0), (30, 24.5)], [(30, "fired")]),
    "one reading is no change": (of("rise"), [(0, 24.0)], []),
    "a fall is no rise": (of("rise"), [(0, 24.5), (30, 24.0)], []),
    "a fall": (of("fall"), [(0, 24.5), (30, 24.0)], [(30, "fired")]),
    "either way": (of("either"), [(0, 24.5), (30, 24.0)], [(30, "fired")]),
    "too slow": (of("rise"), [(0, 24.0), (40, 24.3), (80, 24.6)], []),
    "it ends as what it rose from leaves the hour": (
        of("rise"), [(0, 24.0), (30, 24.5), (45, 24.5), (70, 24.5)], [(30, "fired"), (60, "cleared")]),
    "it ends when the water falls again": (of("rise"), [(0, 24.0), (30, 24.5), (40, 24.1)], [(30, "fired"), (40, "cleared")]),
    "one reading left says nothing, what stood stands": (
        of("rise"), [(0, 24.0), (30, 24.5), (70, 25.0)], [(30, "fired")]),
    "tenths are exact": (of("rise", 0.2, 0.2), [(0, 0.1), (1, 0.3)], [(1, "fired")]),
}  # fmt: skip


def play(rule: dict[str, Any], readings: list[tuple[float, float]]) -> Timeline:
    line = Timeline(rule)
    for minute, value in readings:
        line.at(minute).reads(value, quantity="water_level", unit="m").reload()
    return line


@pytest.mark.parametrize("name", CASES)
def test_change(name: str) -> None:
    rule, readings, told = CASES[name]

    assert [(minute, change) for minute, change, _ in play(rule, readings).told] == told


def test_the_newest_by_its_own_time_counts() -> None:
    line = play(of("rise"), [(0, 24.0), (9, 24.1)])
    line.reads(24.9, ago=2, quantity="water_level", unit="m")

    assert line.told == []


def test_why_names_direction_and_time() -> None:
    line = play(of("either"), [(0, 24.0), (30, 24.52), (40, 24.0)])

    first = line.transitions[0]
    assert sentence(first, "vi") == "Mực nước tăng 0,52 m trong 1 giờ (ngưỡng 0,50 m), lúc 07:30 14/05"
    assert sentence(first, "en") == "Water level up by 0.52 m within 1 h (limit 0.50 m), at 07:30 14/05"
    line = play(of("fall"), [(0, 24.5), (30, 23.98), (40, 24.4)])
    assert sentence(line.transitions[0], "en").startswith("Water level down by 0.52 m within 1 h")
    assert sentence(line.last, "vi") == (
        "Hết cảnh báo: Mực nước chỉ còn thay đổi 0,10 m trong 1 giờ (ngưỡng kết thúc 0,20 m)"
    )


def test_an_hour_of_readings_takes_less_than_a_kilobyte() -> None:
    line = Timeline(of("either", 3, 1))
    for minute in range(240):
        line.at(minute / 4).reads(20 + minute * 37 % 41 / 7, quantity="water_level", unit="m")

    assert [change for _, change, _ in line.told] == ["fired"]
    assert len(to_bytes(line.state)) < 1024 + 150
