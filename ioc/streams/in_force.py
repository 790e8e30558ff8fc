"""Which rule set judges which records of one input partition: a function of that partition alone.

A tick may name an order (`ioc.streams.orders`). From the first tick on that names a greater number than all before it,
its edition judges - the tick itself included. Ticks of workers that have not heard of the newest order yet name a
smaller number and change nothing. What stands before the first order of a partition is judged by that first one.

A loader must know what held at the committed offset, which may lie long after the tick that said so. Each change is
therefore written to a record of its own in the changelog (`RULES_KEY`), which counts like a state, by (generation,
stamp), and holds every change since the committed offset and the last one before it.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

REWRITE_MS = 2 * 86_400_000
"""As often as a live key's state."""
RULES_KEY = b"\xfe"
"""No source has this key: it is not UTF-8."""
MANY = 32
"""Changes beyond this are worth asking how far the group has committed."""


class Since(NamedTuple):
    """From `offset` on that edition judges, ordered under that number."""

    offset: int
    number: int
    name: str


class RulesRecord(msgspec.Struct, array_like=True, frozen=True):
    """The changes, oldest first; `offset` is the stamp, that of the last of them."""

    generation: int
    topic_id: str
    partition: int
    offset: int
    changes: list[Since]


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(RulesRecord).decode


def at(changes: list[Since], offset: int) -> Since | None:
    """What judges the record at `offset`; where it stands before all that is known, the oldest."""
    return next((one for one in reversed(changes) if one.offset < offset), changes[0] if changes else None)


class InForce:
    """Fed with the orders that ticks name, in order; `changed` says that there is something to keep."""

    def __init__(self, *changes: Since) -> None:
        self.changes = list(changes)
        self.changed = bool(changes)
        self._written = 0

    @property
    def now(self) -> Since:
        """What judges the next record."""
        return self.changes[-1] if self.changes else Since(-1, -1, "")

    def order(self, offset: int, number: int, name: str) -> bool:
        """Take in what a tick at `offset` names; whether another edition judges from there on."""
        if number <= self.now.number:
            return False
        other = name != self.now.name
        self.changes.append(Since(offset, number, name))
        self.changed = True
        return other

    def renew(self, clock: int) -> None:
        """Have the record written again before the changelog forgets it; `clock` is the log's, epoch ms."""
        if not self._written:
            self._written = clock
        elif clock - self._written >= REWRITE_MS:
            self._written, self.changed = clock, bool(self.changes)

    def prune(self, committed: int) -> None:
        """Forget what no loader can ask for any more."""
        beyond = [one for one in self.changes if one.offset >= committed]
        self.changes = self.changes[: -len(beyond) or None][-1:] + beyond

    def record(self, generation: int, topic_id: str, partition: int) -> RulesRecord:
        """What is to be written; nothing more is until the next change."""
        self.changed = False
        return RulesRecord(generation, topic_id, partition, self.now.offset, self.changes)
