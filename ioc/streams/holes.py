"""Holes in the ticks of one partition: while nobody read, nobody's silence counts.

Every evaluate worker ticks every partition once a second, so a longer pause means that none was up. Absence timers are
moved on by the length of all holes so far. That number, and where a hole that is still open began, must outlive the
worker: each change of them is written to a record of its own in the changelog (`CLOCK_KEY`), which counts like a
state, by (generation, stamp). It holds every change since the committed offset and the last one before it, so that
a loader finds what was true there; what came after is found again from the log.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ioc.streams.topics import REWRITE_MS

PERIOD_MS = 1_000
"""Between two ticks of one worker."""
HOLE_MS = 5_000
"""A longer pause is a hole; below it a slow broker or a rebalance may be the reason."""
CLOCK_KEY = b"\xff"
"""No source has this key: it is not UTF-8."""


class Change(NamedTuple):
    """What held from `offset` on: milliseconds of all holes that were closed, and the clock of the last tick."""

    offset: int
    lost: int
    ticked: int


class ClockRecord(msgspec.Struct, array_like=True, frozen=True):
    """The changes, oldest first; `offset` is the stamp, that of the last of them."""

    generation: int
    topic_id: str
    partition: int
    offset: int
    changes: list[Change]

    @property
    def lost(self) -> int:
        """Milliseconds of holes up to the stamp."""
        return self.changes[-1].lost if self.changes else 0


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(ClockRecord).decode


class Holes:
    """Fed with the partition's ticks of the broker's clock, in order; `changed` says that there is something to keep."""

    def __init__(self) -> None:
        self.lost = 0
        self.ticked = 0
        self.changed = False
        self.changes: list[Change] = []
        self._open = False
        self._written = 0

    def restore(self, record: ClockRecord | None, committed: int) -> None:
        """As it was at the committed offset."""
        known = record.changes if record else []
        self.changes = [change for change in known if change.offset < committed]
        if self.changes:
            self.lost, self.ticked = self.changes[-1].lost, self.changes[-1].ticked
            self.changed = True  # written again at each load: the changelog forgets what is old

    def begin(self, clock: int) -> None:
        """Where nothing is known of earlier ticks, the log's first record counts as one."""
        self.ticked = self.ticked or clock

    def until(self, clock: int, offset: int) -> int:
        """Milliseconds of holes up to `clock` at `offset`, the one that is still open included."""
        silent = clock - self.ticked
        if silent <= HOLE_MS:
            return self.lost
        if not self._open:
            self._open = True
            self._note(offset)
        return self.lost + silent - PERIOD_MS

    def tick(self, clock: int, offset: int) -> None:
        """Take in a tick, which may close a hole."""
        silent = clock - self.ticked
        self.ticked = max(clock, self.ticked)
        if silent > HOLE_MS:
            self.lost += silent - PERIOD_MS
            self._open = False
            self._note(offset)

    def prune(self, committed: int) -> None:
        """Forget what no loader can ask for any more."""
        beyond = [one for one in self.changes if one.offset >= committed]
        self.changes = self.changes[: -len(beyond) or None][-1:] + beyond

    def renew(self, clock: int) -> None:
        """Have the record written again before the changelog forgets it; `clock` is the log's, epoch ms.

        States hold the length of the holes when their source was last heard: counted from 0 again, all would be missed.
        """
        if not self._written:
            self._written = clock
        elif clock - self._written >= REWRITE_MS:
            self._written, self.changed = clock, bool(self.changes)

    def _note(self, offset: int) -> None:
        self.changed = True
        self.changes = [*self.changes, Change(offset, self.lost, self.ticked)]

    def record(self, generation: int, topic_id: str, partition: int) -> ClockRecord:
        """What is to be written; nothing more is until the next change."""
        self.changed = False
        return ClockRecord(generation, topic_id, partition, self.changes[-1].offset, self.changes)
