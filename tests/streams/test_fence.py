"""A commit that waits through a rebalance is not taken in for the work of another generation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from ioc.streams import admin, fence
from ioc.streams.topics import Topic


class Thread:
    """What `fence.commit` needs of Faust's consumer thread."""

    def __init__(self, consumer: Any) -> None:
        self.consumer = consumer
        self.crashed: list[BaseException] = []

    def _ensure_consumer(self) -> Any:
        return self.consumer

    def assignment(self) -> set[TopicPartition]:
        return set(self.consumer.assignment())

    async def crash(self, error: BaseException) -> None:
        self.crashed.append(error)


@pytest.fixture
def topic(broker: str, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("t-fence")
    admin.ensure(broker, [Topic(name, "-", 1, "delete", 86_400_000, "test", "test")])
    yield name
    admin.delete(broker, [name])


def member(broker: str, topic: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker,
        group_id=f"{topic}-group",
        enable_auto_commit=False,
        heartbeat_interval_ms=200,
        session_timeout_ms=6000,
    )


@pytest.fixture
async def old(broker: str, topic: str) -> AsyncIterator[Any]:
    """A member of the group's first generation, with a committed offset of 5."""
    consumer: Any = member(broker, topic)
    await consumer.start()
    await consumer.getmany(timeout_ms=200)
    assert await fence.commit(Thread(consumer), {spot(topic): 5}, {spot(topic): consumer._coordinator.generation})
    yield consumer
    await consumer.stop()


def spot(topic: str) -> TopicPartition:
    return TopicPartition(topic, 0)


async def through_a_rebalance(consumer: Any, broker: str, topic: str, commit: Callable[[], Any]) -> Any:
    """Begin a commit, let another member come and go before it can be sent, and see what came of it."""
    generation = consumer._coordinator.generation
    async with consumer._coordinator._commit_lock:
        waiting = asyncio.create_task(commit())
        await asyncio.sleep(0)
        other: Any = member(broker, topic)
        await other.start()
        await other.stop()
        async with asyncio.timeout(20):
            while consumer._coordinator.generation <= generation or not consumer.assignment():
                await consumer.getmany(timeout_ms=50)
    return await waiting


async def test_a_commit_of_a_past_generation_is_not_sent(broker: str, topic: str, old: Any) -> None:
    thread, generation = Thread(old), old._coordinator.generation
    done = await through_a_rebalance(
        old, broker, topic, lambda: fence.commit(thread, {spot(topic): 300}, {spot(topic): generation})
    )
    assert done is False
    assert await old.committed(spot(topic)) == 5
    assert not thread.crashed


async def test_work_of_this_generation_is_committed(topic: str, old: Any) -> None:
    generation = old._coordinator.generation
    assert await fence.commit(Thread(old), {spot(topic): 300}, {spot(topic): generation})
    assert await old.committed(spot(topic)) == 300


async def test_a_partition_that_went_to_another_is_left_alone(topic: str, old: Any) -> None:
    gone = TopicPartition(topic, 7)
    assert not await fence.commit(Thread(old), {gone: 300}, {gone: old._coordinator.generation})


async def test_aiokafka_alone_sends_it_under_the_new_generation(broker: str, topic: str) -> None:
    """The fault that makes the fence necessary; when this fails, aiokafka has mended it."""
    consumer: Any = member(broker, topic)
    await consumer.start()
    try:
        await consumer.getmany(timeout_ms=200)
        await through_a_rebalance(
            consumer, broker, topic, lambda: consumer.commit({spot(topic): OffsetAndMetadata(300, "")})
        )
        assert await consumer.committed(spot(topic)) == 300
    finally:
        await consumer.stop()
