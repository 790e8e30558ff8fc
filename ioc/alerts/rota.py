"""Lịch trực: who is on duty at a moment, from shifts, and from what people changed of them.

A shift is somebody's on [start, end). A change puts one person in another's place for a span; the change made later
holds. A swap is two changes. Where a duty has nobody, whoever had it last still answers for it: a leaver is free when
somebody comes, never before. Times are epoch ms.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

DAY_MS = 86_400_000


class Shift(NamedTuple):
    """One person's shift on one duty."""

    duty: str
    person: str
    start: int
    end: int


class Change(NamedTuple):
    """`person` stands in for `instead_of` on [start, end); for everybody on that duty where it is empty."""

    duty: str
    person: str
    start: int
    end: int
    instead_of: str = ""


class Gap(NamedTuple):
    """A span in which nobody is on a duty."""

    duty: str
    start: int
    end: int


class Rota(NamedTuple):
    """Shifts, and changes in the order in which they were made; `gone` are people who no longer serve."""

    shifts: Sequence[Shift] = ()
    changes: Sequence[Change] = ()
    gone: frozenset[str] = frozenset()

    def on_duty(self, duty: str, at: int) -> tuple[str, ...]:
        """Who has this duty now, each once, in the order of the shifts; empty where nobody has."""
        people = [one.person for one in self.shifts if one.duty == duty and one.start <= at < one.end]
        for change in self.changes:
            if change.duty == duty and change.start <= at < change.end:
                people = _changed(people, change)
        return tuple(dict.fromkeys(person for person in people if person not in self.gone))

    def responsible(self, duty: str, at: int) -> tuple[str, ...]:
        """Who answers for this duty now: who has it, else who had it last; empty where nobody ever had."""
        return self.on_duty(duty, at) or self._last(duty, at)

    def _last(self, duty: str, at: int) -> tuple[str, ...]:
        ends = {end for end in self._edges(duty) if end <= at}
        for end in sorted(ends, reverse=True):
            before = self.on_duty(duty, end - 1)
            if before:
                return before
        return ()

    def _edges(self, duty: str) -> Iterator[int]:
        spans: Iterable[Shift | Change] = (*self.shifts, *self.changes)
        for one in spans:
            if one.duty == duty:
                yield from (one.start, one.end)

    def gaps(self, duty: str, since: int, until: int) -> list[Gap]:
        """Every span of [since, until) without anybody on this duty, touching ones as one."""
        edges = sorted({since, until, *(edge for edge in self._edges(duty) if since < edge < until)})
        found: list[Gap] = []
        for start, end in itertools.pairwise(edges):
            if self.on_duty(duty, start):
                continue
            if found and found[-1].end == start:
                found[-1] = found[-1]._replace(end=end)
            else:
                found.append(Gap(duty, start, end))
        return found

    def next_change(self, duty: str, at: int) -> int | None:
        """When the people on this duty next change after a moment; None where the rota says no more."""
        now = self.on_duty(duty, at)
        return next(
            (edge for edge in sorted(set(self._edges(duty))) if edge > at and self.on_duty(duty, edge) != now), None
        )


def _changed(people: list[str], change: Change) -> list[str]:
    if not change.instead_of:
        return [change.person]
    return [change.person if person == change.instead_of else person for person in people]


def swap(mine: Shift, theirs: Shift) -> tuple[Change, Change]:
    """Two people take each other's shift."""
    return (
        Change(mine.duty, theirs.person, mine.start, mine.end, mine.person),
        Change(theirs.duty, mine.person, theirs.start, theirs.end, theirs.person),
    )


def turns(duty: str, people: Sequence[str], start: int, length_ms: int, until: int) -> list[Shift]:
    """Shifts of one length, one person after the other, from `start` until a moment; the last one is whole."""
    found: list[Shift] = []
    while start < until:
        found.append(Shift(duty, people[len(found) % len(people)], start, start + length_ms))
        start += length_ms
    return found
