"""A rule of the kind `near` as its author writes it, and what is said of mistakes in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ioc.alerts.kinds import Near
from ioc.alerts.parse import RuleMistakes, parse
from ioc.words import LANGS
from tests.alerts.crossing import NEAR, rules

CONDITION: dict[str, Any] = NEAR["condition"]


def test_what_is_not_said_has_a_default() -> None:
    (rule,) = rules().rules
    assert isinstance(rule.condition, Near)
    assert (rule.condition.wait, rule.momentary, rule.condition.moved_by) == (6 * 3600, True, "signals")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        pytest.param({"where": {"value": 3}}, "where.value", "unknown_field", id="a field that signals do not have"),
        pytest.param({"where": {"severity": "grave"}}, "where.severity", "unknown_choice", id="no severity"),
        pytest.param(
            {"condition": {**CONDITION, "with": {"domain": "camera", "where": {"rules": "x"}}}},
            "condition.with.where.rules",
            "unknown_field",
            id="the same on the other side",
        ),
        pytest.param(
            {"condition": {**CONDITION, "with": {"domain": "cameras"}}},
            "condition.with.domain",
            "one_of",
            id="no domain",
        ),
        pytest.param({"condition": {**CONDITION, "km": 0}}, "condition.km", "out_of_bounds", id="no distance at all"),
        pytest.param({"condition": {**CONDITION, "km": 500}}, "condition.km", "out_of_bounds", id="half the country"),
        pytest.param({"condition": {**CONDITION, "minutes": 0}}, "condition.minutes", "out_of_bounds", id="no time"),
        pytest.param({"condition": {**CONDITION, "minute": 3}}, "condition.minute", "unknown_key", id="a key misspelt"),
        pytest.param(
            {"condition": {"kind": "near", "km": 5, "minutes": 3}}, "condition.with", "missing_key", id="one side"
        ),
        pytest.param({"quantity": "fire_frp"}, "quantity", "not_for_kind", id="a quantity: signals have none to pick"),
        pytest.param({"hold": "5m"}, "hold", "hold_of_moment", id="a moment cannot be held"),
        pytest.param({"flap": {"opens": 3, "within": "1h"}}, "flap", "not_for_kind", id="a meeting does not flap"),
        pytest.param({"settle": "0s"}, "settle", "settle_of_moment", id="a moment ends by settling"),
        pytest.param(
            {"severities": {"severe": {"level": 3}}}, "severities.severe.level", "not_for_kind", id="a level of what?"
        ),
    ],
)
def test_one_mistake(change: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(RuleMistakes) as caught:
        parse({"near.yaml": json.dumps({"rules": [{**NEAR, **change}]})})
    found = {(one.field, one.code) for one in caught.value.mistakes}
    assert (f"fire-seen-twice.{field}", code) in found
    assert all(one.hint(lang) for one in caught.value.mistakes for lang in LANGS)
