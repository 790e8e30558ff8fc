"""Two rule sets over the same days: each difference once, with its sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ioc.alerts.rule import RuleSet
from ioc.workshop.difference import changes
from ioc.workshop.order import ordered
from tests.alerts.timeline import MINUTE
from tests.workshop.made import judged, line, rules

LEVELS = {"moderate": {"level": 80}}
OLD = rules({"severities": LEVELS})


def compared(values: list[float], old: RuleSet, new: RuleSet) -> list[tuple[str, float]]:
    lines = [line("a", minute, value) for minute, value in enumerate(values)]
    before, after = (ordered(judged(lines, ruleset).transitions) for ruleset in (old, new))
    return [(one.sort, one.moved / MINUTE) for one in changes(before, after)]


@pytest.mark.parametrize(
    ("case", "values", "new", "expected"),
    [
        ("the same rules differ in nothing", [90, 10, 90], {"severities": LEVELS}, []),
        ("a lower level gains a spell", [75, 10, 90, 10], {"severities": {"moderate": {"level": 70}}}, [("gained", 0)]),
        ("a higher level loses a spell", [85, 10, 95, 10], {"severities": {"moderate": {"level": 90}}}, [("lost", 0)]),
        ("a hold comes later", [90, 90, 90, 90, 10], {"severities": LEVELS, "hold": "2m"}, [("later", 2)]),
        ("a lower level comes earlier", [75, 90, 10], {"severities": {"moderate": {"level": 70}}}, [("earlier", -1)]),
        (
            "a second severity is graver",
            [200, 10],
            {"severities": {**LEVELS, "severe": {"level": 150}}},
            [("graver", 0)],
        ),
        ("another severity is milder", [90, 10], {"severities": {"minor": {"level": 80}}}, [("milder", 0)]),
        ("a settle makes two alerts one", [90, 10, 90, 10], {"severities": LEVELS, "settle": "5m"}, [("lost", 0)]),
        ("another id is another matter", [90, 10], {"id": "other", "severities": LEVELS}, [("gained", 0), ("lost", 0)]),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_two_rule_sets(
    case: str, values: list[float], new: Mapping[str, Any], expected: list[tuple[str, float]]
) -> None:
    assert compared(values, OLD, rules(new)) == expected


def test_turned_round_the_signs_turn() -> None:
    new = rules({"severities": {"moderate": {"level": 70}}})
    values: list[float] = [75, 10, 75, 90, 10]
    assert compared(values, OLD, new) == [("gained", 0), ("earlier", -1)]
    assert compared(values, new, OLD) == [("lost", 0), ("later", 1)]


def test_an_alert_of_another_place_is_another_matter() -> None:
    before = ordered(judged([line("a", 0, 90)], OLD).transitions)
    after = ordered(judged([line("b", 0, 90)], OLD).transitions)
    assert {(one.sort, one.key) for one in changes(before, after)} == {("lost", "a"), ("gained", "b")}
