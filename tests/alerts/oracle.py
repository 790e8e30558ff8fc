"""What the alerts of one source ought to be, read off the whole sorted log at once.

Written apart from the engine: it imports nothing of it, steps through nothing and keeps no timers. It says for each
severity by itself during which intervals it stood, then lays the severities over each other. Quadratic, and plain
enough to be held against the rules' documentation.

Events of one source come in the order of their times here (disorder has tests of its own); ticks, late events,
duplicates, saving and loading must change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

NAMES = ("", "minor", "moderate", "severe", "extreme")


class Happened(NamedTuple):
    """One event or, without an id, a tick. `at` is event time, `clock` log time, both ms."""

    clock: int
    id: str = ""
    at: int = 0
    value: float = 0.0


class Told(NamedTuple):
    """One transition."""

    at: int
    change: str
    severity: str
    opener: str
    revision: int


@dataclass(frozen=True)
class Spec:
    """A rule in bare numbers, ms. `levels`: rank -> (fire, clear); above the level fires.

    match: value 1 says so, 0 says the contrary, anything else says nothing. absence: fire is the silence.
    """

    kind: Literal["match", "threshold", "count", "absence"]
    levels: dict[int, tuple[float, float]]
    hold: int = 0
    settle: int = 0
    momentary: bool = False
    window: int = 0


class Reading(NamedTuple):
    """At a time, which severities are reached and which still hold; `place` orders what happens at one time."""

    at: int
    place: int
    id: str
    reached: frozenset[int]
    held: frozenset[int]


class Edge(NamedTuple):
    """A severity begins or ends. `phase` orders what meets at one time: 0 by time alone, 1 by a pane, 2 by an event."""

    at: int
    phase: int
    place: int
    rank: int
    on: bool
    opener: str


def expected(spec: Spec, log: Sequence[Happened], idle: int = 60_000) -> list[Told]:
    """Every transition of the log, in order."""
    if spec.kind == "absence":
        return list(_silences(spec, log))
    events = [one for one in log if one.id]
    if not events:
        return []
    newest = events[-1]
    quiet = log[-1].clock - newest.clock
    horizon = newest.at + (quiet if quiet >= idle else 0)
    readings = _counts(spec, events, horizon) if spec.kind == "count" else [*_values(spec, events)]
    edges: list[Edge] = []
    for rank in sorted(spec.levels):
        edges += _moments(spec, readings, rank) if spec.momentary else _stretches(spec, readings, rank)
    return list(_laid_over(sorted(edge for edge in edges if edge.at <= horizon)))


def _values(spec: Spec, events: Sequence[Happened]) -> Iterator[Reading]:
    for place, one in enumerate(events):
        if spec.kind == "match":
            ranks = frozenset(spec.levels) if one.value == 1 else frozenset[int]()
            if one.value in (0, 1):
                yield Reading(one.at, place, one.id, ranks, ranks)
        else:
            reached = frozenset(rank for rank, (fire, _) in spec.levels.items() if one.value > fire)
            held = frozenset(rank for rank, (_, clear) in spec.levels.items() if one.value > clear)
            yield Reading(one.at, place, one.id, reached, held)


def _counts(spec: Spec, events: Sequence[Happened], horizon: int) -> list[Reading]:
    """The count whenever it changes: at each event, and when the pane of one leaves the window."""
    pane = spec.window // 60
    moments = [(one.at, 1, place, one.id) for place, one in enumerate(events)]
    moments += [((one.at // pane + 60) * pane, 0, 0, "") for one in events]
    readings = []
    for at, by_event, place, name in sorted(set(moments)):
        if at > horizon:
            continue
        seen = [one for i, one in enumerate(events) if one.at < at or (one.at == at and by_event and i <= place)]
        count = sum(1 for one in seen if one.at // pane > at // pane - 60)
        reached = frozenset(rank for rank, (fire, _) in spec.levels.items() if count >= fire)
        held = frozenset(rank for rank, (_, clear) in spec.levels.items() if count >= clear)
        readings.append(Reading(at, place if by_event else -1, name, reached, held))
    return readings


def _stretches(spec: Spec, readings: Sequence[Reading], rank: int) -> Iterator[Edge]:
    """A severity begins when it was reached throughout a hold, and ends when it was not held throughout a settle."""
    on = False
    turned: Reading | None = None
    for one in [*readings, None]:
        wait = spec.settle if on else spec.hold
        if turned is not None and (one is None or turned.at + wait <= one.at):
            on = not on
            yield Edge(turned.at + wait, 0, 0, rank, on, turned.id)
            turned = None
        if one is None or on == (rank in one.held if on else rank in one.reached):
            turned = None
        elif (spec.settle if on else spec.hold) == 0:
            on = not on
            yield Edge(one.at, 1 if one.place < 0 else 2, one.place, rank, on, one.id)
        else:
            turned = turned or one


def _moments(spec: Spec, readings: Sequence[Reading], rank: int) -> Iterator[Edge]:
    """A severity stands from an event that reaches it until `settle` after the last one that still holds it."""
    until = None
    for one in readings:
        if until is not None and until <= one.at:
            yield Edge(until, 0, 0, rank, False, "")
            until = None
        if until is None and rank in one.reached:
            yield Edge(one.at, 2, one.place, rank, True, one.id)
            until = one.at + spec.settle
        elif until is not None and rank in one.held:
            until = one.at + spec.settle
    if until is not None:
        yield Edge(until, 0, 0, rank, False, "")


def _laid_over(edges: Sequence[Edge]) -> Iterator[Told]:
    standing: dict[int, str] = {}
    level = revision = 0
    opener = ""
    for moment in sorted({edge[:3] for edge in edges}):
        for edge in edges:
            if edge[:3] == moment and edge.on:
                standing[edge.rank] = edge.opener
            elif edge[:3] == moment:
                standing.pop(edge.rank, None)
        now = max(standing, default=0)
        if now != level:
            opener = opener if level else standing[min(standing)]
            revision = revision + 1 if level else 1
            change = "fired" if not level else "cleared" if not now else "raised" if now > level else "lowered"
            yield Told(moment[0], change, NAMES[now or level], opener, revision)
            level = now


def _silences(spec: Spec, log: Sequence[Happened]) -> Iterator[Told]:
    start = level = revision = 0
    last = opener = ""
    for one in log:
        if one.id:
            if level:
                yield Told(one.clock, "cleared", NAMES[level], opener, revision + 1)
            start, last, level = one.clock, one.id, 0
            continue
        start = start or one.clock
        for rank, (silence, _) in sorted(spec.levels.items()):
            due = start + int(silence)
            if rank > level and one.clock >= due:
                revision = revision + 1 if level else 1
                opener = opener if level else last or f"s@{due}"
                yield Told(due, "raised" if level else "fired", NAMES[rank], opener, revision)
                level = rank
