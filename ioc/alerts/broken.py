"""The engine's own rule: a rule that throws raises an alert, and the next rule and event are still judged."""

from __future__ import annotations

from typing import Final

from ioc.alerts.kinds import Match
from ioc.alerts.rule import Level, Rule, Short
from ioc.events.domains import Domain
from ioc.words import say

RULE_ERROR: Final = "rule-error"
"""Id of this rule; its memories are keyed by the rule that threw."""


def _short(name: str) -> Short:
    return Short(vi=say(f"rule_error.{name}", "vi"), en=say(f"rule_error.{name}", "en"))


def rule_error(domain: Domain) -> Rule:
    """Ends an hour after the last throw (starting value)."""
    return Rule(
        id=RULE_ERROR,
        title=_short("title"),
        domain=domain,
        condition=Match(kind="match"),
        severities={"moderate": Level()},
        certainty="observed",
        settle="1h",  # type: ignore[arg-type]  # a duration is written as text
        steps=(_short("step_feed"), _short("step_author")),
        call=_short("call"),
        source_of_threshold="giá trị khởi đầu",
        owner=_short("owner"),
    )
