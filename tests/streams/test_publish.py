from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from ioc.embedded.broker import Broker
from ioc.errors import Permanent, Retryable
from ioc.events import Environment, event_id
from ioc.events.codec import decode
from ioc.streams import admin, publish
from ioc.streams.headers import CLOCK, ORIGIN, TICK, Origin, read_clock, read_origin, value_of
from ioc.streams.publish import BATCH_BYTES, Publisher, Record, TooLarge
from ioc.streams.topics import Topic, input_topic, partition_of
from tests.streams.log_reading import read, read_all

AT = datetime(2025, 7, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def topic(broker: str, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("t-publish")
    admin.ensure(broker, [Topic(name, "-", 2, "delete", 86_400_000, "test", "test")])
    yield name
    admin.delete(broker, [name])


def reading(source: str, value: float = 12.5) -> Environment:
    return Environment(
        type="environment",
        id=event_id(source, value),
        feed="tn-env",
        source=source,
        observed_at=AT,
        received_at=AT,
        quantity="pm25",
        value=value,
        unit="ug/m3",
    )


async def test_offsets_are_those_of_the_log_and_order_is_kept_over_several_batches(broker: str, topic: str) -> None:
    records = [Record(b"k%d" % n, b"v" * 3000) for n in range(1000)]
    async with Publisher(broker) as publisher:
        offsets = await publisher.send_batch(topic, 1, records)

    assert offsets == list(range(1000))
    assert [record.key for record in await read(broker, topic, 1)] == [record.key for record in records]


async def test_a_record_too_large_is_a_value_and_its_neighbours_are_sent(broker: str, topic: str) -> None:
    records = [Record(b"a", b"1"), Record(b"b", b"x" * BATCH_BYTES), Record(b"c", b"2"), Record(b"d", None)]
    async with Publisher(broker) as publisher:
        answers = await publisher.send_batch(topic, 0, records)

    assert answers[0] == 0
    assert isinstance(answers[1], TooLarge)
    assert answers[1].size > answers[1].limit == BATCH_BYTES
    assert answers[2:] == [1, 2]
    assert [(record.key, record.value) for record in await read(broker, topic, 0)] == [
        (b"a", b"1"),
        (b"c", b"2"),
        (b"d", None),
    ]


async def test_only_records_too_large_send_nothing(broker: str, topic: str) -> None:
    async with Publisher(broker) as publisher:
        answers = await publisher.send_batch(topic, 0, [Record(b"b", b"x" * BATCH_BYTES)] * 2)
        assert await publisher.send_batch(topic, 0, []) == []

    assert [isinstance(answer, TooLarge) for answer in answers] == [True, True]


@pytest.mark.services
async def test_a_topic_with_a_smaller_limit_refuses_only_what_exceeds_it(
    kafka_broker: str, unique: Callable[[str], str]
) -> None:
    from kafka.admin import KafkaAdminClient

    name = unique("t-small")
    client = KafkaAdminClient(bootstrap_servers=kafka_broker)
    client.create_topics(
        {name: {"num_partitions": 1, "configs": {"max.message.bytes": "2000"}}}, wait_for_metadata=True
    )
    client.close()
    try:
        async with Publisher(kafka_broker) as publisher:
            answers = await publisher.send_batch(
                name, 0, [Record(b"a", b"1" * 1500), Record(b"b", b"2" * 5000), Record(b"c", b"3" * 1500)]
            )
    finally:
        admin.delete(kafka_broker, [name])

    assert answers[0] == 0
    assert isinstance(answers[1], TooLarge)
    assert answers[2] == 1


async def test_sends_to_one_partition_never_overlap_and_others_do(
    broker: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way: dict[int, int] = {}
    worst: dict[int, int] = {}
    together = 0
    deliver = Publisher._deliver

    async def counted(self: Publisher, name: str, partition: int, batch: object, records: object) -> object:
        nonlocal together
        under_way[partition] = under_way.get(partition, 0) + 1
        worst[partition] = max(worst.get(partition, 0), under_way[partition])
        together = max(together, sum(under_way.values()))
        try:
            return await deliver(self, name, partition, batch, records)  # type: ignore[arg-type]  # passed on
        finally:
            under_way[partition] -= 1

    monkeypatch.setattr(Publisher, "_deliver", counted)
    async with Publisher(broker) as publisher:
        await asyncio.gather(*(publisher.send_batch(topic, n % 2, [Record(b"k", b"%d" % n)] * 50) for n in range(20)))

    assert worst == {0: 1, 1: 1}
    assert together == 2
    assert [record.value for record in await read(broker, topic, 1)][::50] == [b"%d" % n for n in range(1, 20, 2)]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with Broker() as own:
        admin.ensure(own.address, [Topic(input_topic("environment"), "-", 3, "delete", 86_400_000, "t", "t")])
        yield own.address


async def test_events_lie_in_the_partition_of_their_source_with_cloudevents_headers(environment: str) -> None:
    events = [reading(f"station-{n}") for n in range(40)]
    async with Publisher(environment, 3) as publisher:
        await publisher.publish_events("environment", events)

    found = await read_all(environment, input_topic("environment"), 3)
    assert {decode(record.value).source for record in found} == {event.source for event in events}
    for record in found:
        assert record.partition == partition_of(record.key, 3)
        assert record.key.decode() == decode(record.value).source
        assert value_of(record.headers, "ce_id") == decode(record.value).id.encode()
        assert value_of(record.headers, CLOCK) is None


async def test_replayed_events_bring_their_clock_and_derived_ones_their_origin(environment: str) -> None:
    origin = Origin("ab" * 16, 2, 77, 0)
    async with Publisher(environment, 3) as publisher:
        await publisher.publish_events("environment", [reading("s")], replay="may-2024", origins=[origin])

    (record,) = await read_all(environment, input_topic("environment"), 3)
    assert read_clock(value_of(record.headers, CLOCK) or b"") == ("may-2024", int(AT.timestamp() * 1000))
    assert read_origin(value_of(record.headers, ORIGIN) or b"") == origin


async def test_a_tick_goes_into_every_partition_and_has_no_value(environment: str) -> None:
    async with Publisher(environment, 3) as publisher:
        await publisher.publish_ticks("environment")
        await publisher.publish_ticks("environment", clock=5, replay="may")

    found = await read_all(environment, input_topic("environment"), 3)
    assert [(record.partition, record.value) for record in found] == [(n // 2, None) for n in range(6)]
    assert all(value_of(record.headers, TICK) == b"" for record in found)
    assert [value_of(record.headers, CLOCK) for record in found] == [None, b"may:5"] * 3


async def test_nobody_at_the_address_is_worth_another_try() -> None:
    with Broker() as gone:
        address = gone.address
    with pytest.raises(Retryable) as refused:
        await Publisher(address, timeout=1).start()
    assert refused.value.code == "kafka_unreachable"


async def test_a_broker_that_goes_away_is_worth_another_try(unique: Callable[[str], str]) -> None:
    with Broker() as broker:
        name = unique("t")
        admin.ensure(broker.address, [Topic(name, "-", 1, "delete", 1, "t", "t")])
        async with Publisher(broker.address, timeout=1) as publisher:
            assert await publisher.send_batch(name, 0, [Record(b"a", b"1")]) == [0]
            broker.stop()
            with pytest.raises(Retryable):
                await publisher.send_batch(name, 0, [Record(b"a", b"2")])


async def test_an_event_too_large_is_said_after_the_others_were_sent(
    environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "BATCH_BYTES", 1500)
    big = reading("big").model_copy(update={"title": "x" * 1200})
    async with Publisher(environment, 3) as publisher:
        with pytest.raises(Permanent) as refused:
            await publisher.publish_events("environment", [big, reading("small")])

    assert refused.value.code == "record_too_large"
    assert [decode(r.value).source for r in await read_all(environment, input_topic("environment"), 3)] == ["small"]
