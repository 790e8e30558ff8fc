"""A preset is what its author would have written out; sensitivity moves hold and clear levels, never a level."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.alert import Kind
from ioc.alerts.parse import RuleMistakes, parse
from ioc.alerts.presets import PRESETS, SENSITIVITIES, Sensitivity
from ioc.alerts.rule import Rule
from ioc.words import LANGS
from tests.alerts.timeline import RULE

BARE = {key: value for key, value in RULE.items() if key not in ("condition", "severities", "hold", "settle")}
LEVELS: dict[str, Any] = {"severities": {"moderate": {"level": 80, "clear": 70}}}
WHEN: dict[str, Any] = {"severities": {"moderate": {}}}
NEEDS: dict[str, dict[str, Any]] = {
    "nguong": LEVELS,
    "mat-tin-hieu": {"quantity": [], "severities": {"moderate": {"level": 1}}},
    "dem-trong-khoang": {"severities": {"moderate": {"level": 5}}},
    "tang-dot-bien": {"severities": {"moderate": {"level": 3}}},
    "chuoi": {**WHEN, "condition": {"first": {"value": 1}, "then": {"value": 2}}},
    "khop": WHEN,
}
"""What each preset still asks of its author."""


def one(**fields: Any) -> Rule:
    return parse({"a.yaml": json.dumps({"rules": [{**BARE, **fields}]})}).rules[0]


def codes(**fields: Any) -> list[tuple[str, str]]:
    with pytest.raises(RuleMistakes) as caught:
        one(**fields)
    assert all(found.hint(lang) for found in caught.value.mistakes for lang in LANGS)
    return [(found.field, found.code) for found in caught.value.mistakes]


KINDS: dict[str, Kind] = {
    "nguong": "threshold",
    "mat-tin-hieu": "absence",
    "dem-trong-khoang": "count",
    "tang-dot-bien": "spike",
    "chuoi": "sequence",
    "khop": "match",
}


@pytest.mark.parametrize("name", KINDS)
def test_each_preset_makes_a_rule_of_its_kind(name: str) -> None:
    rule = one(preset=name, **NEEDS[name])

    assert rule.kind == KINDS[name]
    assert rule == one(preset=next(each.vi for each in PRESETS if each.name == name), **NEEDS[name])


def test_what_the_author_writes_stands() -> None:
    rule = one(
        preset="Ngưỡng", hold="1m", condition={"compare": "below"}, severities={"minor": {"level": 5, "clear": 6}}
    )

    assert (rule.condition.model_dump()["compare"], rule.hold, rule.settle) == ("below", 60, 1800)


def test_a_preset_leaves_no_trace() -> None:
    written = one(condition={"kind": "threshold", "compare": "above"}, hold="10m", settle="30m", **LEVELS)

    assert one(preset="nguong", **LEVELS).version == written.version


def test_an_unknown_preset_names_the_nearest() -> None:
    assert codes(preset="ngưởng", **LEVELS) == [("tried.preset", "one_of")]


def test_a_preset_of_another_kind_is_a_contradiction() -> None:
    condition = {"kind": "count", "window": "5m"}

    assert codes(preset="nguong", condition=condition, **LEVELS) == [("tried.condition.kind", "preset_kind")]


def test_a_mistake_in_what_a_preset_filled_in_points_at_the_preset() -> None:
    rule = {**BARE, **LEVELS, "condition": {"persists": False}}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in rule.items()]
    text = "rules:\n  - preset: nguong\n    " + "\n    ".join(lines)

    with pytest.raises(RuleMistakes) as caught:
        parse({"a.yaml": text})

    (found,) = caught.value.mistakes
    assert (found.line, found.field, found.code) == (2, "tried.hold", "hold_of_moment")


def tuned(sensitivity: str, **fields: Any) -> Rule:
    return one(
        sensitivity=sensitivity, **{"condition": {"kind": "threshold", "compare": "above"}, "hold": "10m", **fields}
    )


TUNED: dict[str, tuple[str, dict[str, Any], int, list[float | None]]] = {
    "low waits longer and ends further down": ("low", LEVELS, 1200, [65]),
    "medium is what is written": ("vừa", LEVELS, 600, [70]),
    "high fires sooner and ends sooner": ("Cao", LEVELS, 300, [75]),
    "no clear level stays none": ("low", {"severities": {"moderate": {"level": 80}}}, 1200, [None]),
    "a clear level does not pass zero": ("low", {"severities": {"moderate": {"level": 10, "clear": 3}}}, 1200, [3]),
    "nor does one end at zero": ("low", {"severities": {"moderate": {"level": 9, "clear": 3}}}, 1200, [3]),
    "the ladder keeps its order": (
        "low", {"severities": {"minor": {"level": 80, "clear": 70}, "moderate": {"level": 100, "clear": 70}}}, 1200, [65, 65]),
    "falling levels": (
        "low", {"condition": {"kind": "threshold", "compare": "below"}, "severities": {"minor": {"level": 20, "clear": 30}}},
        1200, [35]),
    "whole events": ("low", {"condition": {"kind": "count", "window": "5m"}, "hold": "0s",
                             "severities": {"minor": {"level": 10, "clear": 7}}}, 0, [6]),
}  # fmt: skip


@pytest.mark.parametrize("name", TUNED)
def test_sensitivity_moves_hold_and_clear_levels(name: str) -> None:
    sensitivity, fields, hold, clears = TUNED[name]

    rule = tuned(sensitivity, **fields)

    assert rule.hold == hold
    assert [level.clear for level in rule.severities.values()] == clears


def test_an_unknown_sensitivity_is_named() -> None:
    assert codes(sensitivity="max", condition={"kind": "threshold", "compare": "above"}, **LEVELS) == [
        ("tried.sensitivity", "one_of")
    ]


@given(
    steps=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 300)), min_size=1, max_size=4),
    sensitivity=st.sampled_from(list(SENSITIVITIES)),
)
def test_no_sensitivity_breaks_a_ladder_or_moves_a_level(
    steps: list[tuple[int, int]], sensitivity: Sensitivity
) -> None:
    level, clear = 100.0, 0.0
    ladder: dict[str, Any] = {}
    for name, (rise, distance) in zip(("minor", "moderate", "severe", "extreme"), steps, strict=False):
        level += rise
        clear = max(clear, level - distance)
        ladder[name] = {"level": level, "clear": clear}

    rule = tuned(sensitivity, severities=ladder)

    before = -1e9
    for name, found in rule.severities.items():
        assert found.level == ladder[name]["level"]
        assert found.clear is not None
        assert found.level is not None
        assert before <= found.clear <= found.level
        before = found.clear
