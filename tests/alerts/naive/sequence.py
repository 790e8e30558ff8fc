"""A and then B within a time, or A and no B.

The halves of one side that are remembered are eight: of a ninth goes the one that stands closest between two others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

from tests.alerts.naive.heard import RANKS, Judged, Rule, fulfils, ms
from tests.alerts.naive.ladder import Reading

REMEMBERED = 8
Half = tuple[int, Judged]
"""An event and its place in the order of arrival."""


def sequences(rule: Rule, events: Sequence[Judged], lateness: int) -> Iterator[Reading]:
    """Every B that follows an A, or every A that no B followed."""
    condition = rule["condition"]
    firsts = [(place, one) for place, one in enumerate(events) if fulfils(one.event, condition["first"])]
    thens = [(place, one) for place, one in enumerate(events) if fulfils(one.event, condition["then"])]
    if condition.get("missing", False):
        yield from _missing(rule, firsts, thens, lateness)
    else:
        yield from _following(rule, firsts, thens, lateness)


def _rank(rule: Rule, one: Judged) -> int:
    said = [name for name, level in rule["severities"].items() if fulfils(one.event, level.get("when", {}))]
    return max(map(RANKS.index, said), default=0)


def _following(rule: Rule, firsts: Sequence[Half], thens: Sequence[Half], lateness: int) -> Iterator[Reading]:
    """A B speaks as soon as both have arrived; one that spoke waits no more."""
    within = ms(rule["condition"]["within"])
    begun: list[Half] = []
    alone: list[Half] = []
    for place, one in sorted({place: (place, one) for place, one in (*firsts, *thens)}.values(), key=itemgetter(0)):
        told = []
        if (place, one) in thens:
            if any(a.at <= one.at <= a.at + within for _, a in begun):
                told.append(one)
            else:
                alone, _ = _sampled([*alone, (place, one)])
        if (place, one) in firsts:
            answers = [half for half in alone if half[0] != place and one.at <= half[1].at <= one.at + within]
            told += [b for _, b in answers]
            alone = [half for half in alone if half not in answers]
            begun, _ = _sampled([*begun, (place, one)])
        for b in told:
            yield Reading(one.told, place, b.at, _rank(rule, b), _rank(rule, b))
        begun = [half for half in begun if half[1].at + within >= one.told - lateness]
        alone = [half for half in alone if half[1].at >= one.told - lateness]


def _missing(rule: Rule, firsts: Sequence[Half], thens: Sequence[Half], lateness: int) -> Iterator[Reading]:
    """An A speaks once nothing can answer it any more, for the moment its time was up."""
    within = ms(rule["condition"]["within"])
    waiting: list[Half] = []
    for place, one in sorted({place: (place, one) for place, one in (*firsts, *thens)}.values(), key=itemgetter(0)):
        waiting = [half for half in waiting if half[1].at + within + lateness >= one.told]
        if (place, one) in thens:
            waiting = [half for half in waiting if not half[1].at <= one.at <= half[1].at + within]
        if (place, one) in firsts:
            waiting.append((place, one))
        waiting, gone = _sampled(waiting)
        firsts = [half for half in firsts if half not in gone]
    for place, a in firsts:
        answers = (
            b.told <= a.at + within + lateness and a.at <= b.at <= a.at + within for at, b in thens if at != place
        )
        if not any(answers):
            yield Reading(a.at + within, -1, a.at + within, _rank(rule, a), _rank(rule, a))


def _sampled(waiting: Sequence[Half]) -> tuple[list[Half], list[Half]]:
    """At most eight of them, and what goes."""
    kept = sorted(waiting, key=lambda half: (half[1].at, half[1].event.id))
    gone = []
    while len(kept) > REMEMBERED:
        inner = range(1, len(kept) - 1)
        gone.append(kept.pop(min(inner, key=lambda n: kept[n + 1][1].at - kept[n - 1][1].at)))
    return kept, gone
