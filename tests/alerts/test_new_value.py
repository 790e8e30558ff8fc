"""A value never seen before: after a time of learning each one speaks for its moment."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.sentence import sentence
from tests.alerts.timeline import START_MS, Timeline

NEW: dict[str, Any] = {
    "domain": "netsec",
    "quantity": "ids_alert",
    "condition": {"kind": "new_value", "field": "src_ip", "learn": "1h", "window": "10h"},
    "severities": {"minor": {}, "severe": {"when": {"action": "allowed", "severity": "severe"}}},
    "settle": "10m",
}
CALM: dict[str, Any] = {"severity": "minor"}

# name -> (minute and address of each event, told)
CASES: dict[str, tuple[list[tuple[float, str]], list[tuple[float, str, str]]]] = {
    "while it learns nothing is new": ([(0, "a"), (10, "b"), (59.9, "c")], []),
    "what was learned is known": ([(0, "a"), (10, "b"), (60, "a"), (61, "b")], []),
    "an unknown one speaks, and ends by settling": (
        [(0, "a"), (60, "b"), (80, "a")], [(60, "fired", "minor"), (70, "cleared", "minor")]),
    "it speaks once": ([(0, "a"), (60, "b"), (90, "b"), (120, "b")], [(60, "fired", "minor"), (70, "cleared", "minor")]),
    "another within the settle is the same alert": (
        [(0, "a"), (60, "b"), (69, "c"), (90, "a")], [(60, "fired", "minor"), (79, "cleared", "minor")]),
    "what was not seen for a window is new again": (
        [(0, "a"), (5, "b"), (300, "b"), (605, "a"), (620, "b")], [(605, "fired", "minor"), (615, "cleared", "minor")]),
    "a group of which all is forgotten learns anew": ([(0, "a"), (700, "b"), (701, "c")], []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_new_value(name: str) -> None:
    events, told = CASES[name]
    line = Timeline(NEW)
    for minute, source in events:
        line.at(minute).reads(src_ip=source, **CALM).reload()

    assert line.told == told


def test_severities_differ_by_what_else_the_event_says() -> None:
    line = Timeline(NEW).at(0).reads(src_ip="a", **CALM)
    line.at(60).reads(src_ip="b", severity="severe").at(61).reads(src_ip="c", **CALM)

    assert line.told == [(60, "fired", "severe")]


def test_a_value_of_no_severity_is_learned_all_the_same() -> None:
    graver = {**NEW, "severities": {"severe": {"when": {"severity": "severe"}}}}
    line = Timeline(graver).at(0).reads(src_ip="a", **CALM).at(60).reads(src_ip="b", **CALM).at(61).reads(src_ip="b")

    assert line.told == []


def test_events_without_the_field_say_nothing() -> None:
    line = Timeline(NEW).at(0).reads(**CALM).at(70).reads(**CALM)

    assert line.told == []
    assert line.state.memories == {}


def test_disorder_changes_only_which_event_speaks() -> None:
    line = (
        Timeline(NEW).at(0).reads(src_ip="a", **CALM).at(65).reads(src_ip="b", **CALM).reads(src_ip="b", ago=4, **CALM)
    )

    assert line.told == [(65, "fired", "minor")]


def test_a_group_is_forgotten_when_all_it_knew_is() -> None:
    line = Timeline(NEW).at(0).reads(src_ip="a", **CALM).at(200).reads(src_ip="a", **CALM)

    line.at(799).ticks()
    assert list(line.state.memories) == ["tried"]
    line.at(802).ticks()
    assert line.state.memories == {}


def test_what_it_says() -> None:
    line = Timeline(NEW).at(0).reads(src_ip="a", **CALM)
    line.at(60).reads(src_ip="203.0.113.9", title="ET SCAN Potential SSH Scan", **CALM).at(90).ticks()

    assert [sentence(one, "vi") for one in line.transitions] == [
        "Lần đầu thấy địa chỉ nguồn “203.0.113.9”: ET SCAN Potential SSH Scan, lúc 08:00 14/05",
        "Hết cảnh báo: không có sự kiện mới trong 10 phút",
    ]
    assert sentence(line.transitions[0], "en").startswith(
        "Source address “203.0.113.9” seen for the first time: ET SCAN"
    )
    assert line.transitions[0].evidence[0].observed_at == START_MS + 60 * 60_000
