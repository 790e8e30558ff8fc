"""A log in memory that can die or freeze in the middle of a send, for simulations of delivery."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple

from ioc.streams.fetched import LogRecord
from ioc.streams.headers import Header
from ioc.streams.publish import Record, TooLarge


class Row(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[Header] = ()


class Died(Exception):
    """The process was killed."""


class MemoryLog:
    """Partitions of records, and the reading half (`ioc.streams.reading.Reader`)."""

    def __init__(self) -> None:
        self.rows: defaultdict[tuple[str, int], list[Row]] = defaultdict(list)
        self.now = 1_000_000

    def append(
        self, topic: str, partition: int, key: bytes | None, value: bytes | None, headers: Sequence[Header] = ()
    ) -> int:
        rows = self.rows[topic, partition]
        rows.append(Row(len(rows), self.now, key, value, headers))
        return len(rows) - 1

    async def read(
        self, topic: str, partition: int, *, start: int = 0, since: int | None = None
    ) -> AsyncGenerator[Sequence[LogRecord], None]:
        rows = [row for row in self.rows[topic, partition][start:] if since is None or row.timestamp >= since]
        for at in range(0, len(rows), 7):
            yield rows[at : at + 7]

    async def first_offset(self, topic: str, partition: int) -> int:  # noqa: ARG002 - nothing is ever taken
        return 0


class Door:
    """One process's sends: `die_at` or `freeze_at` counts records written until then."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self.written = 0
        self.die_at: int | None = None
        self.freeze_at: int | None = None
        self.thaw = asyncio.Event()
        self.frozen = asyncio.Event()

    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        offsets: list[int | TooLarge] = []
        for record in records:
            if self.die_at is not None and self.written >= self.die_at:
                raise Died
            if self.freeze_at is not None and self.written >= self.freeze_at:
                self.frozen.set()
                await self.thaw.wait()
            self.written += 1
            offsets.append(self._log.append(topic, partition, record.key, record.value, record.headers))
        return offsets
