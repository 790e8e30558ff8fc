"""Record batches to one partition, each acknowledged by the broker before the call returns.

We make the batches, so nothing lingers and a batch is one request; one send is in flight per partition, so records
of a partition keep their order while partitions overlap. A record that is too large comes back as a value: it must
not stop those beside it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from ioc.errors import Permanent, Retryable
from ioc.events import Domain, Event
from ioc.events.codec import cloud_headers, encode
from ioc.streams.brokers import Bootstrap, options
from ioc.streams.headers import TICK, Header, Origin, clock_header, origin_header
from ioc.streams.inlet import Inlet
from ioc.streams.topics import PARTITIONS, input_topic, partition_of

BATCH_BYTES = 900_000
"""Below `max.message.bytes` of the topics; aiokafka's 16 kB cost a factor 2.9 (docs/measurements.md)."""
SMALL_BYTES = BATCH_BYTES // 2
"""Key and value of a record without headers that fits a batch of its own in any case."""
OVERHEAD_BYTES = 100
"""Batch header and the framing of one record, generously."""


class Record(NamedTuple):
    """One record to send; without a timestamp it gets the time of sending (Kafka puts its own in its place)."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[Header] = ()
    timestamp: int | None = None


class TooLarge(NamedTuple):
    """Why one record was not sent; sizes in bytes."""

    size: int
    limit: int


def size_of(record: Record) -> int:
    """Upper bound of what the record takes in a batch of its own."""
    found = OVERHEAD_BYTES + len(record.key or b"") + len(record.value or b"")
    return found + sum(len(name) * 3 + len(value) + 10 for name, value in record.headers)


class Publisher:
    """The door into the log. `async with Publisher(bootstrap, partitions) as publisher: ...`.

    `partitions` is that of the domain topics. A send that Kafka does not take within `timeout` seconds raises
    Retryable; what it refuses for good raises Permanent.
    """

    def __init__(
        self, bootstrap: Bootstrap, partitions: int = PARTITIONS, *, client: str = "ioc", timeout: float = 30.0
    ) -> None:
        self.bootstrap = bootstrap
        self.partitions = partitions
        self._client = client
        self._timeout = timeout
        self._producer: Any = None
        self._locks: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def start(self) -> None:
        """Connect; raises Retryable where nobody answers."""
        producer = AIOKafkaProducer(
            **options(self.bootstrap),
            client_id=self._client,
            acks="all",
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
            request_timeout_ms=int(self._timeout * 1000),
        )
        try:
            await producer.start()
        except KafkaError as error:
            await producer.stop()
            raise Retryable("kafka_unreachable", bootstrap=self.bootstrap, reason=type(error).__name__) from error
        self._producer = producer

    async def stop(self) -> None:
        """Let go of the connections; what was awaited is with the broker."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        """Send records in order to one partition; per record its offset, or why it was too large to send.

        Returns when the broker has acknowledged all that fit. After an error some of them may stand in the log.
        """
        if not records:
            return []
        answers: list[int | TooLarge] = []
        async with self._locks[topic, partition]:
            at = 0
            while at < len(records):
                batch, at = self._fill(records, at, answers)
                if batch is not None:
                    answers += await self._deliver(topic, partition, batch, records)
        return answers

    def _fill(self, records: Sequence[Record], at: int, answers: list[int | TooLarge]) -> tuple[_Filled | None, int]:
        """Fill one batch from `at`; give it and where the next begins. A record too large ends the batch before it."""
        builder = self._producer.create_batch()
        first, append = at, builder.append
        while at < len(records):
            record = records[at]
            key, value, headers = record.key, record.value, record.headers
            # Nearly every record is so small that it need not be measured.
            small = not headers and len(key or b"") + len(value or b"") < SMALL_BYTES
            if not small and (size := size_of(record)) > BATCH_BYTES:
                if at > first:
                    break
                answers.append(TooLarge(size, BATCH_BYTES))
                return None, at + 1
            if (
                append(key=key, value=value, timestamp=record.timestamp, headers=list(headers) if headers else [])
                is None
            ):
                break
            at += 1
        return _Filled(builder, first, at), at

    async def _deliver(
        self, topic: str, partition: int, batch: _Filled, records: Sequence[Record]
    ) -> list[int | TooLarge]:
        try:
            waiter = await self._producer.send_batch(batch.builder, topic, partition=partition)
            base = (await waiter).offset
        except MessageSizeTooLargeError as error:
            # An engineer gave the topic a smaller limit than ours: find out which records are meant.
            if batch.stop - batch.start == 1:
                return [TooLarge(size_of(records[batch.start]), -1)]
            found: list[int | TooLarge] = []
            for nth in range(batch.start, batch.stop):
                one = self._producer.create_batch()
                record = records[nth]
                one.append(key=record.key, value=record.value, timestamp=record.timestamp, headers=list(record.headers))
                found += await self._deliver(topic, partition, _Filled(one, nth, nth + 1), records)
            if not found:
                raise Permanent("kafka_refused", reason=str(error)) from error
            return found
        except KafkaError as error:
            if error.retriable or isinstance(error, KafkaTimeoutError):  # aiokafka forgets to mark its own time-out
                raise Retryable("kafka_unavailable", topic=topic, reason=type(error).__name__) from error
            raise Permanent("kafka_refused", reason=f"{topic}: {error!r}") from error
        return list(range(base, base + batch.stop - batch.start))

    async def publish_events(
        self, domain: Domain, events: Sequence[Event], replay: str = "", origins: Sequence[Origin] = ()
    ) -> None:
        """Return when the broker has acknowledged all of them; the key is the source.

        `replay` names the clock they bring with them: each event's own observed time. `origins`, where given, says per
        event which record it was made from. Raises Retryable (none or some may then stand in the log, and sending
        them again changes nothing), Permanent `record_too_large` when the others are sent.
        """
        parts: defaultdict[int, list[Record]] = defaultdict(list)
        for nth, event in enumerate(events):
            headers = cloud_headers(event)
            if replay:
                headers.append(clock_header(replay, int(event.observed_at.timestamp() * 1000)))
            if origins:
                headers.append(origin_header(origins[nth]))
            key = event.source.encode()
            parts[partition_of(key, self.partitions)].append(Record(key, encode(event), headers))
        await self._send_all(input_topic(domain), parts)

    async def publish_ticks(
        self, domain: Domain, clock: int = 0, replay: str = "", more: Sequence[Header] = (), by: str = ""
    ) -> Mapping[int, int]:
        """One tick into each partition: on the broker's clock, or on the clock of a replay (epoch ms).

        `more` are headers beside those that make it a tick; `by` is the field of the domain's topic of another key.

        Gives partition -> offset of its tick, where all were acknowledged; raises Retryable else.
        """
        headers: list[Header] = [(TICK, b""), *more]
        if replay:
            headers.append(clock_header(replay, clock))
        tick = Record(None, None, headers)
        topic = Inlet(domain, by).topic
        answers = await self._send_all(topic, {number: [tick] for number in range(self.partitions)})
        return {number: answer[0] for number, answer in answers.items() if isinstance(answer[0], int)}

    async def _send_all(self, topic: str, parts: Mapping[int, list[Record]]) -> dict[int, list[int | TooLarge]]:
        waiting = [self.send_batch(topic, partition, records) for partition, records in parts.items()]
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        found: dict[int, list[int | TooLarge]] = {}
        for partition, answer in zip(parts, answers, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            found[partition] = answer
        large = [
            (record.key or b"", answer)
            for partition, answers_of in found.items()
            for record, answer in zip(parts[partition], answers_of, strict=True)
            if isinstance(answer, TooLarge)
        ]
        if large:
            keys = ", ".join(sorted({key.decode() for key, _ in large}))
            raise Permanent("record_too_large", topic=topic, size=large[0][1].size, limit=BATCH_BYTES, keys=keys)
        return found


class _Filled(NamedTuple):
    builder: Any
    start: int
    stop: int
