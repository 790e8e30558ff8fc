"""match and threshold: an event says so by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.alerts.naive.heard import RANKS, Judged, Rule, fulfils, ranked
from tests.alerts.naive.ladder import Reading


def in_order(events: Sequence[Judged]) -> Iterator[tuple[int, Judged]]:
    """Leave out what was older than a reading that was known already: it says nothing of now."""
    return ((place, one) for place, one in enumerate(events) if not one.past)


def matches(rule: Rule, events: Sequence[Judged]) -> Iterator[Reading]:
    """`when` says so, `until` says the contrary, anything else nothing."""
    condition = rule["condition"]
    lasting = condition.get("until") is not None
    for place, one in enumerate(events):
        rank = 0
        if fulfils(one.event, condition.get("when", {})):
            said = [name for name, level in rule["severities"].items() if fulfils(one.event, level.get("when", {}))]
            rank = max(map(RANKS.index, said), default=0)
        if rank or (lasting and fulfils(one.event, condition["until"])):
            yield Reading(one.told, place, one.at, rank, rank, past=lasting and one.past)


def thresholds(rule: Rule, events: Sequence[Judged]) -> Iterator[Reading]:
    """The value beyond a level."""
    condition = rule["condition"]
    lasting = condition.get("persists", True)
    for place, one in enumerate(events):
        reached, held = ranked(rule, condition["compare"], one.event.value)
        yield Reading(one.told, place, one.at, reached, held, past=lasting and one.past)
