"""Holes in the ticks of one partition: while nobody read, nobody's silence counts.

Every evaluate worker ticks every partition once a second, so a longer pause means that none was up. Absence timers are
moved on by the length of all holes so far. That number must outlive the worker, so it has a record of its own in the
changelog (`CLOCK_KEY`), which counts like a state: by (generation, stamp).
"""

from __future__ import annotations

import msgspec

PERIOD_MS = 1_000
"""Between two ticks of one worker."""
HOLE_MS = 5_000
"""A longer pause is a hole; below it a slow broker or a rebalance may be the reason."""
CLOCK_KEY = b"\xff"
"""No source has this key: it is not UTF-8."""


class ClockRecord(msgspec.Struct, array_like=True, frozen=True):
    """Milliseconds of holes up to the stamp, a tick; `length` is that of the one it closed."""

    generation: int
    topic_id: str
    partition: int
    offset: int
    lost: int
    length: int


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(ClockRecord).decode


class Holes:
    """Fed with the partition's ticks of the broker's clock, in order."""

    def __init__(self) -> None:
        self.lost = 0
        self.length = 0
        self.stamp = -1
        self.ticked = 0

    def begin(self, clock: int) -> None:
        """Where nothing is known of earlier ticks, the log's first record counts as one."""
        self.ticked = self.ticked or clock

    def until(self, clock: int, offset: int) -> int:
        """Milliseconds of holes up to `clock` at `offset`, the one that may still be open included."""
        lost = self.lost if offset >= self.stamp else self.lost - self.length
        if clock - self.ticked <= HOLE_MS:
            return lost
        return lost + clock - self.ticked - PERIOD_MS

    def tick(self, clock: int, offset: int) -> bool:
        """Take in a tick; whether it closed a hole that was not known."""
        length = clock - self.ticked - PERIOD_MS if clock - self.ticked > HOLE_MS else 0
        self.ticked = max(clock, self.ticked)
        if not length or offset <= self.stamp:
            return False
        self.lost += length
        self.length = length
        self.stamp = offset
        return True
