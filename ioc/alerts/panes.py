"""Sliding windows that hold more than a count, in the same panes as `ioc.alerts.window`.

Values are taken on a grid of a millionth as whole numbers. So sums are exact, no order of adding gives another one, and
nothing drifts however many panes have come and gone; a mean is one division of two exact numbers.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ioc.alerts.opener import Opener
from ioc.alerts.packed import Ints, Naturals
from ioc.alerts.window import PANES


class Panes(msgspec.Struct, array_like=True, gc=False):
    """Consecutive panes from number `first` on; `counts` says how many events each holds, `number` how many all hold.

    Neither the first pane nor the last is empty. Times and widths in ms.
    """

    first: int = 0
    number: int = 0
    counts: Naturals = msgspec.field(default_factory=Naturals)
    last: Opener | None = None
    """The newest event, where what leaves may begin a condition; of one time the one of the greater id."""

    def columns(self) -> tuple[Ints, ...]:
        """What else each pane holds, one number each; 0 while it is empty."""
        return ()

    def left(self) -> None:
        """Panes have left: bring what was derived from them up to date."""

    def enter(self, at: int, now: int, width: int, panes: int = PANES) -> int:
        """Count one event at `at` as seen from `now`; its place in the columns, -1 where it lies before the window."""
        self.expire(now, width, panes)
        pane = at // width
        if pane <= now // width - panes:
            return -1
        counts = self.counts
        if not counts:
            self.first = pane
        if pane < self.first:
            before = [0] * (self.first - pane)
            counts[:0] = Naturals(before)
            for column in self.columns():
                column[:0] = Ints(before)
            self.first = pane
        place = pane - self.first
        if place >= len(counts):
            more = [0] * (place + 1 - len(counts))
            counts.extend(more)
            for column in self.columns():
                column.extend(more)
        counts[place] += 1
        self.number += 1
        return place

    def expire(self, now: int, width: int, panes: int = PANES) -> None:
        """Drop every pane that has left the window by `now`."""
        counts = self.counts
        keep = now // width - panes + 1
        if not counts or self.first >= keep:
            return
        gone = min(keep - self.first, len(counts))
        while gone < len(counts) and not counts[gone]:
            gone += 1
        self.number -= sum(counts[:gone])
        self.drop(gone)
        del counts[:gone]
        self.first += gone
        self.left()

    def drop(self, gone: int) -> None:
        """Forget the first `gone` panes of the other columns."""
        for column in self.columns():
            del column[:gone]

    def oldest_leaves(self, width: int, panes: int = PANES) -> int:
        """When the next pane leaves; 0 where the window is empty."""
        return (self.first + panes) * width if self.counts else 0

    def newest_leaves(self, width: int, panes: int = PANES) -> int:
        """When the window is empty if nothing further comes; 0 where it already is."""
        return (self.first + len(self.counts) - 1 + panes) * width if self.counts else 0


_NO_COUNTS: Final = Naturals([0] * PANES)
_NO_SUMS: Final = Ints([0] * PANES)
LOWEST: Final = -(1 << 62)
"""Below every value on the grid."""


class Totals(Panes, tag=2):
    """A sum for each pane, and `total` of all; besides, a bound that no value in the window exceeds.

    The bound is the greatest value of `block` (as many panes as a window has, aligned) and of the one before it: a
    window touches no third. So it costs three numbers, and forgets an extreme after at most two windows.
    """

    sums: Ints = msgspec.field(default_factory=Ints)
    total: int = 0
    block: int = 0
    peak: int = LOWEST
    before: int = LOWEST

    def reach(self, value: int, at: int, width: int) -> None:
        """Let the bound know a value."""
        block = at // width // PANES
        if block > self.block:
            self.before = self.peak if block == self.block + 1 else LOWEST
            self.block, self.peak = block, value
        elif block < self.block:
            self.before = max(self.before, value)
        elif value > self.peak:
            self.peak = value

    @property
    def bound(self) -> int:
        """What no value in the window exceeds."""
        return self.peak if self.peak > self.before else self.before  # noqa: FURB136 - max() is a call

    def columns(self) -> tuple[Ints, ...]:
        """The sums."""
        return (self.sums,)

    def add(self, value: int, at: int, now: int, width: int) -> bool:
        """Take one value in; False where it lies before the window."""
        counts, sums = self.counts, self.sums
        pane = at // width
        keep = now // width - PANES + 1
        if counts and self.first < keep:
            self._leave(keep)
        if counts and self.first <= pane:
            place = pane - self.first
            more = place - len(counts)
            if more < 0:
                counts[place] += 1
                sums[place] += value
            else:
                if more:
                    counts.extend(_NO_COUNTS[:more])
                    sums.extend(_NO_SUMS[:more])
                counts.append(1)
                sums.append(value)
            self.number += 1
        else:
            place = self.enter(at, now, width)
            if place < 0:
                return False
            sums[place] += value
        self.total += value
        return True

    def _leave(self, keep: int) -> None:
        """As `expire`, for panes before number `keep`: most often one pane that holds a single event."""
        counts, sums = self.counts, self.sums
        gone, size = 0, min(keep - self.first, len(counts))
        while gone < size or (gone < len(counts) and not counts[gone]):
            self.number -= counts[gone]
            self.total -= sums[gone]
            gone += 1
        del counts[:gone]
        del sums[:gone]
        self.first += gone

    def drop(self, gone: int) -> None:
        """Take what leaves off the total."""
        self.total -= sum(self.sums[:gone])
        del self.sums[:gone]


class Newest(msgspec.Struct, array_like=True, gc=False):
    """The newest event: of those of one time the one of the greater id."""

    at: int = 0
    id: str = ""
    value: int = 0

    def see(self, value: int, at: int, event_id: str) -> None:
        """Take one event in."""
        if (at, event_id) > (self.at, self.id):
            self.at, self.id, self.value = at, event_id, value


class Bounds(Panes, tag=3):
    """The least value of each pane, or the greatest, or both, as `low` and `high` say; an unused column stays empty.

    `least` and `greatest` are those of the whole window, right while it holds any event.
    """

    low: bool = False
    high: bool = False
    lows: Ints = msgspec.field(default_factory=Ints)
    highs: Ints = msgspec.field(default_factory=Ints)
    least: int = 0
    greatest: int = 0
    newest: Newest | None = None

    def columns(self) -> tuple[Ints, ...]:
        """Those in use."""
        if self.low and self.high:
            return (self.lows, self.highs)
        return (self.lows,) if self.low else (self.highs,) if self.high else ()

    def add(self, value: int, at: int, now: int, width: int, panes: int = PANES) -> bool:
        """Take one value in; False where it lies before the window."""
        place = self.enter(at, now, width, panes)
        if place < 0:
            return False
        alone = self.counts[place] == 1
        if self.low and (alone or value < self.lows[place]):
            self.lows[place] = value
        if self.high and (alone or value > self.highs[place]):
            self.highs[place] = value
        if self.number == 1:
            self.least = self.greatest = value
        else:
            self.least = min(self.least, value)
            self.greatest = max(self.greatest, value)
        return True

    def left(self) -> None:
        """Look for the extremes among the panes that are still there."""
        if not self.counts:
            self.newest = None
            self.least = self.greatest = 0
            return
        if self.low:
            self.least = min(value for value, count in zip(self.lows, self.counts, strict=True) if count)
        if self.high:
            self.greatest = max(value for value, count in zip(self.highs, self.counts, strict=True) if count)
