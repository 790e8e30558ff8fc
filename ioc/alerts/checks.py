"""What the fields of a rule demand of each other, by kind of condition: refused as mistakes of the rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ioc.alerts.distinct import MOST
from ioc.alerts.duration import HOUR, refuse
from ioc.alerts.kinds import Absence, Spike, Threshold

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
    """A figure that stands until the next reading is of one quantity, or is kept apart for each."""
    if len(rule.quantity) != 1 and not (rule.quantity and "quantity" in rule.by):
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


def surroundings(rule: Rule) -> None:
    """What surrounds every condition, but silence and signals: neither opens by itself, a silence has a schedule."""
    if rule.condition.moved_by != "events":
        forbid(rule, "flap")
    if rule.condition.moved_by == "silence":
        forbid(rule, "active")
    for place, link in enumerate(rule.inhibited_by):
        if link.rule == rule.id:
            raise refuse("own_parent", f"inhibited_by.{place}.rule")


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
    assert isinstance(rule.condition, Threshold)  # noqa: S101 - tells the type checker what the table below says
    _aggregate(rule.condition)
    ladder(rule)


def _aggregate(condition: Threshold) -> None:
    given: set[str] = {name for name in ("window", "percentile", "min_events") if name in condition.model_fields_set}
    if condition.aggregate is None:
        for name in sorted(given):
            raise refuse("needs_aggregate", f"condition.{name}", name=name)
        return
    if not condition.persists:
        raise refuse("aggregate_persists", "condition.persists")
    wanted: set[str] = {"window"} | ({"percentile"} if condition.aggregate == "percentile" else set())
    for name in sorted(wanted - given):
        raise refuse("aggregate_needs", "condition", name=name, aggregate=condition.aggregate)
    for name in sorted(given - wanted - {"min_events"}):
        raise refuse("not_for_aggregate", f"condition.{name}", name=name, aggregate=condition.aggregate)


def _percentage(rule: Rule) -> None:
    forbid_levels(rule, "when")
    for severity, step in rule.severities.items():
        for name in ("level", "clear"):
            given = getattr(step, name)
            if given is not None and not 0 <= given <= 100:
                raise refuse("percent_level", f"severities.{severity}.{name}")
    ladder(rule)


def _cardinality(rule: Rule) -> None:
    _count(rule)
    for severity, step in rule.severities.items():
        if step.level is not None and step.level > MOST:
            raise refuse("too_many_different", f"severities.{severity}.level", limit=MOST)


def _change(rule: Rule) -> None:
    forbid_levels(rule, "when")
    one_quantity(rule)
    positive_levels(rule)
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
    if isinstance(rule.condition, Absence) and rule.condition.period == "schedule":
        whole_levels(rule)
    ladder(rule)


def _near(rule: Rule) -> None:
    forbid_levels(rule, "level", "clear")
    forbid(rule, "quantity")
    hold_and_settle(rule)
    if rule.emit != "alert":
        raise refuse("not_for_kind", "emit", kind=rule.kind, name=f"emit: {rule.emit}")
    if rule.by not in (("source",), ("source", "commune"), ("commune",)):
        raise refuse("by_of_near", "by")


def _spike(rule: Rule) -> None:
    forbid_levels(rule, "when")
    ladder(rule)
    condition = rule.condition
    assert isinstance(condition, Spike)  # noqa: S101 - tells the type checker what the table below says
    if condition.of == "mean":
        one_quantity(rule)
        if condition.floor is None:
            raise refuse("missing_floor", "condition")
    elif condition.measure == "deviations":
        raise refuse("deviations_of_means", "condition.measure")
    if condition.baseline == "same_hour" and condition.window > HOUR:
        raise refuse("window_of_same_hour", "condition.window")
    lowest, highest = _SPIKES[condition.measure, condition.direction]
    for severity, step in rule.severities.items():
        if step.level is not None and not lowest < step.level < highest:
            values = {"low": f"{lowest:g}", "high": f"{highest:g}"}
            raise refuse("level_of_spike", f"severities.{severity}.level", **values)


_SPIKES: Mapping[tuple[str, str], tuple[float, float]] = {
    ("ratio", "up"): (1.0, 1e6),
    ("ratio", "down"): (0.0, 1.0),
    ("deviations", "up"): (0.0, 1e6),
    ("deviations", "down"): (-1e6, 0.0),
}
"""Measure and direction -> between which numbers levels lie."""


def _flatline(rule: Rule) -> None:
    forbid_levels(rule, "clear", "when")
    forbid(rule, "hold")
    one_quantity(rule)
    positive_levels(rule)
    ladder(rule)


def _new_value(rule: Rule) -> None:
    forbid_levels(rule, "level", "clear")
    hold_and_settle(rule)


def _sequence(rule: Rule) -> None:
    forbid_levels(rule, "level", "clear")
    hold_and_settle(rule)


CHECKS: Mapping[str, Check] = {
    "match": _match,
    "threshold": _threshold,
    "count": _count,
    "percentage": _percentage,
    "cardinality": _cardinality,
    "change": _change,
    "absence": _absence,
    "near": _near,
    "spike": _spike,
    "flatline": _flatline,
    "new_value": _new_value,
    "sequence": _sequence,
}
"""Kind -> its check; every kind of `ioc.alerts.kinds.CONDITIONS` has one."""
