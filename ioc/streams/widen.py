"""`ioc state repartition`: raise the number of partitions of a stopped, drained installation, and move what is known.

Kafka can add partitions and never moves a record, so a key's state must be carried to where its next event will be.
The new number is a multiple of the old one: then the keys of partition p go to p, p + old, p + 2 old ... and to none
that another one fills, and each new partition takes over the clock of the one that it was split from.

Order, so that a command that is cut off can be given again: changelogs and alerts get their partitions and their
states first, the topics of events last. Until then a worker finds unequal counts and refuses to start.

- A moved state keeps its generation and loses its stamp: offsets of the old partition say nothing in the new one.
- Where it was, a tombstone follows it: a state left behind would grow silent and raise alerts of silence.
- The ids that were seen go along, as seen before the new partition's first record.
- The desk is told which open alerts moved (`ioc.alerts.open_alerts.OpenAlerts.to`): the old partition's next list will
  not name them, and that must not end them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ioc.alerts import open_alerts
from ioc.alerts.open_alerts import OpenAlerts
from ioc.errors import Permanent, Retryable
from ioc.events import DOMAINS
from ioc.streams import admin, holes, seen
from ioc.streams.app import group
from ioc.streams.brokers import Bootstrap, options
from ioc.streams.cell import WORLD
from ioc.streams.changelog import BASE_KEY, NO_STAMP, Fold, encode, write_base
from ioc.streams.closing import close
from ioc.streams.headers import OPEN
from ioc.streams.holes import CLOCK_KEY
from ioc.streams.inlet import Inlet, inlet_of
from ioc.streams.publish import Publisher, Record, TooLarge
from ioc.streams.reading import KafkaReader
from ioc.streams.rebase import empty
from ioc.streams.topics import ALERTS, REJECTED, SEEN_MS, partition_of

ROLES = ("evaluate", "correlate", "record", "intake")
LISTED = 2_000
"""Alert ids in one record for the desk, far below a record's size."""


class Widened(NamedTuple):
    """Inputs whose partitions were raised, keys that moved, and open alerts among them."""

    inputs: int
    moved: int
    alerts: int


async def repartition(bootstrap: Bootstrap, partitions: int) -> Widened:
    """Raise every input to so many partitions; those that have them already are left alone.

    Raises Permanent while workers run (`group_running`), where something is not judged yet (`not_drained`), where the
    number is no multiple of what is there (`partitions_multiple`), Retryable without Kafka. Gateways must be stopped
    as well: nobody can see them from here, and what they would write in between lies where nobody looks for it.
    """
    for role in ROLES:
        await empty(bootstrap, group(role))
    there = await asyncio.to_thread(admin.names, bootstrap)
    fields = sorted(inlet for topic in there if (inlet := inlet_of(topic)))
    inlets = [*(Inlet(domain) for domain in DOMAINS), *fields]
    names = [name for inlet in inlets for name in (inlet.topic, inlet.changelog, inlet.seen) if name in there]
    cluster = await asyncio.to_thread(admin.describe, bootstrap, [*names, ALERTS, REJECTED])
    found = {inlet: cluster.topics[inlet.topic] for inlet in inlets if inlet.topic in cluster.topics}
    todo = {inlet: topic for inlet, topic in found.items() if topic.partitions != partitions}
    for inlet, topic in todo.items():
        if topic.partitions > partitions or partitions % topic.partitions:
            raise Permanent("partitions_multiple", topic=inlet.topic, found=topic.partitions, wanted=partitions)
    reader, moved, alerts = KafkaReader(bootstrap), 0, 0
    for inlet, topic in todo.items():
        await _drained(bootstrap, reader, inlet, topic.partitions)
    wider = [name for name in [*names, ALERTS, REJECTED] if name not in {inlet.topic for inlet in inlets}]
    await asyncio.to_thread(admin.widen, bootstrap, wider, partitions)
    async with Publisher(bootstrap, partitions) as publisher:
        for inlet, topic in todo.items():
            for number in range(topic.partitions):
                one = _Move(publisher, reader, inlet, topic.id, number, topic.partitions, partitions)
                keys, opened = await one.run()
                moved += keys
                alerts += opened
            await asyncio.to_thread(admin.widen, bootstrap, [inlet.topic], partitions)
    return Widened(len(todo), moved, alerts)


