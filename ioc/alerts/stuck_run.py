"""The newest run of readings that do not move: the memory of a flatline.

A run is the newest unbroken row of readings whose greatest and least differ by no more than the tolerance; what breaks
it begins the next one. Only the time between its readings counts, so silence is not a stuck value.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ioc.alerts.duration import MONTH
from ioc.alerts.sums import GRID

LIFE_MS: Final = MONTH * 1000
"""After this time without a reading a run is forgotten."""


def alike(one: float, other: float, within: float) -> bool:
    """Whether two values differ by no more than the tolerance, in steps of a millionth."""
    return one == other or round(abs(one - other) * GRID) <= round(within * GRID)


class Newest(msgspec.Struct, array_like=True, gc=False):
    """The newest reading of a group whose values move: when (ms; 0 = none yet), what, its event. `shape`: the rule's."""

    shape: int
    at: int = 0
    value: float = 0.0
    id: str = ""


class Run(msgspec.Struct, array_like=True, gc=False, tag=11):
    """The newest run of one group: its first and newest reading (ms), its extremes, how many, the first one's id."""

    first: int = 0
    newest: int = 0
    low: float = 0.0
    high: float = 0.0
    count: int = 0
    opened_by: str = ""

    def read(self, at: int, value: float, within: float, named: str) -> bool | None:
        """Take one reading: True where it goes on, False where a new run begins with it, None where it is past.

        A reading older than the newest says nothing.
        """
        if at < self.newest:
            return None
        self.newest = at
        low, high = min(self.low, value), max(self.high, value)
        if self.count and alike(low, high, within):
            self.low, self.high = low, high
            self.count += 1
            return True
        self.first = at
        self.low = self.high = value
        self.count = 1
        self.opened_by = named
        return False

    def lasted(self, period: int, at_least: int) -> float:
        """How many times `period` (ms) the run has lasted; 0 while it has fewer than `at_least` readings."""
        return (self.newest - self.first) / period if self.count >= at_least else 0.0
