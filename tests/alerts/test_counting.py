"""So many within a window, and the edges of that window."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.state import to_bytes
from tests.alerts.timeline import START_MS, Timeline

SMOKE: dict[str, Any] = {
    "domain": "camera",
    "quantity": "object",
    "where": {"kind": ["fire", "smoke"], "value": {"at_least": 0.7}},
    "condition": {"kind": "count", "window": "2m"},
    "severities": {"moderate": {"level": 3, "clear": 1}, "severe": {"level": 6, "clear": 4}},
}
SEEN: dict[str, Any] = {"kind": "smoke", "quantity": "object", "phase": "update", "value": 0.8}

CASES: dict[str, tuple[list[float], list[tuple[float, str, str]]]] = {
    "three within the window fire": ([0, 60, 118], [(118, "fired", "moderate")]),
    "the first leaves with its pane, two minutes after the pane began": ([0, 60, 119.999], [(119.999, "fired", "moderate")]),
    "two minutes later the first is out": ([0, 60, 120], []),
    "one short is no alert": ([0, 1], []),
    "three at one moment fire": ([5, 5, 5], [(5, "fired", "moderate")]),
    "six are graver": ([0, 1, 2, 3, 4, 5], [(2, "fired", "moderate"), (5, "raised", "severe")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_count(name: str) -> None:
    seconds, told = CASES[name]
    line = Timeline(SMOKE)
    for second in seconds:
        line.at(0, second).reads(**SEEN)

    assert [(round(minute * 60, 3), change, severity) for minute, change, severity in line.told] == told


def test_it_falls_and_ends_as_panes_leave() -> None:
    line = Timeline(SMOKE)
    for second in (0, 20, 40, 60, 80, 100):
        line.at(0, second).reads(**SEEN)
    line.at(10).ticks()

    # Three are left when the third pane leaves at 40 + 120 s, none when the last does.
    assert [(round(minute * 60), change, severity) for minute, change, severity in line.told] == [
        (40, "fired", "moderate"),
        (100, "raised", "severe"),
        (160, "lowered", "moderate"),
        (220, "cleared", "moderate"),
    ]
    assert line.state.memories == {}


def test_the_settle_runs_from_when_the_count_fell() -> None:
    line = Timeline({**SMOKE, "settle": "10m"})
    for second in (0, 10, 20):
        line.at(0, second).reads(**SEEN)

    line.at(12, 19).ticks()
    assert line.told[1:] == []
    line.at(12, 20).ticks()
    assert line.told[1:] == [((20 + 120 + 600) / 60, "cleared", "moderate")]


def test_a_hold_that_ends_as_a_pane_leaves_has_ended() -> None:
    line = Timeline({**SMOKE, "hold": "12s"})
    for second in (0, 50, 108):
        line.at(0, second).reads(**SEEN)
    line.at(5).ticks()

    assert line.told[0] == (2, "fired", "moderate")


def test_what_the_filter_leaves_out_is_not_counted() -> None:
    line = Timeline(SMOKE)
    for number in range(9):
        line.at(0, number).reads(**{**SEEN, "value": 0.69}).reads(**{**SEEN, "kind": "person"})

    assert line.told == []


def test_any_order_within_the_window_counts_the_same() -> None:
    line = Timeline(SMOKE).at(0, 100).reads(**SEEN).reads(ago=0.5, **SEEN).reads(ago=1.5, **SEEN)

    assert line.told == [(100 / 60, "fired", "moderate")]


def test_an_event_from_before_the_window_is_left_behind() -> None:
    line = Timeline(SMOKE).at(5).reads(**SEEN).reads(**SEEN).reads(ago=2.1, **SEEN)

    assert line.told == []
    assert line.fates == ["accepted"] * 3


def test_why_counts_all_and_evidence_stays_bounded() -> None:
    line = Timeline({**SMOKE, "severities": {"severe": {"level": 1240, "clear": 10}}})
    for number in range(1240):
        line.at(0, number / 20).reads(**SEEN, title=f"khói {number}")

    assert line.last.why.count == 1240
    assert line.last.why.window_s == 120
    assert len(line.last.evidence) == 5
    assert line.last.evidence[-1].title == "khói 1239"
    assert len(to_bytes(line.state)) < 1_300


def test_evidence_of_a_burst_is_not_older_than_its_window() -> None:
    line = Timeline(SMOKE).at(0).reads(**SEEN, title="cũ").at(60)
    for number in range(3):
        line.reads(**SEEN, title=f"mới {number}")

    assert [one.title for one in line.last.evidence] == ["mới 0", "mới 1", "mới 2"]


def test_a_burst_after_a_burst_is_an_alert_of_its_own() -> None:
    line = Timeline({**SMOKE, "severities": {"moderate": {"level": 3, "clear": 2}}})
    for second in (0, 10, 100, 131, 132):
        line.at(0, second).reads(**SEEN)

    assert [(one.change, one.revision) for one in line.transitions] == [("fired", 1), ("cleared", 2), ("fired", 1)]
    assert line.transitions[0].alert_id != line.last.alert_id
    assert line.last.opened_at == START_MS + 132_000