async def _drained(bootstrap: Bootstrap, reader: KafkaReader, inlet: Inlet, partitions: int) -> None:
    """Return where every event there is was judged and committed; ticks that nobody waited for say nothing here."""
    consumer = AIOKafkaConsumer(**options(bootstrap), group_id=group("evaluate"), enable_auto_commit=False)
    try:
        await consumer.start()
        for number in range(partitions):
            known = await consumer.committed(TopicPartition(inlet.topic, number)) or 0
            left = 0
            async for records in reader.read(inlet.topic, number, start=known):
                left += sum(record.offset >= known and record.value is not None for record in records)
            if left:
                raise Permanent("not_drained", topic=inlet.topic, partition=number, left=left)
    except KafkaError as error:
        raise Retryable("kafka_unreachable", bootstrap=str(bootstrap), reason=type(error).__name__) from error
    finally:
        await close(consumer)


class _Move:
    """One old partition of one input."""

    def __init__(  # noqa: PLR0917 - where from, where to
        self,
        publisher: Publisher,
        reader: KafkaReader,
        inlet: Inlet,
        topic_id: str,
        number: int,
        old: int,
        new: int,
    ) -> None:
        self._publisher = publisher
        self._reader = reader
        self._inlet = inlet
        self._topic_id = topic_id
        self._number = number
        self._children = range(number + old, new, old)
        self._new = new

    async def run(self) -> tuple[int, int]:
        """Keys that moved, and open alerts among them."""
        fold, clock = Fold(self._topic_id, self._number), 0
        async for records in self._reader.read(self._inlet.changelog, self._number):
            for record in records:
                fold.add(record.key, record.value, record.timestamp)
                clock = max(clock, record.timestamp)
        states: defaultdict[int, list[Record]] = defaultdict(list)
        opened: defaultdict[int, list[str]] = defaultdict(list)
        gone: list[Record] = []
        for key, winner in fold.winners.items():
            child = partition_of(key.rpartition(WORLD)[2], self._new)
            if child == self._number:
                continue
            raw = encode(msgspec.structs.replace(winner.record, topic_id="", offset=NO_STAMP, outbox=[]))
            states[child].append(Record(key.encode(), raw))
            opened[child] += winner.record.open
            gone.append(Record(key.encode(), None))
        for child in self._children:
            await self._send(self._inlet.changelog, child, [*self._common(fold), *states[child]])
            if self._inlet.seen:
                await self._send(self._inlet.seen, child, await self._seen(child, clock))
        for child, ids in opened.items():
            await self._tell(child, ids, fold.highest)
        await self._send(self._inlet.changelog, self._number, gone)
        return len(gone), sum(map(len, opened.values()))

    def _common(self, fold: Fold) -> list[Record]:
        """What belongs to no key: the length of the holes, and from where generations count."""
        found = [Record(BASE_KEY, write_base(fold.base))] if fold.base else []
        if fold.clock is not None:
            found.append(Record(CLOCK_KEY, holes.encode(msgspec.structs.replace(fold.clock, topic_id=""))))
        return found

    async def _seen(self, child: int, clock: int) -> list[Record]:
        found: list[Record] = []
        async for records in self._reader.read(self._inlet.seen, self._number, since=max(0, clock - SEEN_MS)):
            for record in records:
                if record.value is not None:
                    pairs = [(one, -1) for one, _ in seen.unpack(record.value, self._topic_id, self._number)]
                    found += [Record(None, seen.pack(self._topic_id, child, pairs))] if pairs else []
        return found

    async def _tell(self, child: int, ids: Sequence[str], generation: int) -> None:
        for start in range(0, len(ids), LISTED):
            listed = OpenAlerts(
                domain=self._inlet.domain,
                topic_id=self._topic_id,
                partition=self._number,
                offset=0,
                generation=generation,
                alerts=tuple(ids[start : start + LISTED]),
                topic=self._inlet.stage,
                to=child,
            )
            key = f"moved|{self._inlet.topic}|{self._number}".encode()
            await self._send(ALERTS, self._number, [Record(key, open_alerts.encode(listed), [(OPEN, b"")])])

    async def _send(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        for answer in await self._publisher.send_batch(topic, partition, records):
            if isinstance(answer, TooLarge):
                raise Permanent("record_too_large", topic=topic, size=answer.size, limit=answer.limit, keys="-")
