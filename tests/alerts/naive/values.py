"""match and threshold: an event says so by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.alerts.naive.heard import RANKS, Judged, Rule, fulfils, ranked
from tests.alerts.naive.ladder import Reading


def in_order(events: Sequence[Judged]) -> Iterator[tuple[int, Judged]]:
    """Leave out what is older than the newest before it."""
    newest = 0
    for place, one in enumerate(events):
        if one.at >= newest:
            newest = one.at
            yield place, one


def matches(rule: Rule, events: Sequence[Judged]) -> Iterator[Reading]:
    """`when` says so, `until` says the contrary, anything else nothing."""
    condition = rule["condition"]
    lasting = condition.get("until") is not None
    for place, one in in_order(events) if lasting else enumerate(events):
        rank = 0
        if fulfils(one.event, condition.get("when", {})):
            said = [name for name, level in rule["severities"].items() if fulfils(one.event, level.get("when", {}))]
            rank = max(map(RANKS.index, said), default=0)
        if rank:
            yield Reading(one.told, place, one.at, rank, rank)
        elif lasting and fulfils(one.event, condition["until"]):
            yield Reading(one.told, place, one.at, 0, 0)


def thresholds(rule: Rule, events: Sequence[Judged]) -> Iterator[Reading]:
    """The value beyond a level."""
    condition = rule["condition"]
    for place, one in in_order(events) if condition.get("persists", True) else enumerate(events):
        reached, held = ranked(rule, condition["compare"], one.event.value)
        yield Reading(one.told, place, one.at, reached, held)
