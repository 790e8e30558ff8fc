"""How many different values of a field: ports tried, addresses seen, communes hit."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.sentence import sentence
from ioc.alerts.state import to_bytes
from tests.alerts.timeline import Timeline

SCAN: dict[str, Any] = {
    "domain": "netsec",
    "quantity": "ids_alert",
    "condition": {"kind": "cardinality", "field": "src_ip", "window": "10m"},
    "severities": {"moderate": {"level": 3, "clear": 2}, "severe": {"level": 5, "clear": 4}},
}
CASES: dict[str, tuple[list[tuple[float, str]], list[tuple[float, str, str]]]] = {
    "three different ones": ([(0, "a"), (1, "b"), (2, "c")], [(2, "fired", "moderate")]),
    "three of which two are alike": ([(0, "a"), (1, "b"), (2, "b")], []),
    "five are graver": ([(0, "a"), (0, "b"), (0, "c"), (1, "d"), (1, "e")], [(0, "fired", "moderate"), (1, "raised", "severe")]),
    "one that is seen again stays longer": ([(0, "a"), (1, "b"), (2, "c"), (9, "a"), (10.5, "d")], [(2, "fired", "moderate")]),
    "what left does not count": ([(0, "a"), (5, "b"), (10, "c")], []),
    "events without the field say nothing": ([(0, "a"), (1, "b"), (2, "")], []),
    "beyond the highest level only the newest are told apart": (
        [(n / 10, chr(97 + n)) for n in range(20)], [(0.2, "fired", "moderate"), (0.4, "raised", "severe")]),
}  # fmt: skip


def play(seen: list[tuple[float, str]], rule: dict[str, Any] = SCAN) -> Timeline:
    line = Timeline(rule)
    for minute, name in seen:
        line.at(minute).reads(src_ip=f"10.0.0.{ord(name)}" if name else None).reload()
    return line


@pytest.mark.parametrize("name", CASES)
def test_cardinality(name: str) -> None:
    seen, told = CASES[name]

    assert play(seen).told == told


def test_it_falls_value_by_value_as_they_leave() -> None:
    line = play([(n, chr(97 + n)) for n in range(5)])
    line.at(30).ticks()

    assert line.told == [
        (2, "fired", "moderate"),
        (4, "raised", "severe"),
        (11, "lowered", "moderate"),
        (13, "cleared", "moderate"),
    ]
    assert line.state.memories == {}


def test_why_counts_values_and_says_when_there_may_be_more() -> None:
    line = play([(0, "a"), (1, "b"), (2, "c")])
    assert (
        sentence(line.last, "vi") == "3 giá trị khác nhau của địa chỉ nguồn trong 10 phút (ngưỡng 3), lúc 07:02 14/05"
    )
    assert sentence(line.last, "en") == "Source address: 3 different values within 10 min (limit 3), at 07:02 14/05"

    line = play([(0, "a"), (0, "b"), (0, "c"), (0, "d"), (0, "e")])
    assert sentence(line.last, "en").startswith("Raised to Severe: Source address: at least 5 different values")


def test_a_hundred_values_take_less_than_a_kilobyte() -> None:
    line = Timeline({**SCAN, "severities": {"severe": {"level": 100, "clear": 50}}})
    for number in range(300):
        line.at(number / 60).reads(src_ip=f"10.0.{number % 120}.1", title="ET SCAN Potential SSH Scan OUTBOUND")

    assert [change for _, change, _ in line.told] == ["fired"]
    assert len(to_bytes(line.state)) < 1024 + 150
