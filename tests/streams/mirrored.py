"""A broker in memory with a journal beside it, run after run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from ioc.alerts.alert import Transition, Why, alert_id, encode
from ioc.embedded.broker import Broker
from ioc.embedded.journal import Journal
from ioc.streams import admin, changelog
from ioc.streams.changelog import Fold, StateRecord
from ioc.streams.inlet import Inlet
from ioc.streams.mirror import Mirror, Restored
from ioc.streams.publish import Publisher, Record
from ioc.streams.topics import ALERTS, changelog_topic, table
from tests.sinks.history_events import FrozenClock
from tests.streams.log_reading import read

PARTITIONS = 2
GROUP = "ioc-evaluate"
TOPIC = changelog_topic("netsec")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
MS = int(NOW.timestamp() * 1000)


def transition(key: str, revision: int, at: int = MS) -> Transition:
    return Transition(
        alert_id=alert_id("rule", key, "opened"),
        revision=revision,
        rule="rule",
        rule_version="1",
        title={"vi": "a", "en": "a"},
        domain="netsec",
        key=key,
        source=key,
        feed="f",
        status="firing",
        change="fired",
        severity="minor",
        certainty="likely",
        at=at,
        clock=at,
        opened_at=at,
        last_seen=at,
        why=Why(kind="match"),
    )


def state(
    key: str, generation: int, offset: int, *outbox: Transition, partition: int = 0, live: bool = True, at: int = MS
) -> Record:
    record = StateRecord(
        generation=generation,
        topic_id="0" * 32,
        partition=partition,
        offset=offset,
        due=0,
        live=live,
        replay="",
        rules="1",
        state=f"{generation}/{offset}".encode(),
        open=[],
        origins=[],
        outbox=[encode(one) for one in outbox],
    )
    return Record(key.encode(), changelog.encode(record), (), at)


class Cluster:
    """A broker of its own with its topics and a journal beside it."""

    def __init__(
        self, broker: Broker, publisher: Publisher, journal: Journal, clock: FrozenClock, more: Sequence[Inlet]
    ) -> None:
        self.address = broker.address
        self.publisher = publisher
        self.journal = journal
        self.clock = clock
        self.mirror = Mirror(broker.address, journal, publisher, clock, partitions=PARTITIONS, group=GROUP, more=more)
        self.restored = Restored(0, 0, 0, 0)

    async def send(self, topic: str, *records: Record, partition: int = 0) -> None:
        await self.publisher.send_batch(topic, partition, records)

    async def commit(self, topic: str, partition: int, offset: int) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.address, group_id=GROUP, enable_auto_commit=False)
        await consumer.start()
        consumer.assign([TopicPartition(topic, partition)])
        await consumer.commit({TopicPartition(topic, partition): offset})
        await consumer.stop()

    async def winners(self, topic: str = TOPIC, partition: int = 0) -> dict[str, StateRecord]:
        return {key: one.record for key, one in (await self.fold(topic, partition)).winners.items()}

    async def fold(self, topic: str = TOPIC, partition: int = 0) -> Fold:
        fold = Fold("f" * 32, partition)
        for record in await read(self.address, topic, partition):
            fold.add(record.key, record.value, record.timestamp)
        return fold

    async def alerts(self, partition: int = 0) -> list[Any]:
        return await read(self.address, ALERTS, partition)


@asynccontextmanager
async def cluster(path: Path, at: datetime = NOW, more: Sequence[Inlet] = ()) -> AsyncIterator[Cluster]:
    """One run: a new cluster, what the journal holds written back, followed until the end."""
    with Broker() as broker, contextlib.closing(Journal(path)) as journal:
        fields = [(inlet.domain, inlet.field) for inlet in more]
        await asyncio.to_thread(admin.ensure, broker.address, table(PARTITIONS, fields=fields))
        async with Publisher(broker.address, PARTITIONS) as publisher:
            made = Cluster(broker, publisher, journal, FrozenClock(at), more)
            made.restored = await made.mirror.restore()
            stop = asyncio.Event()
            following = asyncio.create_task(made.mirror.run(stop))
            yield made
            stop.set()
            await following
