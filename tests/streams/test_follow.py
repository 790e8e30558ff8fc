from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing

import pytest

from ioc.embedded.broker import Broker, free_port
from ioc.errors import Retryable
from ioc.streams import admin
from ioc.streams import follow as module
from ioc.streams.follow import Chunk, Log, follow, identify
from ioc.streams.headers import TICK
from ioc.streams.publish import Publisher, Record
from ioc.streams.topics import Topic


def rows(name: str) -> list[Topic]:
    return [Topic(name, "-", 2, "delete", 86_400_000, "test", "test")]


@pytest.fixture
def topic(broker: str, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("t-follow")
    admin.ensure(broker, rows(name))
    yield name
    admin.delete(broker, [name])


async def send(bootstrap: str, topic: str, partition: int, *values: bytes | None) -> None:
    async with Publisher(bootstrap) as publisher:
        await publisher.send_batch(
            topic, partition, [Record(b"k", value, [(TICK, b"")] if value is None else []) for value in values]
        )


async def take(chunks: AsyncIterator[Chunk], enough: Callable[[list[Chunk]], bool]) -> list[Chunk]:
    found: list[Chunk] = []
    async for chunk in chunks:
        found.append(chunk)
        if enough(found):
            break
    return found


def values(chunks: list[Chunk]) -> list[bytes | None]:
    return [record.value for chunk in chunks for record in chunk.records]


async def test_chunks_go_on_from_the_offsets_the_reader_kept(broker: str, topic: str) -> None:
    await send(broker, topic, 0, b"a0", b"a1", b"a2")
    await send(broker, topic, 1, b"b0")
    log = await identify(broker, topic)
    async with aclosing(follow(broker, topic, {0: 2}, log)) as chunks:
        found = await take(chunks, lambda c: len(values(c)) == 2)

    assert sorted(values(found), key=str) == [b"a2", b"b0"]
    assert {(c.cluster_id, c.topic_id) for c in found} == {(log.cluster_id, log.topic_id)}
    assert {c.partition: c.next_offset for c in found} == {0: 3, 1: 1}
    assert {c.partition: c.highwater for c in found} == {0: 3, 1: 1}


async def test_ticks_are_left_out_and_their_offsets_are_not(broker: str, topic: str) -> None:
    await send(broker, topic, 0, None, b"x", None)
    async with aclosing(follow(broker, topic, {})) as chunks:
        found = await take(chunks, lambda c: c[-1].next_offset == 3)

    assert values(found) == [b"x"]
    assert [record.offset for chunk in found for record in chunk.records] == [1]


async def test_offsets_of_another_log_mean_from_the_beginning(broker: str, topic: str) -> None:
    await send(broker, topic, 0, b"a0", b"a1")
    log = await identify(broker, topic)
    async with aclosing(follow(broker, topic, {0: 1}, Log(log.cluster_id, "0" * 32, 2))) as chunks:
        found = await take(chunks, lambda c: len(values(c)) == 2)

    assert values(found) == [b"a0", b"a1"]
    assert found[0].topic_id == log.topic_id


async def test_a_broker_that_comes_back_empty_is_followed_from_its_beginning(
    unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IDENTITY_SECONDS", 0.0)
    port, name = free_port(), unique("t")
    first, second = Broker(port), Broker(port)
    first.start()
    try:
        admin.ensure(first.address, rows(name))
        await send(first.address, name, 0, b"old0", b"old1")
        async with aclosing(follow(first.address, name, {})) as chunks:
            before = await take(chunks, lambda c: len(values(c)) == 2)
            first.stop()
            second.start()
            admin.ensure(second.address, rows(name))
            # As many as the old log had, and one more: the old position is a valid one here.
            await send(second.address, name, 0, b"new0", b"new1", b"new2")
            after = await take(chunks, lambda c: len(values(c)) == 3)
    finally:
        first.stop()
        second.stop()

    assert values(before) == [b"old0", b"old1"]
    assert values(after) == [b"new0", b"new1", b"new2"]
    assert before[0].cluster_id != after[0].cluster_id


@pytest.mark.services
async def test_what_retention_took_before_it_was_read_is_counted(
    kafka_broker: str, unique: Callable[[str], str]
) -> None:
    from kafka.admin import KafkaAdminClient
    from kafka.structs import TopicPartition

    name = unique("t-lost")
    admin.ensure(kafka_broker, rows(name))
    try:
        await send(kafka_broker, name, 0, *(b"%d" % n for n in range(10)))
        client = KafkaAdminClient(bootstrap_servers=kafka_broker)
        client.delete_records({TopicPartition(name, 0): 7})
        client.close()
        async with aclosing(follow(kafka_broker, name, {0: 2})) as chunks:
            found = await take(chunks, lambda c: len(values(c)) == 3)
    finally:
        admin.delete(kafka_broker, [name])

    assert values(found) == [b"7", b"8", b"9"]
    assert found[0].lost == 5


async def test_a_topic_that_is_not_there_is_worth_another_try(broker: str, unique: Callable[[str], str]) -> None:
    with pytest.raises(Retryable) as refused:
        await anext(follow(broker, unique("t-none"), {}))
    assert refused.value.code == "topic_missing"


async def test_nobody_at_the_address_is_worth_another_try() -> None:
    with pytest.raises(Retryable):
        await anext(follow(f"127.0.0.1:{free_port()}", "t", {}))


@pytest.mark.parametrize("fate", ["is killed", "is frozen"])
async def test_a_broker_that_falls_silent_is_told_though_nothing_was_due(
    unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    monkeypatch.setattr(module, "QUIET_SECONDS", 0.5)
    broker, name = Broker(), unique("t")
    broker.start()
    try:
        admin.ensure(broker.address, rows(name))
        await send(broker.address, name, 0, b"one")
        async with aclosing(follow(broker.address, name, {})) as chunks:
            assert values(await take(chunks, lambda c: bool(values(c)))) == [b"one"]
            os.kill(broker.pid or 0, signal.SIGKILL if fate == "is killed" else signal.SIGSTOP)
            with pytest.raises(Retryable) as told:
                await anext(chunks)
    finally:
        os.kill(broker.pid or 0, signal.SIGCONT)
        broker.stop()
    assert told.value.code == "kafka_unreachable"
