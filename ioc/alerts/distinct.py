"""How many different values of a field a window holds, exactly up to a number that is asked for.

Kept are the newest `most` values, each with the pane it was last seen in; a value is 32 bits of a hash. Two of a hundred
values share one once in a million windows, and count as one. Which of two that were last seen in one pane is kept
changes no number, now or later.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from ioc.alerts.packed import Ints, Words
from ioc.alerts.window import PANES

MOST: Final = 100
"""Different values that can be told apart at most; the bound of the highest level."""
_BITS: Final = 32
_LOW: Final = (1 << _BITS) - 1


def mark_of(value: Any) -> int:
    """32 bits that stand for a value: text, number or truth."""
    text = value if isinstance(value, str) else repr(value)
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")


class Distinct(msgspec.Struct, array_like=True, gc=False, tag=5):
    """`seen[i]` counts panes from `first` to the one in which the value `marks[i]` was last seen."""

    first: int = 0
    marks: Words = msgspec.field(default_factory=Words)
    seen: Ints = msgspec.field(default_factory=Ints)

    def add(self, mark: int, at: int, now: int, width: int, most: int) -> bool:
        """Take one value in; False where it lies before the window."""
        self.expire(now, width)
        pane = at // width
        if pane <= now // width - PANES:
            return False
        if not self.marks:
            self.first = pane
        elif pane < self.first:
            self._begin(pane)
        age = pane - self.first
        try:
            place = self.marks.index(mark)
        except ValueError:
            self.marks.append(mark)
            self.seen.append(age)
            if len(self.marks) > most:
                self._drop(self.seen.index(min(self.seen)))
        else:
            self.seen[place] = max(age, self.seen[place])
        return True

    def expire(self, now: int, width: int) -> None:
        """Drop what was last seen in a pane that has left the window by `now`."""
        keep = now // width - PANES + 1 - self.first
        if keep <= 0:
            return
        for place in range(len(self.marks) - 1, -1, -1):
            if self.seen[place] < keep:
                self._drop(place)
        if self.seen:
            self._begin(self.first + min(self.seen))

    def leaves(self, width: int, *, last: bool) -> int:
        """When the next value leaves, or the last one; 0 where there is none."""
        if not self.seen:
            return 0
        return (self.first + (max if last else min)(self.seen) + PANES) * width

    def _drop(self, place: int) -> None:
        del self.marks[place]
        del self.seen[place]

    def _begin(self, pane: int) -> None:
        self.seen = Ints(age + self.first - pane for age in self.seen)
        self.first = pane
