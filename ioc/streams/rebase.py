"""`ioc state rebase`: let generations count on from where the changelogs are, after Kafka has lost the consumer group.

A group that was deleted, or that expired after a long stop, begins again at generation 1, below what the changelogs
hold; workers refuse to start, because to them this looks like their own past written by somebody newer. Each partition
gets a record that says from which number the group's generations count.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ioc.errors import Permanent
from ioc.events import DOMAINS, Domain
from ioc.streams import admin
from ioc.streams.app import group
from ioc.streams.brokers import Bootstrap
from ioc.streams.changelog import BASE_KEY, Fold, write_base
from ioc.streams.inlet import ALL, Inlet, inlet_of
from ioc.streams.publish import Publisher, Record
from ioc.streams.reading import KafkaReader

LEAVE_SECONDS = 15
"""Longer than a worker's session."""


async def rebase(bootstrap: Bootstrap, domains: Sequence[Domain] = (*DOMAINS, ALL)) -> int:
    """Number of partitions that were written to; raises Permanent while workers run, Retryable without Kafka.

    Done twice it changes nothing: a partition whose generations already count from its highest is left alone.
    """
    for role in ("evaluate", "correlate"):
        await empty(bootstrap, group(role))
    there = await asyncio.to_thread(admin.names, bootstrap)
    more = sorted(inlet for topic in there if (inlet := inlet_of(topic)) and inlet.domain in domains)
    inlets = [*(Inlet(domain) for domain in domains), *more]
    names = [name for inlet in inlets for name in (inlet.topic, inlet.changelog)]
    cluster = await asyncio.to_thread(admin.describe, bootstrap, names)
    reader, written = KafkaReader(bootstrap), 0
    async with Publisher(bootstrap) as publisher:
        for inlet in inlets:
            topic = inlet.changelog
            if topic not in cluster.topics:
                continue
            for partition in range(cluster.topics[topic].partitions):
                fold = Fold(cluster.topics[inlet.topic].id, partition)
                async for records in reader.read(topic, partition):
                    for record in records:
                        fold.add(record.key, record.value, record.timestamp)
                if fold.highest > fold.base:
                    await publisher.send_batch(topic, partition, [Record(BASE_KEY, write_base(fold.highest))])
                    written += 1
    return written


async def empty(bootstrap: Bootstrap, name: str) -> None:
    """Return when the group has no members; one that ended without leaving is counted until its session is over."""
    for _ in range(LEAVE_SECONDS):
        if not await asyncio.to_thread(admin.members, bootstrap, name):
            return
        await asyncio.sleep(1.0)
    raise Permanent("group_running", group=name)
