"""The engine's own rules: one that throws, or has too many groups, raises an alert; the next rule is still judged."""

from __future__ import annotations

from typing import Final

from ioc.alerts.kinds import Match
from ioc.alerts.rule import Level, Rule, Short
from ioc.events.domains import Domain
from ioc.words import say

RULE_ERROR: Final = "rule-error"
"""Id of this rule; its memories are keyed by the rule that threw."""


RULE_OVERFLOW: Final = "rule-overflow"
"""Id of the rule for groups beyond `max_groups`; its memories are keyed by the rule that has too many."""
OWN: Final = (RULE_ERROR, RULE_OVERFLOW)
"""Ids that no other rule may have."""


def _short(key: str) -> Short:
    return Short(vi=say(key, "vi"), en=say(key, "en"))


def rule_error(domain: Domain) -> Rule:
    """Ends an hour after the last throw (starting value)."""
    return _own(domain, RULE_ERROR, "rule_error", ("step_feed", "step_author"))


def rule_overflow(domain: Domain) -> Rule:
    """Ends an hour after the last event that found no room (starting value)."""
    return _own(domain, RULE_OVERFLOW, "rule_overflow", ("step_source", "step_author"))


def _own(domain: Domain, name: str, words: str, steps: tuple[str, ...]) -> Rule:
    return Rule(
        id=name,
        title=_short(f"{words}.title"),
        domain=domain,
        condition=Match(kind="match"),
        severities={"moderate": Level()},
        certainty="observed",
        settle="1h",  # type: ignore[arg-type]  # a duration is written as text
        steps=tuple(_short(f"{words}.{step}") for step in steps),
        call=_short("rule_error.call"),
        source_of_threshold="giá trị khởi đầu",
        owner=_short("rule_error.owner"),
    )
