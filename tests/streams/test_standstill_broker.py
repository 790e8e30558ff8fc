"""Where a group stands, asked of a real broker."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from ioc.embedded.broker import Broker
from ioc.errors import Retryable
from ioc.streams import admin
from ioc.streams.publish import Publisher, Record
from ioc.streams.standstill import Place, places
from ioc.streams.topics import input_topic, table

TOPIC = input_topic("camera")


async def test_what_was_committed_and_where_the_log_ends_is_told_per_partition() -> None:
    with Broker() as broker:
        await asyncio.to_thread(admin.ensure, broker.address, table(2))
        async with Publisher(broker.address, 2) as log:
            for _ in range(5):
                await log.send_batch(TOPIC, 0, [Record(b"k", b"{}")])
        spots = [(TOPIC, 0), (TOPIC, 1)]
        before = await places(broker.address, "some-group", spots)
        assert before[TOPIC, 0].committed is None
        assert before[TOPIC, 0].end >= 4
        assert before[TOPIC, 1] == Place(None, 0)

        consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=broker.address, group_id="some-group", enable_auto_commit=False
        )
        await consumer.start()
        consumer.assign([TopicPartition(TOPIC, 0)])
        await consumer.commit({TopicPartition(TOPIC, 0): 3})
        await consumer.stop()
        assert (await places(broker.address, "some-group", spots))[TOPIC, 0].committed == 3


async def test_a_broker_that_is_not_there_says_nothing() -> None:
    with Broker() as broker:
        gone = broker.address
    with pytest.raises(Retryable):
        await places(gone, "some-group", [(TOPIC, 0)])
