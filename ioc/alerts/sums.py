"""Consecutive panes of readings in a few packed bytes: how many, their sum, and the sum of their squares.

Values are added on a grid of a millionth, as whole numbers: readings of up to six decimals are exact, and so no order of
adding gives another sum (below 9 * 10^9 units in one pane; beyond that, and for squares, to sixteen digits). How many
moments a pane holds is its user's word, the same in every call: 0 counts alone, 1 sums too, 2 squares too.
"""

from __future__ import annotations

from functools import cache
from struct import Struct
from typing import Final, NamedTuple

import msgspec

GRID: Final = 1_000_000
"""Steps in one unit."""
_FORMS: Final = (Struct("<I"), Struct("<Id"), Struct("<Idd"))


class Total(NamedTuple):
    """Readings taken together: their number, and in grid steps their sum and sum of squares."""

    number: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """In the unit of the readings; needs one."""
        return self.total / (self.number * GRID)

    @property
    def variance(self) -> float:
        """Of the population, in the squared unit; needs one reading."""
        mean = self.total / self.number
        return max(0.0, self.squares / self.number - mean * mean) / GRID / GRID


_NOTHING: Final = Total(0, 0.0, 0.0)


@cache
def _row(moments: int, count: int) -> Struct:
    return Struct("<" + "Idd"[: moments + 1] * count)


class Sums(msgspec.Struct, array_like=True, gc=False):
    """Panes from number `first` on, packed one after another; neither the first nor the last is empty."""

    first: int = 0
    packed: bytearray = msgspec.field(default_factory=bytearray)

    def add(self, pane: int, value: float, moments: int) -> None:
        """Take one reading into a pane; who calls sees to it that panes span no more than its windows."""
        form = _FORMS[moments]
        if not self.packed:
            self.first = pane
        elif pane < self.first:
            self.packed[:0] = bytes(form.size * (self.first - pane))
            self.first = pane
        at = form.size * (pane - self.first)
        if at >= len(self.packed):
            self.packed.extend(bytes(at + form.size - len(self.packed)))
        step = float(round(value * GRID))
        held = form.unpack_from(self.packed, at)
        form.pack_into(self.packed, at, *(old + more for old, more in zip(held, (1, step, step * step), strict=False)))

    def drop_before(self, pane: int, moments: int) -> None:
        """Forget the panes before `pane`, and the empty ones that follow them."""
        size = _FORMS[moments].size
        gone = min(max(0, pane - self.first) * size, len(self.packed))
        while gone < len(self.packed) and not any(self.packed[gone : gone + 4]):
            gone += size
        del self.packed[:gone]
        self.first = self.first + gone // size if self.packed else 0

    def between(self, low: int, high: int, moments: int) -> Total:
        """All panes i with low <= i < high."""
        size = _FORMS[moments].size
        start = max(0, low - self.first) * size
        count = (min(max(0, high - self.first) * size, len(self.packed)) - start) // size
        if count <= 0:
            return _NOTHING
        held = _row(moments, count).unpack_from(self.packed, start)
        step = moments + 1
        return Total(
            sum(held[::step]), sum(held[1::step]) if moments else 0.0, sum(held[2::step]) if moments > 1 else 0.0
        )

    def first_from(self, low: int, moments: int) -> int | None:
        """The number of the first pane from `low` on that holds readings."""
        size = _FORMS[moments].size
        for at in range(max(0, low - self.first) * size, len(self.packed), size):
            if any(self.packed[at : at + 4]):
                return self.first + at // size
        return None
