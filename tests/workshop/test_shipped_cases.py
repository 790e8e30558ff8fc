"""Every shipped rule has its cases beside it, one that fires and one that does not, and all of them pass."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ioc.alerts.rule import Level, Rule, RuleSet
from ioc.settings import load_rules
from ioc.workshop.rule_test import Written, cases, run, uncovered

TESTS = Path(__file__).parents[2] / "config" / "rules" / "tests"
RULES: RuleSet = load_rules()
WRITTEN = cases({path.name: path.read_text(encoding="utf-8") for path in sorted(TESTS.glob("*.yaml"))})


@pytest.mark.parametrize("written", WRITTEN, ids=lambda one: f"{one.case.rule}: {one.case.case.en}")
def test_the_case_passes(written: Written) -> None:
    result = run(RULES, written)
    assert result.passed, result.got


def test_no_rule_is_without_a_case_that_fires_and_one_that_does_not() -> None:
    assert uncovered(RULES.rules, WRITTEN) == []


def test_no_two_cases_of_a_rule_say_the_same() -> None:
    names = Counter((one.case.rule, text) for one in WRITTEN for text in (one.case.case.vi, one.case.case.en))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def out_of_reach(rule: Rule) -> Rule:
    """The same rule with levels, or a side, that nothing here reaches."""
    if rule.condition.moved_by == "signals":
        return rule.model_copy(update={"where": {**rule.where, "source": "nobody"}})
    if all(level.level is None for level in rule.severities.values()):
        return rule.model_copy(update={"where": {**rule.where, "value": {"below": -1}}})
    beyond = -1e9 if rule.condition.falling else 1e9
    levels = {name: Level(level=beyond) for name in rule.severities}
    return rule.model_copy(update={"severities": levels})


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_the_cases_see_a_level_that_was_moved(rule: Rule) -> None:
    moved = RuleSet([out_of_reach(rule)])
    assert not all(run(moved, one).passed for one in WRITTEN if one.case.rule == rule.id)
