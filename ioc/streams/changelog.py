"""States in `ioc.<domain>.changelog`: what a record holds, and which record of a key counts.

A record carries the state of one source, the position in the input up to which it is true (the stamp), the generation
of the worker that wrote it, and whole the transitions that the writing batch made of that source (its outbox). Of all
records of a key the one with the greatest (generation, stamp) counts, *wherever it lies*: a frozen worker that wakes
and writes late writes a lower generation and changes nothing.

`ioc state rebase` writes a record under the empty key: all generations from then on count from its number, so that a
consumer group that was lost (and begins again at 1) does not look like a zombie to its own past.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ioc.streams import holes, in_force
from ioc.streams.holes import CLOCK_KEY, Change, ClockRecord
from ioc.streams.in_force import RULES_KEY, RulesRecord

BASE_KEY = b""
"""Key of the base record; no source has an empty id."""
NO_STAMP = -1


class StateRecord(msgspec.Struct, array_like=True, gc=False):
    """One state. Times are log clock, epoch ms. `offset` is the stamp, or `NO_STAMP` (written back by the journal).

    `due` is when a tick may change something (0: never), on the clock named by `replay`; `live` says that something
    is open or pending; `rules` is the version of the rules it was made with; `open` names the open alerts. `origins`
    holds per origin partition the highest origin that was taken in. `outbox` are encoded transitions, in order.
    """

    generation: int
    topic_id: str
    partition: int
    offset: int
    due: int
    live: bool
    replay: str
    rules: str
    state: bytes
    open: list[str]
    origins: list[tuple[str, int, int, int]]
    outbox: list[bytes]


encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(StateRecord).decode


def decode(raw: bytes) -> StateRecord:
    """One record's value; raises msgspec.DecodeError."""
    return _decode(raw)


class Winner:
    """The record that counts for one key, when it was written, and whether it is the key's last."""

    __slots__ = ("last", "rank", "record", "written")

    def __init__(self, record: StateRecord, rank: tuple[int, int], written: int) -> None:
        self.record = record
        self.rank = rank
        self.written = written
        self.last = True


class Fold:
    """What one partition of a changelog means, fed record by record from its beginning."""

    def __init__(self, topic_id: str, partition: int) -> None:
        self.winners: dict[str, Winner] = {}
        self.base = 0
        self.highest = 0
        self.unreadable = 0
        self.own = self.foreign = False
        """Whether there are records of this log, and of another that had its name before."""
        self.clock: ClockRecord | None = None
        """The clock record that counts; its stamp is `NO_STAMP` where it is of another log."""
        self.rules: RulesRecord | None = None
        """The record of rule sets that counts; None where there is none of this log."""
        self._clock_rank = self._rules_rank = (-1, NO_STAMP)
        self._here = (topic_id, partition)

    def add(self, key: bytes | None, value: bytes | None, timestamp: int) -> None:
        """Take in the next record; `timestamp` is the broker's. A tombstone says that the key went elsewhere."""
        if key is None:
            return
        if value is None:
            self.winners.pop(key.decode(errors="replace"), None)
            return
        try:
            if key == BASE_KEY:
                self.base = max(self.base, read_base(value))
                return
            if key == CLOCK_KEY:
                self._add_clock(holes.decode(value))
                return
            if key == RULES_KEY:
                self._add_rules(in_force.decode(value))
                return
            record = _decode(value)
            name = key.decode()
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self.unreadable += 1
            return
        rank = self._rank(record)
        held = self.winners.get(name)
        if held is None or rank >= held.rank:
            self.winners[name] = Winner(record, rank, timestamp)
        else:
            held.last = False

    def _rank(self, record: StateRecord | ClockRecord | RulesRecord) -> tuple[int, int]:
        self.highest = max(self.highest, record.generation)
        here = (record.topic_id, record.partition) == self._here
        self.own |= here
        self.foreign |= bool(record.topic_id) and record.topic_id != self._here[0]
        return record.generation, record.offset if here else NO_STAMP

    def _add_clock(self, record: ClockRecord) -> None:
        rank = self._rank(record)
        if rank < self._clock_rank:
            return
        if rank[1] == NO_STAMP:  # offsets of another log say nothing here, the length of all holes does
            record = msgspec.structs.replace(record, offset=NO_STAMP, changes=[Change(NO_STAMP, record.lost, 0)])
        self._clock_rank, self.clock = rank, record

    def _add_rules(self, record: RulesRecord) -> None:
        rank = self._rank(record)
        if rank >= self._rules_rank and (record.topic_id, record.partition) == self._here:
            self._rules_rank, self.rules = rank, record

    def outboxes(self, committed: int) -> list[bytes]:
        """Transitions that a crash may have kept back: those with a stamp at or beyond the committed offset, in order."""
        found = [
            (winner.rank[1], name, winner.record.outbox)
            for name, winner in self.winners.items()
            if winner.record.outbox and winner.rank[1] >= committed
        ]
        return [one for _, _, outbox in sorted(found, key=lambda item: item[:2]) for one in outbox]

    def unsettled(self, committed: int, generation: int) -> Iterator[tuple[bytes, bytes]]:
        """Key and value of records that a loader of `generation` must write before it goes on.

        A winner at or beyond the committed offset is written under the loader's own generation. The loader will pass
        over that key's events, so nothing else of its own would stand against a worker of a generation in between that
        is frozen, has not seen this record, and wakes when the offset has been committed. And where the last record
        of a key does not count, the one that does is written again: compaction would keep the wrong one.
        """
        for name, winner in self.winners.items():
            record = winner.record
            if winner.rank[1] >= committed and record.generation < generation:
                yield name.encode(), encode(msgspec.structs.replace(record, generation=generation))
            elif not winner.last:
                yield name.encode(), encode(record)
        clock = self.clock
        if clock is not None and clock.offset >= committed and clock.generation < generation:
            yield CLOCK_KEY, encode(msgspec.structs.replace(clock, generation=generation))


def write_base(generation: int) -> bytes:
    """Value of the base record."""
    return encode([generation])


def read_base(value: bytes) -> int:
    """Generation from which later ones count; raises msgspec.MsgspecError."""
    (generation,) = msgspec.msgpack.decode(value, type=tuple[int])
    return generation
