"""The values of a field that a group has shown within a window: the memory of new_value.

They are kept as 24 bits of a hash and the pane of their newest sight, four bytes each: two values in sixteen
million are taken for one, and then the second is not told. A value is known to an event of pane q while its newest
sight lies in a pane p > q - PANES, so that events which change places within the window change nothing but which of
them speaks. The newest `MOST` values are kept; one that was pushed out is new again.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from ioc.alerts.window import PANES

MOST: Final = 80
"""Values remembered for one group."""
_SIZE: Final = 4
_MARK: Final = 3


def mark_of(value: Any) -> bytes:
    """Three bytes that stand for a value: text, number or truth."""
    text = value if isinstance(value, str) else repr(value)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_MARK).digest()


class Known(msgspec.Struct, array_like=True, gc=False, tag=12):
    """What one group has shown: `born` (ms) its earliest event, `last` the newest pane, values by rising pane.

    `told` is the text of the newest new value, for the words of an alert.
    """

    born: int = 0
    last: int = 0
    values: bytearray = msgspec.field(default_factory=bytearray)
    told: str = ""

    def see(self, value: Any, at: int, width: int) -> bool:
        """Take one sight at `at` (ms) with panes of `width` ms; whether the value was not known."""
        self.born = min(self.born or at, at)
        pane = at // width
        self._pass(max(self.last, pane))
        mark = mark_of(value)
        place = self._find(mark)
        if place is None:
            self._put(mark, pane)
            del self.values[: max(0, len(self.values) - MOST * _SIZE)]
            return True
        seen = self._pane(place)
        del self.values[place : place + _SIZE]
        self._put(mark, max(pane, seen))
        return seen <= pane - PANES

    def _pass(self, pane: int) -> None:
        """Let time pass to `pane`; what left the window is kept for one more, for events that come late."""
        gone = 0
        while gone < len(self.values) and self._pane(gone) <= pane - 2 * PANES:
            gone += _SIZE
        del self.values[:gone]
        self.last = pane

    def empties(self, width: int) -> int:
        """When (ms) the newest value is forgotten if nothing further comes; 0 where nothing is known."""
        return (self._pane(len(self.values) - _SIZE) + PANES) * width if self.values else 0

    def _find(self, mark: bytes) -> int | None:
        place = self.values.find(mark)
        while place >= 0:
            if place % _SIZE == 0:
                return place
            place = self.values.find(mark, place + 1)
        return None

    def _pane(self, place: int) -> int:
        # Panes that are remembered span no more than 120, so the lowest byte tells which.
        return self.last - ((self.last - self.values[place + _MARK]) & 0xFF)

    def _put(self, mark: bytes, pane: int) -> None:
        place = len(self.values)
        while place and self._pane(place - _SIZE) > pane:
            place -= _SIZE
        self.values[place:place] = mark + bytes((pane & 0xFF,))
