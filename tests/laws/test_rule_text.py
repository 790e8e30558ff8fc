"""Whatever stands in a rule file, it is a rule set or a list of mistakes with their words; nothing else happens."""

from __future__ import annotations

import json
import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts.engine import Engine
from ioc.alerts.parse import RuleMistakes, parse
from ioc.alerts.rule import Rule, RuleSet
from ioc.events.domains import DOMAINS
from ioc.words import LANGS
from tests.alerts.timeline import RULE, catalogue

TIMES = int(os.environ.get("IOC_EXAMPLES", "1"))
"""The long form runs this many times as many examples."""
WORDS = ("high", "nguong", "khớp", "low", "cao", "22:00-05:00", "mon", "only", "source", "commune", "1h", "tried", "${x}",
         "${y}", "a ${x} b", "${", "rule-error", "")  # fmt: skip
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-3, 99), st.floats(allow_nan=False, width=16),
                   st.sampled_from(WORDS), st.text(max_size=4))  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from((*WORDS, "opens", "within", "hours", "days", "rule", "same", "x", "y")), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
KEYS = (*Rule.model_fields, "use", "with", "preset", "sensitivity", "unknown")
BODY = {key: value for key, value in RULE.items() if key != "id"}


def read(text: str) -> RuleSet | RuleMistakes:
    try:
        return parse({"a.yaml": text})
    except RuleMistakes as found:
        return found


def judged(text: str) -> None:
    found = read(text)
    if isinstance(found, RuleMistakes):
        for lang in LANGS:
            assert len(found.sentences(lang)) == len(found.mistakes)
        assert all(0 < one.line <= text.count("\n") + 1 for one in found.mistakes)
    else:
        for domain in DOMAINS:
            assert Engine(found, catalogue(domain), domain).version


@settings(max_examples=400 * TIMES, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
def test_any_value_under_any_key_is_judged(changes: dict[str, Any]) -> None:
    judged(json.dumps({"rules": [{**RULE, **changes}]}))


@settings(max_examples=300 * TIMES, deadline=None)
@given(
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3),
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3),
    st.dictionaries(st.sampled_from(("x", "y", "z")), VALUES, max_size=3),
)
def test_any_template_and_instance_are_judged(
    body: dict[str, Any], own: dict[str, Any], given_: dict[str, Any]
) -> None:
    instance = {"use": "high", "id": "tried", "with": given_, **own}

    judged(json.dumps({"templates": {"high": {**BODY, **body}, "low": body}, "rules": [instance, RULE]}, indent=1))


@settings(max_examples=100 * TIMES, deadline=None)
@given(VALUES, VALUES)
def test_any_top_of_a_file_is_judged(templates: Any, listed: Any) -> None:
    judged(json.dumps({"templates": templates, "rules": listed}))
