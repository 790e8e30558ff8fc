"""A topic that was made anew while the group's committed offset stayed: nothing of the new log is passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from ioc.alerts import alert
from ioc.streams import admin, changelog, fence
from ioc.streams.changelog import StateRecord
from ioc.streams.evaluate import MadeAnew
from ioc.streams.headers import OPEN, value_of
from ioc.streams.topics import ALERTS, Topic
from tests.streams.test_evaluate import CHANGELOG, TOPIC, TOPIC_ID, Scene, scene
from tests.streams.test_fence import Thread

OTHER = "ef" * 16


def watched(made: Scene) -> list[tuple[str, int]]:
    begun: list[tuple[str, int]] = []

    async def begin_anew(topic: str, partition: int) -> None:
        begun.append((topic, partition))

    made.worker._begin_anew = begin_anew
    return begun


def fired(made: Scene) -> list[str]:
    rows = [row for row in made.log.rows[ALERTS, 0] if value_of(row.headers, OPEN) is None]
    return [alert.decode(row.value or b"").source for row in rows]


def state(topic_id: str) -> bytes:
    return changelog.encode(StateRecord(1, topic_id, 0, 3, 0, False, "", "v", b"", [], [], []))


async def test_a_committed_offset_beyond_the_end_of_the_log_is_taken_back(caplog: pytest.LogCaptureFixture) -> None:
    """The fetcher begins at the beginning by itself; what it brings must not count as judged."""
    made = scene(committed=1000)
    begun = watched(made)
    made.add("a", 60)

    with pytest.raises(MadeAnew):
        await made.take(0, 1)

    assert begun == [(TOPIC, 0)]
    assert "made anew" in caplog.text
    again = scene(made.log, committed=0)
    assert await again.take(0, 1)
    assert fired(again) == ["a"]


async def test_a_new_log_that_has_grown_beyond_the_old_offset_is_known_by_the_changelog() -> None:
    made = scene(committed=1)
    begun = watched(made)
    made.log.append(CHANGELOG, 0, b"a", state(OTHER))
    made.add("a", 60)
    made.add("b", 60)

    with pytest.raises(MadeAnew):
        await made.take(1, 2)

    assert begun == [(TOPIC, 0)]
    again = scene(made.log, committed=0)
    assert await again.take(0, 2)
    assert fired(again) == ["a", "b"]


async def test_a_log_that_goes_back_while_it_is_read_is_begun_again_and_its_committed_offset_stays() -> None:
    """A fetch that began before a seek brings records again too: whether the log is another, the next load knows."""
    made = scene()
    begun = watched(made)
    for nth in range(3):
        made.add("a", 10, nth)
    assert await made.take(0, 3)
    with pytest.raises(MadeAnew):
        await made.take(0, 2)
    assert begun == []

    same = scene(made.log, committed=3)
    kept = watched(same)
    made.add("a", 10, 3)
    assert await same.take(3, 4)
    assert kept == []

    other = scene(committed=3)
    other.add("a", 10)
    taken_back = watched(other)
    with pytest.raises(MadeAnew):
        await other.take(0, 1)
    assert taken_back == [(TOPIC, 0)]


async def test_what_comes_again_after_a_rebalance_is_no_other_log() -> None:
    made = scene()
    for nth in range(3):
        made.add("a", 10, nth)
    assert await made.take(0, 3)
    made.tenure.assigned(2, [(TOPIC, 0)])
    assert await made.take(1, 3, generation=2)


async def test_a_log_that_the_changelog_knows_is_gone_on_with() -> None:
    made = scene(committed=1)
    begun = watched(made)
    made.log.append(CHANGELOG, 0, b"old", state(OTHER))
    made.log.append(CHANGELOG, 0, b"a", state(TOPIC_ID))
    made.add("a", 60)
    made.add("b", 60)
    assert await made.take(1, 2)
    assert begun == []


@pytest.fixture
def topic(broker: str, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("t-anew")
    admin.ensure(broker, [Topic(name, "-", 1, "delete", 86_400_000, "test", "test")])
    yield name
    admin.delete(broker, [name])


async def test_the_group_takes_a_lower_offset_back(broker: str, topic: str) -> None:
    spot = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=broker, group_id=f"{topic}-g", enable_auto_commit=False)
    await consumer.start()
    try:
        await consumer.getmany(timeout_ms=200)
        generation = consumer._coordinator.generation
        assert await fence.commit(Thread(consumer), {spot: 1000}, {spot: generation})
        assert await fence.commit(Thread(consumer), {spot: 0}, {spot: generation})
        assert await consumer.committed(spot) == 0
    finally:
        await consumer.stop()
