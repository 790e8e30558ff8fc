"""Kafka's record batches as they were fetched: checked where they arrive, unpacked where they are judged.

aiokafka makes a dozen objects of each record in the thread that fetches. Chunks that wait to be judged would be tens of
thousands of such objects, walked by the collector and cold when their turn comes (measured in docs/measurements.md). So a
chunk waits as bytes, and its records are made just before they are judged, by the same parser.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aiokafka.consumer.fetcher import READ_UNCOMMITTED, FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException
from faust.transport.drivers import aiokafka as driver

from ioc.events.envelope import clip
from ioc.streams.fetched import LogRecord, Unread


class Batch:
    """One batch of a partition, in the place of its records. `first` and `offset` are those of its first and last.

    All else is what Faust asks of a record to make a message of it.
    """

    __slots__ = ("_batch", "first", "offset", "partition", "timestamp", "timestamp_type", "topic")
    checksum = key = value = None
    serialized_key_size = serialized_value_size = -1
    headers: Sequence[Any] = ()

    def __init__(self, spot: Any, batch: Any, first: int) -> None:
        self._batch = batch
        self.topic, self.partition = spot.topic, spot.partition
        self.first = max(first, batch.base_offset)
        self.offset = batch.next_offset - 1
        self.timestamp = batch.max_timestamp
        self.timestamp_type = batch.timestamp_type

    def records(self) -> Iterator[LogRecord]:
        """Its records from `first` on; what of it cannot be unpacked is one `Unread`. A batch is read once.

        The checksum was right, so it would be as unreadable next time: raising would end the process for ever.
        """
        at = self.first
        try:
            for record in self._batch:
                if record.offset >= at:
                    yield record
                    at = record.offset + 1
        except Exception as error:  # noqa: BLE001 - whatever a codec says of bytes that others made
            why = clip(f"{type(error).__name__}: {error}", 200)
            note = f"offsets {at} to {self.offset} cannot be unpacked: {why}"
            yield Unread(at, max(at, self.offset), self.timestamp, note)


class Batches:
    """Goes over fetched bytes by batches where aiokafka would go over them by records."""

    def __init__(self, plain: Any) -> None:
        self.next_fetch_offset: int = plain.next_fetch_offset
        self._spot = plain._tp  # noqa: SLF001 - it takes that object's place
        self._records = plain._records  # noqa: SLF001
        self._check_crcs = plain._check_crcs  # noqa: SLF001

    def __iter__(self) -> Batches:
        return self

    def __next__(self) -> Batch:
        while self._records.has_next():
            batch = self._records.next_batch()
            if self._check_crcs and not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._spot}")
            if batch.next_offset <= self.next_fetch_offset:
                continue
            first, self.next_fetch_offset = self.next_fetch_offset, batch.next_offset
            if not batch.is_control_batch:
                return Batch(self._spot, batch, first)
        raise StopIteration


def keep_whole(fetched: Mapping[Any, Any]) -> None:
    """Have what was fetched (aiokafka's results by partition) taken by batches; what is under way stays as it is."""
    for result in fetched.values():
        plain = getattr(result, "_partition_records", None)
        if isinstance(result, FetchResult) and isinstance(plain, PartitionRecords):
            begun = inspect.getgeneratorstate(plain._records_iterator) != inspect.GEN_CREATED  # noqa: SLF001
            if not begun and plain._isolation_level == READ_UNCOMMITTED:  # noqa: SLF001
                result._partition_records = Batches(plain)  # noqa: SLF001


def first_of(record: Any) -> int:
    """Offset of a record, or of a batch's first."""
    first: int = record.first if isinstance(record, Batch) else record.offset
    return first


def records_of(chunk: Sequence[Any]) -> list[LogRecord]:
    """The records of a chunk of batches; of a chunk of records these."""
    found: list[LogRecord] = []
    for one in chunk:
        if isinstance(one, Batch):
            found.extend(one.records())
        else:
            found.append(one)
    return found


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's thread that fetches, with chunks of batches."""

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: set[Any],
        timeout: float | None = None,  # noqa: ASYNC109 - Faust's signature
        max_records: int | None = None,
    ) -> Mapping[Any, list[Any]]:
        fetcher = consumer._fetcher  # noqa: SLF001
        keep_whole(fetcher._records)  # noqa: SLF001
        found: Mapping[Any, list[Any]] = await super()._fetch_records(consumer, active_partitions, 0, max_records)
        if found or not timeout:
            return found
        # As aiokafka waits, but without taking what then comes by records.
        waiter = fetcher._create_fetch_waiter()  # noqa: SLF001
        done, _ = await asyncio.wait([waiter], timeout=timeout)
        if not done or fetcher._closed:  # noqa: SLF001
            waiter.cancel()
            return {}
        waiter.result()  # raises what the fetcher cannot mend, such as a refused authorization
        keep_whole(fetcher._records)  # noqa: SLF001
        again: Mapping[Any, list[Any]] = await super()._fetch_records(consumer, active_partitions, 0, max_records)
        return again
