"""A topic read from offsets that the reader keeps elsewhere (the desk's SQL), without a consumer group.

The reader stores, in one transaction with what it made of a chunk, the chunk's `next_offset` beside cluster and topic
id. Another id means another log: offsets of the old one say nothing there, and reading starts at its beginning.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ioc.errors import Retryable
from ioc.streams import admin
from ioc.streams.brokers import Bootstrap, options
from ioc.streams.closing import close
from ioc.streams.headers import TICK, Header

POLL_MS = 500
MOST_RECORDS = 1_000
IDENTITY_SECONDS = 5.0
"""How long an answer about cluster and topic id is trusted while records come."""
QUIET_SECONDS = 5.0
"""After so long without a record the broker is asked whether it is still there, and so long it has to answer."""


class Log(NamedTuple):
    """Which log this is."""

    cluster_id: str
    topic_id: str
    partitions: int


class Followed(NamedTuple):
    """One record; `timestamp` is the broker's, epoch ms."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[Header]
    timestamp: int


class Chunk(NamedTuple):
    """Records of one partition in order, ticks left out (there may be none), and where to go on.

    `lost` counts offsets that retention took before they were read: an incident to be told.
    """

    cluster_id: str
    topic_id: str
    partition: int
    records: Sequence[Followed]
    next_offset: int
    highwater: int
    lost: int = 0


async def identify(bootstrap: Bootstrap, topic: str) -> Log:
    """Which log stands at this address under this name; Retryable while nobody answers or it is not there yet."""
    cluster = await asyncio.to_thread(admin.describe, bootstrap, [topic])
    if topic not in cluster.topics:
        raise Retryable("topic_missing", topic=topic)
    return Log(cluster.id, cluster.topics[topic].id, cluster.topics[topic].partitions)


async def follow(
    bootstrap: Bootstrap, topic: str, next_offsets: Mapping[int, int], known: Log | None = None
) -> AsyncGenerator[Chunk, None]:
    """Chunks of all partitions (use it with `contextlib.aclosing`), each from its `next_offsets` (absent: from the beginning), for ever.

    `known` says which log the offsets belong to; if another one stands there, all of it is read. A log that is
    replaced while it is followed is followed from its beginning, its chunks under the new ids. A broker that does not
    answer for some seconds raises Retryable: call again, with the offsets as stored by then.
    """
    while True:
        found = await identify(bootstrap, topic)
        offsets = next_offsets if known is None or known[:2] == found[:2] else {}
        async with aclosing(_follow(bootstrap, topic, found, dict(offsets))) as chunks:
            async for chunk in chunks:
                yield chunk
        known = found  # it was replaced: another id, another beginning
        next_offsets = {}


async def _follow(
    bootstrap: Bootstrap, topic: str, log_id: Log, position: dict[int, int]
) -> AsyncGenerator[Chunk, None]:
    """Chunks until the log turns out to be another one."""
    consumer: Any = AIOKafkaConsumer(
        **options(bootstrap), client_id="ioc-follow", auto_offset_reset="earliest", max_poll_records=MOST_RECORDS
    )
    try:
        try:
            await consumer.start()
        except KafkaError as error:
            raise Retryable("kafka_unreachable", bootstrap=bootstrap, reason=type(error).__name__) from error
        spots = [TopicPartition(topic, partition) for partition in range(log_id.partitions)]
        consumer.assign(spots)
        for spot in spots:
            if position.get(spot.partition):
                consumer.seek(spot, position[spot.partition])
        loop = asyncio.get_running_loop()
        checked = heard = loop.time()
        while True:
            fetched = await consumer.getmany(timeout_ms=POLL_MS)
            backwards = any(records[0].offset < position.get(spot.partition, 0) for spot, records in fetched.items())
            if backwards or (fetched and loop.time() - checked > IDENTITY_SECONDS):
                if (await identify(bootstrap, topic))[:2] != log_id[:2]:
                    return
                checked = loop.time()
            if fetched:
                heard = loop.time()
            elif loop.time() - heard > QUIET_SECONDS:
                await _answers(consumer, bootstrap)
                heard = loop.time()
            for spot, records in fetched.items():
                chunk = _chunk(log_id, spot, records, position.get(spot.partition, 0), consumer.highwater(spot))
                position[spot.partition] = chunk.next_offset
                yield chunk
    finally:
        await close(consumer)


async def _answers(consumer: Any, bootstrap: Bootstrap) -> None:
    """Return when the broker answers: a consumer whose broker is gone is as silent as one with nothing to read."""
    try:
        async with asyncio.timeout(QUIET_SECONDS):
            await consumer.topics()
    except (KafkaError, TimeoutError) as error:
        raise Retryable("kafka_unreachable", bootstrap=bootstrap, reason=type(error).__name__) from error


def _chunk(log_id: Log, spot: Any, records: Sequence[Any], expected: int, highwater: int | None) -> Chunk:
    kept = [
        Followed(record.offset, record.key, record.value, record.headers, record.timestamp)
        for record in records
        if record.value is not None or not any(name == TICK for name, _ in record.headers)
    ]
    last: int = records[-1].offset + 1
    lost = max(0, records[0].offset - expected) if expected else 0
    return Chunk(log_id.cluster_id, log_id.topic_id, spot.partition, kept, last, max(highwater or 0, last), lost)
