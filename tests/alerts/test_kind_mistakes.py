"""What cannot stand together in aggregates, percentages, cardinalities and changes is told by field."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.parse import RuleMistakes
from ioc.words import LANGS
from tests.alerts.timeline import rules

MEAN: dict[str, Any] = {"kind": "threshold", "compare": "above", "aggregate": "mean", "window": "1h"}
SHARE: dict[str, Any] = {"kind": "percentage", "of": {"quality": "suspect"}, "window": "1h"}
MANY: dict[str, Any] = {"kind": "cardinality", "field": "flags", "window": "1h"}
RISE: dict[str, Any] = {"kind": "change", "over": "1h", "direction": "rise"}
LOW: dict[str, Any] = {"severities": {"moderate": {"level": 5}}}

# name -> (condition, more of the rule, field, code)
BAD: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "an aggregate without its window": ({"kind": "threshold", "compare": "above", "aggregate": "mean"}, {}, "condition", "aggregate_needs"),
    "a percentile that does not say which": ({**MEAN, "aggregate": "percentile"}, {}, "condition", "aggregate_needs"),
    "a percentile of a mean": ({**MEAN, "percentile": 95}, {}, "condition.percentile", "not_for_aggregate"),
    "a window without an aggregate": ({"kind": "threshold", "compare": "above", "window": "1h"}, {}, "condition.window", "needs_aggregate"),
    "a least number of plain values": ({"kind": "threshold", "compare": "above", "min_events": 3}, {}, "condition.min_events", "needs_aggregate"),
    "an aggregate of a moment": ({**MEAN, "persists": False}, {"settle": "1h"}, "condition.persists", "aggregate_persists"),
    "a percentile above all": ({**MEAN, "aggregate": "percentile", "percentile": 101}, {}, "condition.percentile", "out_of_bounds"),
    "an unknown aggregate": ({**MEAN, "aggregate": "avg"}, {}, "condition.aggregate", "one_of"),
    "a mean of several quantities": (MEAN, {"quantity": ["pm25", "pm10"]}, "quantity", "one_quantity"),
    "a mean nothing can reach": (MEAN, {"severities": {"severe": {"level": 90000}}}, "severities.severe.level", "implausible_level"),
    "a share of more than all": (SHARE, {"severities": {"moderate": {"level": 101}}}, "severities.moderate.level", "percent_level"),
    "a share of nothing in particular": ({**SHARE, "of": {}}, LOW, "condition.of", "empty_condition"),
    "a share of a field nobody sends": ({**SHARE, "of": {"colour": "red"}}, LOW, "condition.of.colour", "unknown_field"),
    "values of a field nobody sends": ({**MANY, "field": "src_ip"}, LOW, "condition.field", "unknown_field"),
    "values of a field that holds many": (MANY, LOW, "condition.field", "field_of_values"),
    "half a value": ({**MANY, "field": "commune"}, {"severities": {"moderate": {"level": 2.5}}}, "severities.moderate.level", "whole_number"),
    "more values than can be told apart": ({**MANY, "field": "commune"}, {"severities": {"moderate": {"level": 101}}}, "severities.moderate.level", "too_many_different"),
    "a rise of nothing": (RISE, {"severities": {"moderate": {"level": 0}}}, "severities.moderate", "missing_level"),
    "a rise of several quantities": (RISE, {"quantity": ["pm25", "pm10"]}, "quantity", "one_quantity"),
    "a rise without a direction": ({"kind": "change", "over": "1h"}, LOW, "condition.direction", "missing_key"),
    "a rise over a month": ({**RISE, "over": "30d"}, LOW, "condition.over", "out_of_bounds"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_one_mistake(name: str) -> None:
    condition, more, field, code = BAD[name]

    with pytest.raises(RuleMistakes) as caught:
        rules({"condition": condition, **more})
    assert [(one.field, one.code) for one in caught.value.mistakes] == [(f"tried.{field}", code)]
    for lang in LANGS:
        assert caught.value.mistakes[0].hint(lang)


def test_what_may_change_without_forgetting() -> None:
    def shape(**condition: Any) -> int:
        return rules({"condition": {**MEAN, **condition}}).rules[0].shape

    assert shape(min_events=5) == shape()
    assert len({shape(), shape(window="2h"), shape(aggregate="max"), shape(compare="at_least")}) == 4
