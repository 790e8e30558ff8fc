"""Role broker: the Kafka-compatible broker in a wheel, with its topics and, if asked, its journal."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from ioc import supervise
from ioc.embedded.broker import Broker
from ioc.embedded.journal import Journal
from ioc.runtime.role import Role, stopped
from ioc.streams import admin
from ioc.streams.app import group
from ioc.streams.mirror import Mirror
from ioc.streams.publish import Publisher
from ioc.streams.topics import table

log = logging.getLogger(__name__)


def main(role: Role) -> int:
    """Run until SIGTERM; with a journal, what it kept is written back before anybody is told that it is ready."""
    kafka = role.settings.kafka
    data = role.settings.data
    port = int(kafka.bootstrap.rpartition(":")[2])
    with contextlib.ExitStack() as held:
        journal: Journal | None = None
        if role.options.journal:
            journal = held.enter_context(contextlib.closing(Journal(data / "journal.sqlite")))
        held.enter_context(Broker(port, data / "logs" / "tansu.log"))
        feeds = [feed.name for feed in role.catalogue().feeds]
        admin.ensure(kafka.bootstrap, table(kafka.partitions, feeds), kafka.replication)
        asyncio.run(_keep(role, journal))
    return 0


async def _keep(role: Role, journal: Journal | None) -> None:
    stop = stopped()
    kafka = role.settings.kafka
    if journal is None:
        supervise.tell_ready()
        await stop.wait()
        return
    async with Publisher(kafka.bootstrap, kafka.partitions, client="ioc-journal") as publisher:
        mirror = Mirror(
            kafka.bootstrap, journal, publisher, role.clock, partitions=kafka.partitions, group=group("evaluate")
        )
        restored = await mirror.restore()
        log.info("written back: %d states, %d alert records", restored.states, restored.alerts)
        supervise.tell_ready()
        await mirror.run(stop)
