"""One partition read from a point to its end, as a loader does: without a group, everything acknowledged by then.

The end is where the position reaches the fetcher's highwater. `end_offsets` is no end: on Tansu it answers with the
first offset of the last batch, and on Kafka asking for it races with the reset of the position (design section 3).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError, UnsupportedCodecError

from ioc.errors import Retryable
from ioc.streams.brokers import Bootstrap, options
from ioc.streams.closing import close
from ioc.streams.fetched import LogRecord

POLL_RECORDS = 10_000
POLL_MS = 20
"""An empty partition is known to be empty after this long."""
FETCH_BYTES = 4_194_304
AGAIN_SECONDS = 30.0
log = logging.getLogger(__name__)


class Reader(Protocol):
    """The reading half of the log."""

    def read(
        self, topic: str, partition: int, *, start: int = 0, since: int | None = None
    ) -> AsyncGenerator[Sequence[LogRecord], None]:
        """Records in order from `start` up to the end; with `since` (epoch ms) those stamped at or after it, at least."""
        ...

    async def first_offset(self, topic: str, partition: int) -> int:
        """The oldest offset that retention has left."""
        ...


async def _fetched(consumer: Any, spot: Any) -> Mapping[Any, Sequence[LogRecord]]:
    """What has come by now; a batch that cannot be unpacked is one `Unread`, and its bytes are fetched again for it."""
    try:
        found: Mapping[Any, Sequence[LogRecord]] = await consumer.getmany(timeout_ms=POLL_MS)
    except Exception as error:  # whatever a codec says of bytes that others made
        if isinstance(error, KafkaError) and not isinstance(error, UnsupportedCodecError | CorruptRecordException):
            raise
        log.warning("%s[%d] is read by batches: %r", spot.topic, spot.partition, error)
    else:
        return found
    from ioc.streams.batches import keep_whole, records_of  # noqa: PLC0415 - Faust, which few readers need

    fetcher = consumer._fetcher  # noqa: SLF001 - see `ioc.streams.batches`
    consumer.seek(spot, await consumer.position(spot))  # lets go of what was begun
    await asyncio.wait_for(fetcher._create_fetch_waiter(), AGAIN_SECONDS)  # noqa: SLF001
    keep_whole(fetcher._records)  # noqa: SLF001
    return {one: records_of(chunk) for one, chunk in (await consumer.getmany(timeout_ms=0)).items()}


class KafkaReader:
    """Reads through a consumer of its own for each call: loads are rare, and a dead connection is then nobody's."""

    def __init__(self, bootstrap: Bootstrap, client: str = "ioc-load") -> None:
        self._bootstrap = bootstrap
        self._client = client

    async def _open(self, spot: Any) -> Any:
        consumer = AIOKafkaConsumer(
            **options(self._bootstrap),
            client_id=self._client,
            auto_offset_reset="earliest",
            max_poll_records=POLL_RECORDS,
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=POLL_MS,
        )
        try:
            await consumer.start()
        except KafkaError as error:
            await close(consumer)
            reason = type(error).__name__
            raise Retryable("kafka_unreachable", bootstrap=self._bootstrap, reason=reason) from error
        consumer.assign([spot])
        return consumer

    async def read(
        self, topic: str, partition: int, *, start: int = 0, since: int | None = None
    ) -> AsyncGenerator[Sequence[LogRecord], None]:
        """See `Reader`."""
        spot = TopicPartition(topic, partition)
        consumer = await self._open(spot)
        try:
            if start:
                consumer.seek(spot, start)
            if since is not None:
                found = (await consumer.offsets_for_times({spot: since})).get(spot)
                if found is None:
                    return
                consumer.seek(spot, found.offset)
            while True:
                for records in (await _fetched(consumer, spot)).values():
                    # Tansu answers the look-up by time with an offset that may lie before it.
                    wanted = records if since is None else [one for one in records if one.timestamp >= since]
                    if wanted:
                        yield wanted
                end = consumer.highwater(spot)
                if end is not None and await consumer.position(spot) >= end:
                    return
        finally:
            await close(consumer)

    async def first_offset(self, topic: str, partition: int) -> int:
        """See `Reader`."""
        spot = TopicPartition(topic, partition)
        consumer = await self._open(spot)
        try:
            found: int = (await consumer.beginning_offsets([spot]))[spot]
            return found
        finally:
            await close(consumer)

    async def ends(self, spots: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """Where these partitions end; nothing while nobody answers. On Tansu a lower bound."""
        asked = [TopicPartition(topic, partition) for topic, partition in spots]
        if not asked:
            return {}
        try:
            consumer = await self._open(asked[0])
        except Retryable:
            return {}
        try:
            found = await consumer.end_offsets(asked)
        except KafkaError:
            return {}
        finally:
            await close(consumer)
        return {(spot.topic, spot.partition): offset for spot, offset in found.items()}
