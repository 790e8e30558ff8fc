"""What is wrong with a well-formed rule in the light of its domain's events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ioc.alerts.broken import OWN
from ioc.alerts.fields import nearest, quantities, readable
from ioc.alerts.kinds import Cardinality, Near, NewValue, Threshold
from ioc.alerts.plain_yaml import Path
from ioc.alerts.rule import Rule
from ioc.alerts.signal import met_by
from ioc.alerts.where import Slip, slips_among
from ioc.events.quantities import ENVIRONMENT

MAY_BE_EMPTY: Final = ("when",)
"""A `where` within a condition that asks for nothing where it says nothing; every other must pick something."""


def nonsense(rule: Rule) -> Iterator[Slip]:
    """Every slip of one rule; paths are below the rule."""
    known = quantities(rule.domain)
    for name in rule.quantity:
        if name not in known:
            values = {"name": name, "domain": rule.domain, "nearest": nearest(name, known)}
            yield Slip(("quantity",), "unknown_quantity", values)
    picks: list[tuple[Path, dict[str, Any]]] = [(("where",), rule.where)]
    for name in type(rule.condition).model_fields:
        given = getattr(rule.condition, name)
        if isinstance(given, dict):
            picks.append((("condition", name), given))
            if not given and name not in MAY_BE_EMPTY:
                yield Slip(("condition", name), "empty_condition")
    picks += [(("severities", severity, "when"), level.when) for severity, level in rule.severities.items()]
    met = met_by(rule.condition, rule.domain)
    kind = "signal" if rule.condition.moved_by == "signals" else rule.domain
    if isinstance(rule.condition, Near):
        picks.append((("condition", "with", "where"), rule.condition.partner.where))
    for path, where in picks:
        for slip in slips_among(where, met, kind):
            yield Slip((*path, *slip.path), slip.code, slip.values)
    yield from _groups(rule)
    if rule.id in OWN:
        yield Slip(("id",), "reserved_id", {"name": rule.id})
    yield from _of_kind(rule)


def together(rules: Mapping[str, Rule], *, holidays: bool) -> Iterator[tuple[Rule, Slip]]:
    """What is wrong with rules (by id) only in the light of the others, or of there being no list of holidays."""
    for rule in rules.values():
        for place, link in enumerate(rule.inhibited_by):
            if link.rule not in rules:
                values = {"name": link.rule, "nearest": nearest(link.rule, rules)}
                yield rule, Slip(("inhibited_by", place, "rule"), "unknown_parent", values)
        if rule.active is not None and rule.active.holidays != "any" and not holidays:
            yield rule, Slip(("active", "holidays"), "no_holidays")


def _of_kind(rule: Rule) -> Iterator[Slip]:
    if isinstance(rule.condition, (NewValue, Cardinality)):
        yield from _unreadable(rule, rule.condition.field)
    if rule.kind == "absence":
        for name in rule.where:
            if name not in ("source", "feed") or not isinstance(rule.where[name], (str, list)):
                yield Slip(("where", name), "where_of_absence")
    summed = isinstance(rule.condition, Threshold) and rule.condition.aggregate == "sum"
    if rule.kind == "threshold" and rule.domain == "environment" and not summed:
        yield from _implausible(rule)
    if rule.unit is not None:
        yield from _unit(rule)


UNBOUNDED: Final = ("title", "flow")
"""Texts of which hardly two are alike: a group of its own for each event."""


def _groups(rule: Rule) -> Iterator[Slip]:
    known = {name: one for name, one in readable(rule.domain).items() if one.kind == "text" and name not in UNBOUNDED}
    for place, name in enumerate(rule.by):
        if name not in known and rule.kind != "near":
            yield Slip(("by", place), "by_field", {"name": name, "nearest": nearest(name, known)})


def _unreadable(rule: Rule, name: str) -> Iterator[Slip]:
    known = readable(rule.domain)
    if name not in known:
        values = {"name": name, "domain": rule.domain, "nearest": nearest(name, known)}
        yield Slip(("condition", "field"), "unknown_field", values)
    elif known[name].kind == "texts":
        yield Slip(("condition", "field"), "field_of_values", {"name": name})


def _unit(rule: Rule) -> Iterator[Slip]:
    for name in rule.quantity:
        measure = ENVIRONMENT.get(name)  # type: ignore[call-overload]  # the rule's quantities are plain text
        units = readable(rule.domain)["unit"].choices if measure is None else (measure.unit,)
        if rule.unit not in units:
            values = {"name": name, "unit": ", ".join(units), "given": str(rule.unit)}
            yield Slip(("unit",), "unit_of_quantity", values)


def _implausible(rule: Rule) -> Iterator[Slip]:
    for name in rule.quantity:
        measure = ENVIRONMENT.get(name)  # type: ignore[call-overload]  # the rule's quantities are plain text
        if measure is None:
            continue
        bounds = {"low": f"{measure.low:g}", "high": f"{measure.high:g}", "unit": measure.unit}
        for severity, level in rule.severities.items():
            if level.level is not None and not measure.low <= level.level <= measure.high:
                yield Slip(
                    ("severities", severity, "level"), "implausible_level", {**bounds, "level": f"{level.level:g}"}
                )
            elif level.clear is not None and _never_clears(rule, level.clear, measure.low, measure.high):
                yield Slip(("severities", severity, "clear"), "never_clears", {**bounds, "clear": f"{level.clear:g}"})


def _never_clears(rule: Rule, clear: float, low: float, high: float) -> bool:
    """Whether every value that can be measured still holds the alert."""
    compare = rule.condition.compare if isinstance(rule.condition, Threshold) else "above"
    return {
        "above": clear < low,
        "at_least": clear <= low,
        "below": clear > high,
        "at_most": clear >= high,
    }[compare]
