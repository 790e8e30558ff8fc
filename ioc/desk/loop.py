"""Follow `ioc.alerts` and apply it, for as long as the desk lives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from ioc.desk.desk import Desk
from ioc.desk.inbox import Inbox, Overtaken, positions
from ioc.desk.persist import Given, persist
from ioc.desk.record import Chunk, LogRecord
from ioc.errors import Retryable

log = logging.getLogger(__name__)


STAND_BACK_S = 1.0
"""How long a desk leaves the log to the one that was quicker."""


class Log(Protocol):
    """Which log there is to read: another cluster or topic id is another log."""

    @property
    def cluster_id(self) -> str: ...  # noqa: D102 - named as Kafka names it
    @property
    def topic_id(self) -> str: ...  # noqa: D102
    @property
    def partitions(self) -> int: ...  # noqa: D102


Describe = Callable[[], Awaitable[Log]]
"""Asks the broker (`ioc.streams.follow.identify`); raises Retryable when it does not answer."""
Follow = Callable[[Mapping[int, int]], AsyncIterator[Chunk]]
"""`ioc.streams.follow.follow` of our topic: chunks of the topic from these offsets on (partition -> offset), for ever; raises Retryable when the broker is gone."""


class Part(NamedTuple):
    """One record of a chunk, to be applied by itself."""

    cluster_id: str
    topic_id: str
    partition: int
    records: Sequence[LogRecord]
    next_offset: int
    highwater: int
    lost: int = 0


async def desk_loop(desk: Desk, inbox: Inbox, follow: Follow, describe: Describe) -> None:
    """Apply until cancelled; where another desk was quicker, go on from the place that it left."""
    reader = _Reader(desk, inbox)
    while True:
        try:
            await reader.read(follow, await describe())
        except Overtaken as error:
            log.warning("another desk reads %s too: %s", inbox.topic, error)
            await asyncio.sleep(STAND_BACK_S)
        except Retryable as error:
            log.warning("the desk cannot read %s: %s", inbox.topic, error)
            desk.fails(error)
            await asyncio.sleep(error.retry_after)


class _Reader:
    """Reads one log after the other."""

    def __init__(self, desk: Desk, inbox: Inbox) -> None:
        self._desk = desk
        self._inbox = inbox
        self._progress = desk.progress

    async def read(self, follow: Follow, found: Log) -> None:
        """Apply one log; returns when it turns out to be another."""
        ids, topic = (found.cluster_id, found.topic_id), self._inbox.topic
        at = await self._persist(lambda session: positions(session, *ids, range(found.partitions), topic))
        self._progress.failing = None
        self._progress.behind.clear()
        chunks = follow(dict(at))
        try:
            async for chunk in chunks:
                if not await self._take(chunk, found, at):
                    return
        finally:
            await _close(chunks)

    async def _take(self, chunk: Chunk, found: Log, at: dict[int, int]) -> bool:
        """Apply one chunk; False when it is of another log."""
        if (chunk.cluster_id, chunk.topic_id) != (found.cluster_id, found.topic_id):
            log.warning("%s is another log now; it is read from its start", self._inbox.topic)
            return False
        if chunk.records:
            self._progress.behind[chunk.partition] = chunk.records[0].timestamp
        await self._chunk(chunk, at[chunk.partition])
        at[chunk.partition] = chunk.next_offset
        self._progress.failing = None
        if chunk.next_offset >= chunk.highwater:
            self._progress.behind.pop(chunk.partition, None)
        elif chunk.records:
            self._progress.behind[chunk.partition] = chunk.records[-1].timestamp
        return True

    async def _chunk(self, chunk: Chunk, expected: int) -> None:
        """Apply a chunk; where something in it breaks the desk, record by record, and that one is set aside."""
        try:
            await self._apply(chunk, expected)
        except (Retryable, Overtaken):
            raise
        except Exception:
            log.exception("a chunk of %s at %d is applied record by record", self._inbox.topic, expected)
            last = len(chunk.records) - 1
            for nth, record in enumerate(chunk.records):
                end = chunk.next_offset if nth == last else record.offset + 1
                ids = (chunk.cluster_id, chunk.topic_id, chunk.partition)
                await self._record(Part(*ids, (record,), end, chunk.highwater), expected)
                expected = end

    async def _record(self, part: Part, expected: int) -> None:
        try:
            await self._apply(part, expected)
        except (Retryable, Overtaken):
            raise
        except Exception as error:
            log.exception("record %d of %s is set aside", part.records[0].offset, self._inbox.topic)
            why = f"{type(error).__name__}: {error}"[:200]
            await self._persist(lambda session: self._inbox.set_aside(session, part, expected, self._desk.now(), why))

    async def _apply(self, chunk: Chunk, expected: int) -> None:
        applied = await self._persist(lambda session: self._inbox.apply(session, chunk, expected, self._desk.now()))
        self._progress.applied += applied.transitions
        if applied.change or applied.notices:
            self._desk.bell.ring()

    async def _persist(self, work: Callable[[Session], Given]) -> Given:
        return await persist(self._desk.store, work, self._desk.fails)


async def _close(chunks: AsyncIterator[Chunk]) -> None:
    """Let a generator close its consumer now, not when somebody collects it."""
    if isinstance(chunks, AsyncGenerator):
        await chunks.aclose()
