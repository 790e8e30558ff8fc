"""Of a hundred events so many: cameras offline, blocked flows, doubtful readings."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.sentence import sentence
from tests.alerts.timeline import Timeline

BLOCKED: dict[str, Any] = {
    "domain": "netsec",
    "quantity": [],
    "condition": {"kind": "percentage", "of": {"action": "blocked"}, "window": "10m", "min_events": 4},
    "severities": {"moderate": {"level": 50, "clear": 30}, "severe": {"level": 90, "clear": 70}},
}
FEW: dict[str, Any] = {
    **BLOCKED,
    "condition": {**BLOCKED["condition"], "compare": "below"},
    "severities": {"moderate": {"level": 50, "clear": 60}},
}
"""Minutes; b: blocked, a: allowed."""
CASES: dict[str, tuple[dict[str, Any], str, list[tuple[float, str, str]]]] = {
    "half of them blocked": (BLOCKED, "a0 a0 b1 b1", [(1, "fired", "moderate")]),
    "too few to say": (BLOCKED, "b0 b0 b0", []),
    "all of them blocked is graver": (BLOCKED, "b0 b0 b0 b2", [(2, "fired", "severe")]),
    "less than half": (BLOCKED, "a0 a0 a1 b1 b1", []),
    "it rises when those that were allowed leave": (BLOCKED, "a0 a0 a0 a0 b1 b1 b5 b9 b11", [(9, "fired", "moderate"), (10, "raised", "severe")]),
    "too few may be the alarm": (FEW, "b0 b0 b0 a1 a1 a1 a2", [(2, "fired", "moderate")]),
    "when too few are left nothing is said": (BLOCKED, "b0 b0 b0 b0 a30", [(0, "fired", "severe")]),
}  # fmt: skip


def play(rule: dict[str, Any], script: str) -> Timeline:
    line = Timeline(rule)
    for step in script.split():
        line.at(float(step[1:])).reads(action={"a": "allowed", "b": "blocked"}[step[0]]).reload()
    return line


@pytest.mark.parametrize("name", CASES)
def test_percentage(name: str) -> None:
    rule, script, told = CASES[name]

    assert play(rule, script).told == told


def test_it_falls_with_what_is_allowed() -> None:
    line = play(BLOCKED, "b0 b0 b1 b1 a2 a2 a3 a3 a4 a4 a5")

    # 4 of 6 and then 4 of 11: below 70 %, then at last no more than 40 %; the panes of minute 0 leave at 10.
    assert line.told == [(1, "fired", "severe"), (2, "lowered", "moderate")]
    line.at(10.5).ticks()
    assert line.told[2:] == [(10, "cleared", "moderate")]


def test_evidence_are_those_that_fulfil_it() -> None:
    line = play(BLOCKED, "a0 a0 b1 b1")

    assert len(line.last.evidence) == 2
    assert line.last.why.count == 4


def test_why_names_share_number_and_window() -> None:
    line = play(BLOCKED, "a0 a0 b1 b1")

    assert sentence(line.last, "vi") == "50 % trong 4 sự kiện của 10 phút (ngưỡng 50 %), lúc 07:01 14/05"
    assert sentence(line.last, "en") == "50 % of 4 events within 10 min (limit 50 %), at 07:01 14/05"
    for _ in range(4):
        line.at(2).reads(action="allowed")
    assert sentence(line.last, "vi") == ("Hết cảnh báo: còn 28,6 % trong 7 sự kiện của 10 phút (ngưỡng kết thúc 30 %)")
