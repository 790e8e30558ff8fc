"""What the fields of a rule demand of each other, by kind of condition: refused as mistakes of the rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ioc.alerts.duration import refuse

if TYPE_CHECKING:
    from ioc.alerts.rule import Rule

Check = Callable[["Rule"], None]
"""Raises the refusal of `ioc.alerts.duration.refuse` for the first thing that does not go together."""


def forbid_levels(rule: Rule, *names: str) -> None:
    """None of these fields of `Level` has a meaning for the kind."""
    for severity, level in rule.severities.items():
        for name in names:
            if getattr(level, name) not in (None, {}):
                raise refuse("not_for_kind", f"severities.{severity}.{name}", kind=rule.kind, name=name)


def forbid(rule: Rule, *names: str) -> None:
    """None of these fields of the rule has a meaning for the kind."""
    for name in names:
        if getattr(rule, name):
            raise refuse("not_for_kind", name, kind=rule.kind, name=name)


def hold_and_settle(rule: Rule) -> None:
    """What speaks for its moment only cannot be held, and ends by settling."""
    if rule.momentary and rule.hold:
        raise refuse("hold_of_moment", "hold")
    if rule.momentary and not rule.settle:
        raise refuse("settle_of_moment", "settle")


def one_quantity(rule: Rule) -> None:
    """A figure that stands until the next reading is of one quantity."""
    if len(rule.quantity) != 1:
        raise refuse("one_quantity", "quantity")


def ladder(rule: Rule) -> None:
    """Every severity has a level, each graver than the one below it, and so is its clear level."""
    sign = -1.0 if rule.condition.falling else 1.0
    before: tuple[float, float] | None = None
    for severity, step in rule.severities.items():
        at = f"severities.{severity}"
        if step.level is None:
            raise refuse("missing_level", at, severity=severity)
        clear = step.level if step.clear is None else step.clear
        if sign * clear > sign * step.level:
            raise refuse("clear_beyond_level", f"{at}.clear", clear=clear, level=step.level)
        if before is not None and (sign * step.level <= before[0] or sign * clear < before[1]):
            raise refuse("levels_not_rising", f"{at}.level", severity=severity)
        before = (sign * step.level, sign * clear)


def whole_levels(rule: Rule) -> None:
    """Levels count something: whole numbers from 1."""
    for severity, step in rule.severities.items():
        for name in ("level", "clear"):
            given = getattr(step, name)
            if given is not None and (given < 1 or given != int(given)):
                raise refuse("whole_number", f"severities.{severity}.{name}")


def positive_levels(rule: Rule) -> None:
    """Levels are multiples of something: above 0."""
    for severity, step in rule.severities.items():
        if step.level is None or step.level <= 0:
            raise refuse("missing_level", f"severities.{severity}", severity=severity)


def _match(rule: Rule) -> None:
    forbid_levels(rule, "level", "clear")
    hold_and_settle(rule)
    if not rule.momentary:
        one_quantity(rule)


def _threshold(rule: Rule) -> None:
    forbid_levels(rule, "when")
    hold_and_settle(rule)
    if not rule.momentary:
        one_quantity(rule)
    ladder(rule)


def _count(rule: Rule) -> None:
    forbid_levels(rule, "when")
    whole_levels(rule)
    ladder(rule)


def _absence(rule: Rule) -> None:
    forbid_levels(rule, "clear", "when")
    forbid(rule, "quantity", "hold", "settle")
    if rule.by != ("source",):
        raise refuse("by_of_absence", "by")
    positive_levels(rule)
    ladder(rule)


CHECKS: Mapping[str, Check] = {"match": _match, "threshold": _threshold, "count": _count, "absence": _absence}
"""Kind -> its check; every kind of `ioc.alerts.kinds.CONDITIONS` has one."""
