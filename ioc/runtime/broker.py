"""Role broker: the Kafka-compatible broker in a wheel, with its topics and, if asked, its journal."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import threading
from collections.abc import Iterable

from ioc import supervise
from ioc.alerts.stage import fields_of
from ioc.embedded.broker import Broker
from ioc.embedded.journal import Journal
from ioc.errors import IocError
from ioc.events import DOMAINS
from ioc.runtime.role import Role, stopped
from ioc.settings import brokers, load_rules
from ioc.streams import admin
from ioc.streams.app import group
from ioc.streams.inlet import Inlet
from ioc.streams.mirror import Mirror, kept
from ioc.streams.publish import Publisher
from ioc.streams.topics import table
from ioc.streams.turns import FOR_GOOD, leave
from ioc.words import say

log = logging.getLogger(__name__)


def main(role: Role) -> int:
    """Run until SIGTERM; with a journal, what it kept is written back before anybody is told that it is ready.

    When the broker's program ends by itself its log is gone: this process ends too, at once, and its supervisor starts
    everything anew. The journal is as whole as after any crash.
    """
    kafka = role.settings.kafka
    data = role.settings.data
    port = int(kafka.bootstrap.rpartition(":")[2])
    with contextlib.ExitStack() as held:
        journal: Journal | None = None
        if role.options.journal:
            journal = held.enter_context(contextlib.closing(Journal(data / "journal.sqlite")))
        broker = held.enter_context(Broker(port, data / "logs" / "tansu.log"))
        asked = threading.Event()
        held.callback(asked.set)
        threading.Thread(target=_watch, args=(role, broker, asked), daemon=True, name="broker-ended").start()
        feeds = [feed.name for feed in role.catalogue().feeds]
        more = _judged_by(role) | (kept(journal) if journal else set())
        topics = table(kafka.partitions, feeds, [(inlet.domain, inlet.field) for inlet in more])
        admin.ensure(brokers(kafka), topics, kafka.replication)
        asyncio.run(_keep(role, journal, more))
    return 0


def _watch(role: Role, broker: Broker, asked: threading.Event) -> None:
    code = broker.wait()
    if not asked.is_set():
        status = supervise.shown(code)
        sys.stderr.write(say("error.broker_ended", role.settings.language, status=status) + "\n")
        leave(FOR_GOOD)


def _judged_by(role: Role) -> set[Inlet]:
    """Other keys that the rules are judged by; what is wrong with a rule is for role evaluate to say."""
    try:
        rules = load_rules(role.settings.paths.rules, role.settings.paths.holidays)
    except IocError:
        return set()
    return {Inlet(domain, field) for domain in DOMAINS for field in fields_of(rules, domain)}


async def _keep(role: Role, journal: Journal | None, more: Iterable[Inlet]) -> None:
    stop = stopped()
    kafka = role.settings.kafka
    if journal is None:
        supervise.tell_ready()
        await stop.wait()
        return
    async with Publisher(brokers(kafka), kafka.partitions, client="ioc-journal") as publisher:
        mirror = Mirror(
            brokers(kafka),
            journal,
            publisher,
            role.clock,
            partitions=kafka.partitions,
            group=group("evaluate"),
            more=more,
        )
        restored = await mirror.restore()
        log.info("written back: %d states, %d alert records", restored.states, restored.alerts)
        supervise.tell_ready()
        await mirror.run(stop)
