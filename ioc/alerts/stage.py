"""Where a rule is judged, and by which keys an event goes on to be judged again.

source      in the partition of its source: what all rules are that group by the source, alone or with a field
by-<field>  over `ioc.<domain>.by-<field>`: rules that group by one field alone, whatever the source
place       where domains meet (role correlate): rules of the kind `near`
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from ioc.alerts.fields import Readable, readable
from ioc.alerts.rule import Rule, RuleSet
from ioc.alerts.where import Test, compile_where
from ioc.events.codec import Observed
from ioc.events.domains import Domain

SOURCE: Final = "source"
PLACE: Final = "place"
_BY: Final = "by-"


def by_stage(field: str) -> str:
    """The stage of a field; that of the source where it is empty."""
    return f"{_BY}{field}" if field else SOURCE


def fields_of(rules: RuleSet, domain: Domain) -> tuple[str, ...]:
    """The fields by which rules of the domain are judged over a topic of their own, in order."""
    stages = {rule.stage for rule in rules.of(domain)}
    return tuple(sorted(stage.removeprefix(_BY) for stage in stages if stage.startswith(_BY)))


class _Said(msgspec.Struct):
    domain: Domain
    condition: dict[str, Any]
    by: tuple[str, ...] = (SOURCE,)


def passed_on(rules: Iterable[bytes]) -> set[tuple[Domain, str]]:
    """Domains and fields that rules written as JSON (`ioc.alerts.edition`) are judged by, without making the rules."""
    said = [msgspec.json.decode(raw, type=_Said) for raw in rules]
    return {(one.domain, one.by[0]) for one in said if one.by[0] != SOURCE and one.condition.get("kind") != "near"}


class Keys:
    """By which fields, and under which values, events of one domain go on: those that a rule there could count."""

    def __init__(self, rules: RuleSet, domain: Domain) -> None:
        known = readable(domain)
        self.fields = fields_of(rules, domain)
        self._routes = [
            _Route(known[field], [rule for rule in rules.of(domain) if rule.stage == by_stage(field)])
            for field in self.fields
        ]

    def of(self, event: Observed) -> Sequence[tuple[str, str]]:
        """(field, value), at most one for each field; nothing for an event whose quality no rule takes."""
        if event.quality not in ("valid", "suspect"):
            return ()
        return [(route.field, value) for route in self._routes if (value := route.value(event))]


class _Route:
    def __init__(self, field: Readable, rules: Sequence[Rule]) -> None:
        self.field = field.name
        self._read = field.read
        self._wanted: list[tuple[tuple[str, ...], Test | None]] = [
            (rule.quantity, compile_where(rule.where, rule.domain)) for rule in rules
        ]

    def value(self, event: Observed) -> str | None:
        for quantities, where in self._wanted:
            if (not quantities or event.quantity in quantities) and (where is None or where(event)):
                found: str | None = self._read(event)
                return found
        return None
