from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Any
from zlib import error

import pytest
from aiokafka.consumer.fetcher import PartitionRecords

from ioc.embedded.broker import Broker, free_port
from ioc.errors import Retryable
from ioc.streams import admin, reading
from ioc.streams.batches import Batch
from ioc.streams.fetched import Unread
from ioc.streams.publish import Publisher, Record
from ioc.streams.reading import KafkaReader
from ioc.streams.topics import Topic


@pytest.fixture
def topic(broker: str, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("t-reading")
    admin.ensure(broker, [Topic(name, "-", 2, "delete", 86_400_000, "test", "test")])
    yield name
    admin.delete(broker, [name])


async def whole(reader: KafkaReader, topic: str, partition: int, **how: int) -> list[int]:
    return [record.offset async for records in reader.read(topic, partition, **how) for record in records]


async def test_a_batch_larger_than_one_poll_is_read_whole_every_time(
    broker: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "POLL_RECORDS", 1000)
    async with Publisher(broker) as publisher:
        await publisher.send_batch(topic, 0, [Record(b"k%d" % n, b"v" * 100) for n in range(3000)])
    reader = KafkaReader(broker)

    for _ in range(12):
        assert await whole(reader, topic, 0) == list(range(3000))


async def test_an_empty_partition_is_known_to_be_empty(broker: str, topic: str) -> None:
    assert await whole(KafkaReader(broker), topic, 1) == []


async def test_reading_begins_where_it_is_told_to(broker: str, topic: str) -> None:
    async with Publisher(broker) as publisher:
        for n in range(5):
            await publisher.send_batch(topic, 0, [Record(b"k", b"%d" % n)])
    reader = KafkaReader(broker)

    assert await whole(reader, topic, 0, start=3) == [3, 4]
    async with aclosing(reader.read(topic, 0)) as chunks:
        stamps = [record.timestamp async for records in chunks for record in records]
    since = await whole(reader, topic, 0, since=stamps[-1])
    assert since == list(range(stamps.index(stamps[-1]), 5))
    later = await whole(reader, topic, 0, since=stamps[-1] + 60_000)
    assert later in ([], list(range(5)))  # Tansu has no answer for a time after the end: more is read, never less


async def test_the_ends_are_where_the_partitions_end(broker: str, topic: str) -> None:
    async with Publisher(broker) as publisher:
        for n in range(5):
            await publisher.send_batch(topic, 0, [Record(b"k", b"%d" % n)])

    assert await KafkaReader(broker).ends([(topic, 0), (topic, 1)]) == {(topic, 0): 5, (topic, 1): 0}
    assert await KafkaReader(broker).ends([]) == {}


@pytest.mark.services
async def test_the_first_offset_is_what_retention_has_left(kafka_broker: str, unique: Callable[[str], str]) -> None:
    from kafka.admin import KafkaAdminClient
    from kafka.structs import TopicPartition

    name = unique("t-first")
    admin.ensure(kafka_broker, [Topic(name, "-", 1, "delete", 86_400_000, "test", "test")])
    try:
        async with Publisher(kafka_broker) as publisher:
            await publisher.send_batch(name, 0, [Record(b"k", b"v")] * 10)
        client = KafkaAdminClient(bootstrap_servers=kafka_broker)
        client.delete_records({TopicPartition(name, 0): 4})
        client.close()
        assert await KafkaReader(kafka_broker).first_offset(name, 0) == 4
        assert await whole(KafkaReader(kafka_broker), name, 0) == list(range(4, 10))
    finally:
        admin.delete(kafka_broker, [name])


async def test_nobody_at_the_address_is_worth_another_try() -> None:
    reader = KafkaReader(f"127.0.0.1:{free_port()}")
    with pytest.raises(Retryable):
        await reader.first_offset("t", 0)
    assert await reader.ends([("t", 0)]) == {}


async def test_a_reader_that_stops_early_leaves_no_connection(unique: Callable[[str], str]) -> None:
    with Broker() as own:
        name = unique("t")
        admin.ensure(own.address, [Topic(name, "-", 1, "delete", 1, "t", "t")])
        async with Publisher(own.address) as publisher:
            await publisher.send_batch(name, 0, [Record(b"k", b"v")])
        async with aclosing(KafkaReader(own.address).read(name, 0)) as chunks:
            async for _ in chunks:
                break


async def test_a_batch_that_cannot_be_unpacked_is_one_record_of_what_is_read(
    broker: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loader reads back before the committed offset: what it could not read there would keep it from ever starting."""
    async with Publisher(broker) as publisher:
        await publisher.send_batch(topic, 0, [Record(b"k", b"1"), Record(b"k", b"2")])
        await publisher.send_batch(topic, 0, [Record(b"k", b"3"), Record(b"k", b"4")])
        await publisher.send_batch(topic, 0, [Record(b"k", b"5")])
    plain = PartitionRecords._unpack_records

    def garbled(records: PartitionRecords) -> Iterator[Any]:
        for record in plain(records):
            if record.offset == 3:
                raise error("no such compression")
            yield record

    def unreadable(batch: Batch) -> Iterator[Any]:
        if batch.first == 2:
            yield Unread(2, batch.offset, batch.timestamp, "no such compression")
        else:
            yield from readable(batch)

    readable = Batch.records
    monkeypatch.setattr(PartitionRecords, "_unpack_records", garbled)
    monkeypatch.setattr(Batch, "records", unreadable)

    assert await whole(KafkaReader(broker), topic, 0) == [0, 1, 3, 4]
