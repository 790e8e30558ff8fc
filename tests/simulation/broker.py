"""A broker in memory with one consumer group: what it acknowledges it keeps, what it refuses it may have kept as well.

Its answers are those of a real one, call by call: `tests/simulation/test_traces.py` replays what Kafka has answered.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from ioc.streams.fetched import LogRecord
from ioc.streams.headers import Header
from tests.streams.memory_log import MemoryLog, Row


class SimBroker(MemoryLog):
    """Also the reading half of the log (`ioc.streams.reading.Reader`) and the group's coordinator."""

    def __init__(self, now: int = 1_000_000) -> None:
        super().__init__()
        self.now = now
        self.generation = 0
        self.member = ""
        """Who owns the group's one partition."""
        self._committed: dict[tuple[str, int], int] = {}
        self._first: dict[tuple[str, int], int] = {}

    # --- records

    def end(self, topic: str, partition: int) -> int:
        """The offset of the next record."""
        return len(self.rows[topic, partition])

    def fetch(self, topic: str, partition: int, start: int, most: int) -> list[Row]:
        """Records from `start`; below what retention has left, those from there."""
        begin = max(start, self._first.get((topic, partition), 0))
        return self.rows[topic, partition][begin : begin + most]

    def delete_before(self, topic: str, partition: int, offset: int) -> None:
        """What retention does."""
        self._first[topic, partition] = max(offset, self._first.get((topic, partition), 0))

    async def first_offset(self, topic: str, partition: int) -> int:
        """See `Reader`."""
        return self._first.get((topic, partition), 0)

    async def read(
        self, topic: str, partition: int, *, start: int = 0, since: int | None = None
    ) -> AsyncGenerator[Sequence[LogRecord], None]:
        """See `Reader`."""
        begin = max(start, self._first.get((topic, partition), 0))
        rows = [row for row in self.rows[topic, partition][begin:] if since is None or row.timestamp >= since]
        for at in range(0, len(rows), 7):
            yield rows[at : at + 7]

    def write(
        self, topic: str, partition: int, key: bytes | None, value: bytes | None, headers: Sequence[Header] = ()
    ) -> int:
        """Append; the offset."""
        return self.append(topic, partition, key, value, headers)

    # --- the group

    def join(self, member: str) -> int:
        """A rebalance that gives the partition to this member; the new generation."""
        self.generation += 1
        self.member = member
        return self.generation

    def commit(self, member: str, generation: int, topic: str, partition: int, offset: int) -> bool:
        """Taken from a member of the present generation, whichever offset it names; refused from any other."""
        if (member, generation) != (self.member, self.generation):
            return False
        self._committed[topic, partition] = offset
        return True

    def committed(self, topic: str, partition: int) -> int | None:
        """None where nothing was ever committed."""
        return self._committed.get((topic, partition))
