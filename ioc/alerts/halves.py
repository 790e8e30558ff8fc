"""Two halves that belong together: what came first, what came then, and what of it still waits for its other half.

Used in one of two ways, for a span `within` (ms):

- `pair`: a second half speaks when a first one stands at most `within` before it. Each second half speaks once, however
  many first ones there are, and whichever of the two arrives sooner.
- `answer`: a first half speaks when no second one came at it or within `within` after it; `unanswered` says so once
  nothing accepted could still change it.

An event is never its own other half. `delay` is the lateness of the feed (ms): how far behind the newest an event may
still come. Each side holds at most `KEPT` halves: of more, the one that stands closest between two others goes, never
the oldest nor the newest. So a flood of one side leaves a sample of it spread over the whole span.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from ioc.alerts.opener import Opener

KEPT: Final = 8
"""Halves of one side."""


class Half(msgspec.Struct, array_like=True, gc=False):
    """One event; `reading` is what it says of the severities if it is the one that speaks. `at` is event time, ms."""

    at: int
    id: str
    value: float = 0.0
    reading: int = 0


class Pair(NamedTuple):
    """A first half and its second; the second one speaks, at its own time."""

    first: Half
    then: Half


class Halves(msgspec.Struct, array_like=True, gc=False, tag=20):
    """Both sides, each in order of (at, id).

    `place` is that of the newest event; `said` what the newest of each side was called.
    """

    first: list[Half] = []
    then: list[Half] = []
    delay: int = 0
    place: Opener | None = None
    said: list[str] = msgspec.field(default_factory=lambda: ["", ""])

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self.first or self.then)

    def pair(self, half: Half, *, first: bool, then: bool, within: int) -> list[Pair]:
        """Take in an event that is a first half, a second, or both; what speaks now, in order of time."""
        spoken = []
        if then:
            begun = [one for one in self.first if half.at - within <= one.at <= half.at and one.id != half.id]
            if begun:
                spoken.append(Pair(begun[-1], half))
            else:
                _put(self.then, half)
        if first:
            _put(self.first, half)
            waiting = [one for one in self.then if half.at <= one.at <= half.at + within and one.id != half.id]
            self.then = [one for one in self.then if one not in waiting]
            spoken += [Pair(half, one) for one in waiting]
        spoken.sort(key=lambda two: (two.then.at, two.then.id))
        return spoken

    def answer(self, half: Half, *, first: bool, then: bool, within: int) -> None:
        """Take in an event that is a first half, a second that answers those before it, or both."""
        if then:
            self.first = [one for one in self.first if not one.at <= half.at <= one.at + within]
            _put(self.then, half)
        if first and not any(half.at <= one.at <= half.at + within and one.id != half.id for one in self.then):
            _put(self.first, half)

    def unanswered(self, now: int, within: int) -> Half | None:
        """The oldest first half that stayed alone: no second can be accepted any more at source time `now`."""
        first = self.first
        return first.pop(0) if first and first[0].at + within + self.delay < now else None

    def expire(self, now: int, within: int) -> None:
        """Forget what can meet nothing any more; a first half that waits for an answer leaves by `unanswered` alone."""
        oldest = now - self.delay
        while self.then and self.then[0].at < oldest:
            self.then.pop(0)
        while self.first and self.first[0].at + within < oldest:
            self.first.pop(0)

    def next_alone(self, within: int) -> int:
        """The source time at which `unanswered` next says something; 0 = nothing waits."""
        return self.first[0].at + within + self.delay + 1 if self.first else 0

    def empty_at(self, within: int) -> int:
        """The source time at which `expire` leaves nothing; 0 = nothing is there."""
        ends = [one.at + within for one in self.first[-1:]] + [one.at for one in self.then[-1:]]
        return max(ends) + self.delay + 1 if ends else 0


def _put(side: list[Half], half: Half) -> None:
    place = len(side)
    while place and (side[place - 1].at, side[place - 1].id) > (half.at, half.id):
        place -= 1
    side.insert(place, half)
    if len(side) > KEPT:
        closest = min(range(1, KEPT), key=lambda nth: (side[nth + 1].at - side[nth - 1].at, nth))
        del side[closest]
