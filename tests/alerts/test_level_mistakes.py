"""Levels that cannot be right: in another unit, or such that the alert never ends."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.parse import RuleMistakes
from ioc.words import LANGS
from tests.alerts.timeline import rules


def levels(compare: str, level: float, clear: float, quantity: str = "pm25") -> dict[str, Any]:
    condition = {"kind": "threshold", "compare": compare}
    return {"quantity": quantity, "condition": condition, "severities": {"moderate": {"level": level, "clear": clear}}}


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "a unit of another quantity": ({"unit": "ppm"}, "unit", "unit_of_quantity"),
    "milligrams for micrograms": ({"unit": "mg/m3"}, "unit", "unit_of_quantity"),
    "a unit that nobody knows": ({"unit": "kg"}, "unit", "one_of"),
    "a clear level below everything": (levels("above", 80, -1), "severities.moderate.clear", "never_clears"),
    "a clear level that everything is at least": (
        levels("at_least", 80, 0),
        "severities.moderate.clear",
        "never_clears",
    ),
    "a clear level above everything": (levels("below", 5, 15, "ph"), "severities.moderate.clear", "never_clears"),
    "a clear level that everything is at most": (
        levels("at_most", 5, 14, "ph"),
        "severities.moderate.clear",
        "never_clears",
    ),
    "a clear level beyond the level": (levels("above", 80, 90), "severities.moderate.clear", "clear_beyond_level"),
}


@pytest.mark.parametrize("name", BAD)
def test_it_is_told_by_field_with_a_hint(name: str) -> None:
    change, field, code = BAD[name]
    with pytest.raises(RuleMistakes) as caught:
        rules(change)
    (found,) = caught.value.mistakes
    assert (found.field, found.code) == (f"tried.{field}", code)
    assert all(found.hint(lang) for lang in LANGS)


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "ug/m3"},
        levels("above", 80, 0),
        levels("at_least", 80, 1),
        levels("below", 5, 14, "ph"),
        levels("at_most", 5, 13, "ph"),
    ],
)
def test_the_last_level_that_can_be_passed_is_taken(change: dict[str, Any]) -> None:
    assert rules(change).rules
