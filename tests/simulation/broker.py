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
        self.members: set[str] = set()
        self._committed: dict[tuple[str, int], int] = {}
        self._first: dict[tuple[str, int], int] = {}

    # --- records

    def end(self, topic: str, partition: int) -> int:
        """The offset of the next record."""
        return len(self.rows[topic, partition])

    def fetch(self, topic: str, partition: int, start: int, most: int) -> list[Row]:
        """Records from `start`; below what retention has left, those from there."""
        begin = max(start, self._first.get((topic, partition), 0))
        if begin > self.end(topic, partition):  # nobody wrote so far: a consumer begins where the log does
            begin = self._first.get((topic, partition), 0)
        return self.rows[topic, partition][begin : begin + most]

    def delete_before(self, topic: str, partition: int, offset: int) -> None:
        """What retention does."""
        known = self._first.get((topic, partition), 0)
        self._first[topic, partition] = max(min(offset, self.end(topic, partition)), known)

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
        """A member joins, or joins again; the new generation. Of several, the first by name owns the partition."""
        self.members.add(member)
        self.generation += 1
        return self.generation

    def leave(self, member: str) -> int:
        """It left, or its session is over; the generation, which a leaving counts as well."""
        if member in self.members:
            self.members.discard(member)
            self.generation += 1
        return self.generation

    @property
    def owner(self) -> str:
        """Who owns the group's one partition; nobody where nobody is there."""
        return min(self.members, default="")

    def take_over(self, member: str) -> int:
        """All others are gone; the generation in which this one owns the partition."""
        for other in self.members - {member}:
            self.leave(other)
        return self.join(member)

    def commit(self, member: str, generation: int, topic: str, partition: int, offset: int) -> str:
        """Taken from a member of the present generation, whichever offset it names; else why it is refused.

        Who owns the partition is not asked: that is what the fence of the product is for.
        """
        if member not in self.members:
            return "UnknownMemberIdError"
        if generation != self.generation:
            return "IllegalGenerationError"
        self._committed[topic, partition] = offset
        return ""

    def committed(self, topic: str, partition: int) -> int | None:
        """None where nothing was ever committed."""
        return self._committed.get((topic, partition))
