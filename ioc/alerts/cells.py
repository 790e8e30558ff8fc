"""A percentile over a sliding window, near enough, in bounded memory: counts of values in cells of a logarithmic grid.

A value v lies in cell k = round(ln |v| / ln 1.04), and stands for 1.04^k with its own sign: at most 2 % off. What is
smaller than a millionth stands for 0. The window has ten panes. A pane keeps the ten cells that lie farthest up (for
percentiles below 50: down); what lies beyond counts in the last of them. So the bound of 2 % holds while no pane holds
more than ten cells between the percentile and that end, which is a span of 1.5 times. What a pane keeps is a
function of the values in it alone, so no order of adding gives another percentile.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Final

import msgspec

from ioc.alerts.opener import Opener
from ioc.alerts.packed import Words

PANES: Final = 10
"""Panes of the window of a percentile."""
CELLS: Final = 10
"""Cells that one pane keeps."""
STEP: Final = 1.04
"""Ratio of neighbouring cells; a value is off by at most its square root."""
LEAST: Final = 1e-6

_LOG: Final = math.log(STEP)
_SHIFT: Final = 353
"""Makes the least cell the first: ln 1e-6 / ln 1.04 = -352.2."""
_MIDDLE: Final = 1024
_COUNT_BITS: Final = 17
_MOST: Final = (1 << _COUNT_BITS) - 1
"""Events that one cell of one pane counts; further ones are not told apart."""
_PANE_BITS: Final = _COUNT_BITS + 11


def cell_of(value: float) -> int:
    """The number of a value's cell, from -883 to 883, rising with the value; 0 holds 0."""
    size = abs(value)
    if size < LEAST:
        return 0
    cell = round(math.log(size) / _LOG) + _SHIFT
    return cell if value > 0 else -cell


def value_of(cell: int) -> float:
    """What a cell stands for."""
    if not cell:
        return 0.0
    return math.copysign(STEP ** (abs(cell) - _SHIFT), cell)


class Cells(msgspec.Struct, array_like=True, gc=False, tag=4):
    """Each entry packs a pane (from `first` on), a cell and its count, rising; `number` is that of all events."""

    first: int = 0
    number: int = 0
    entries: Words = msgspec.field(default_factory=Words)
    last: Opener | None = None
    """The newest event; of one time the one of the greater id."""

    def add(self, value: float, at: int, now: int, width: int, *, upper: bool) -> bool:
        """Take one value in; False where it lies before the window."""
        self.expire(now, width)
        pane = at // width
        if pane <= now // width - PANES:
            return False
        if not self.entries:
            self.first = pane
        elif pane < self.first:
            shift = self.first - pane << _PANE_BITS
            self.entries = Words(entry + shift for entry in self.entries)
            self.first = pane
        self._count((pane - self.first << 11) + cell_of(value) + _MIDDLE, upper=upper)
        self.number += 1
        return True

    def _count(self, cell: int, *, upper: bool) -> None:
        """One more in `cell`, which carries its pane; the pane gives up its last cell for a new one."""
        entries = self.entries
        low = bisect_left(entries, cell >> 11 << _PANE_BITS)
        high = bisect_left(entries, (cell >> 11) + 1 << _PANE_BITS)
        place = bisect_left(entries, cell << _COUNT_BITS, low, high)
        if place < high and entries[place] >> _COUNT_BITS == cell:
            self._more(place, 1)
            return
        if high - low < CELLS:
            entries.insert(place, cell << _COUNT_BITS | 1)
            return
        if place == (low if upper else high):
            self._more(low if upper else high - 1, 1)
            return
        entries.insert(place, cell << _COUNT_BITS | 1)
        gone, kept = (low, low + 1) if upper else (high, high - 1)
        self._more(kept, entries[gone] & _MOST)
        del entries[gone]

    def _more(self, place: int, count: int) -> None:
        room = _MOST - (self.entries[place] & _MOST)
        self.entries[place] += min(count, room)

    def expire(self, now: int, width: int) -> None:
        """Drop every pane that has left the window by `now`."""
        entries = self.entries
        keep = now // width - PANES + 1
        if not entries or self.first >= keep:
            return
        gone = bisect_left(entries, keep - self.first << _PANE_BITS)
        self.number = 0 if gone == len(entries) else self.number - sum(entry & _MOST for entry in entries[:gone])
        del entries[:gone]
        if entries:
            shift = entries[0] >> _PANE_BITS
            self.first += shift
            if shift:
                self.entries = Words(entry - (shift << _PANE_BITS) for entry in entries)

    def oldest_leaves(self, width: int) -> int:
        """When the next pane leaves; 0 where the window is empty."""
        return (self.first + PANES) * width if self.entries else 0

    def percentile(self, percent: float) -> float:
        """The nearest rank: the least value that at least `percent` of a hundred events do not exceed."""
        counts: dict[int, int] = {}
        number = 0
        for entry in self.entries:
            cell = entry >> _COUNT_BITS & 2047
            count = entry & _MOST
            counts[cell] = counts.get(cell, 0) + count
            number += count
        left = max(1, math.ceil(percent / 100 * number))
        for cell in sorted(counts):
            left -= counts[cell]
            if left <= 0:
                return value_of(cell - _MIDDLE)
        return 0.0
