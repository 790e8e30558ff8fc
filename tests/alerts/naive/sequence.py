"""A and then B within a time, or A and no B."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.alerts.naive.heard import Judged, Rule, fulfils, levels, ms
from tests.alerts.naive.ladder import Reading

REMEMBERED = 8


def sequences(rule: Rule, events: Sequence[Judged], lateness: int) -> Iterator[Reading]:
    """Every B that follows an A, or every A that no B followed."""
    condition = rule["condition"]
    firsts = [(place, one) for place, one in enumerate(events) if fulfils(one.event, condition["first"])]
    thens = [(place, one) for place, one in enumerate(events) if fulfils(one.event, condition["then"])]
    top = max(levels(rule))
    if condition.get("missing", False):
        yield from _missing(firsts, thens, ms(condition["within"]), lateness, top)
    else:
        yield from _following(firsts, thens, ms(condition["within"]), top)


Side = Sequence[tuple[int, Judged]]


def _following(firsts: Side, thens: Side, within: int, top: int) -> Iterator[Reading]:
    """A B speaks as soon as both have arrived."""
    for place, b in thens:
        partners = [known for known, a in firsts if known != place and a.at <= b.at <= a.at + within]
        if partners:
            known = max(place, min(partners))
            told = max(b.told, next(a.told for at, a in firsts if at == min(partners)))
            yield Reading(told, known, b.at, top, top)


def _missing(firsts: Side, thens: Side, within: int, lateness: int, top: int) -> Iterator[Reading]:
    for place, a in firsts:
        told = a.at + within + lateness
        if any(b.told < told and a.at <= b.at <= a.at + within for known, b in thens if known != place):
            continue
        newer = [one for known, one in firsts if (one.at, known) > (a.at, place) and one.told < told]
        if len(newer) < REMEMBERED:
            yield Reading(told, -1, a.at + within, top, top)
