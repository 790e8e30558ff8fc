"""One role as a process: topics made sure of, app built, run until SIGTERM.

The rooms above bring what a role needs (rules, history, the judgement of raw records); this module knows the log.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faust
import uvloop

from ioc import metrics
from ioc.alerts.stage import fields_of, passed_on
from ioc.catalogue import Feed
from ioc.errors import Retryable
from ioc.events import DOMAINS, Domain
from ioc.streams import admin
from ioc.streams.admin import Cluster
from ioc.streams.app import App, Part, Shape, create_app
from ioc.streams.apply import Ordered, first, ledger, newest_whole
from ioc.streams.brokers import Bootstrap
from ioc.streams.editions import Books, Editions
from ioc.streams.evaluate import Evaluate
from ioc.streams.fetched import Handler
from ioc.streams.inlet import Inlet, inlet_of
from ioc.streams.patient import Patient
from ioc.streams.publish import Publisher
from ioc.streams.reading import KafkaReader
from ioc.streams.rulebook import Rulebook
from ioc.streams.tenure import Tenure
from ioc.streams.tick import Ticker
from ioc.streams.topics import ALERTS, PARTITIONS, feed_topic, input_topic, table
from ioc.streams.turns import RESTART, leave
from ioc.streams.watchdog import Watchdog
from ioc.words import say

if TYPE_CHECKING:
    from ioc.streams.intake import Judge

log = logging.getLogger(__name__)
END_SECONDS = 20.0
"""Between two questions to the broker where partitions end, for roles that write no ticks."""


def nothing() -> None:
    """Say nothing."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """What every role needs. `data` is a directory for Faust's own (empty) files; `feeds` are all of the catalogue.

    `ready` is called once, when the group has given this worker its partitions.
    """

    bootstrap: Bootstrap
    data: Path
    partitions: int = PARTITIONS
    replication: int = 1
    feeds: Sequence[str] = ()
    metrics_port: int = 0
    metrics_host: str = "127.0.0.1"
    session: float = 10.0
    poll_records: int = 8_000
    ready: Callable[[], None] = nothing


def evaluate(config: Config, rules: Mapping[Domain, Rulebook] | Ordered) -> int:
    """Role evaluate until SIGTERM, by the rules that the log orders, or by these for ever; the exit code."""
    return run(evaluate_app(config, rules), config)


def evaluate_app(config: Config, rules: Mapping[Domain, Rulebook] | Ordered) -> App:
    """The app of role evaluate; waits for Kafka, raises Permanent where topics are not as they must be."""
    topics_there(config)
    editions: Editions | None = None
    books: Mapping[Domain, Rulebook | Editions]
    if isinstance(rules, Ordered):
        wanted = asyncio.run(first_order(config, rules))
        editions = Editions(config.bootstrap, KafkaReader(config.bootstrap), told=rules.told)
        books = dict.fromkeys(DOMAINS, editions)
    else:
        wanted = {(domain, field) for domain, book in rules.items() for field in book.fields}
        books = rules
    inlets = _inlets(config, list(books), wanted)
    cluster = topics_there(config, [(inlet.domain, inlet.field) for inlet in inlets if inlet.field])
    if editions is not None:
        editions.admit = _only(inlets)
    publisher = Publisher(config.bootstrap, config.partitions, client="ioc-evaluate")
    tenure, watchdog = Tenure(), Watchdog()
    made: list[App] = []

    async def committed(topic: str, partition: int) -> int | None:
        return await made[0].committed(topic, partition)

    async def begin_anew(topic: str, partition: int) -> None:
        await made[0].begin_anew(topic, partition)

    rooms = [
        Evaluate(
            inlet.domain,
            _judging(books[inlet.domain], inlet),
            sender=Patient(publisher),
            reader=KafkaReader(config.bootstrap),
            tenure=tenure,
            committed=committed,
            topic_id=cluster.topics[inlet.topic].id,
            partitions=config.partitions,
            by=inlet.field,
            loading=watchdog.loading,
            begin_anew=begin_anew,
        )
        for inlet in inlets
    ]

    def ticked(inlet: Inlet, partition: int, end: int) -> None:
        watchdog.beat()
        watchdog.end((inlet.topic, partition), end)

    def assigned() -> None:
        for room in rooms:
            room.release({number for topic, number in tenure.spots if topic == room.topic})

    ticker = Ticker(inlets, publisher, ticked, editions)
    part = Part(
        agents={(room.topic,): room.handle for room in rooms},
        tenure=tenure,
        watchdog=watchdog,
        # A partition is loaded with the rules that its ticks name: there is one before any agent begins.
        open=[publisher.start, *([editions.open, ticker.tick] if editions else [])],
        close=[publisher.stop],
        loops=[ticker.run, beat(watchdog), *([editions.run] if editions else [])],
        assigned=assigned,
        ready=config.ready,
    )
    made.append(create_app(shape("evaluate", config), part))
    return made[0]


async def first_order(config: Config, rules: Ordered) -> set[tuple[Domain, str]]:
    """Make sure that rules are ordered; by which fields they judge. Raises Permanent where no set is whole any more."""
    reader = KafkaReader(config.bootstrap)
    async with Publisher(config.bootstrap, config.partitions, client="ioc-rules") as publisher:
        order = await first(reader, Patient(publisher), rules)
    return passed_on(newest_whole(await ledger(reader), order).rules)


def _inlets(config: Config, domains: Sequence[Domain], wanted: Iterable[tuple[Domain, str]]) -> list[Inlet]:
    """What to read: domains, the fields that rules judge by now, and those that they once did, whose alerts must end."""
    there = {inlet for topic in admin.names(config.bootstrap) if (inlet := inlet_of(topic)) and inlet.domain in domains}
    return [*(Inlet(domain) for domain in domains), *sorted(there | {Inlet(*one) for one in wanted})]


def _judging(rules: Rulebook | Editions, inlet: Inlet) -> Rulebook | Editions:
    return rules if isinstance(rules, Editions) or not inlet.field else rules.by(inlet.field)


def _only(inlets: Sequence[Inlet]) -> Callable[[Books], None]:
    """Lets rules in that this process can judge; for others it begins anew, and reads their topics too."""

    def admit(books: Books) -> None:
        missing = [
            Inlet(domain, field).name
            for domain in DOMAINS
            for field in fields_of(books.content.rules, domain)
            if Inlet(domain, field) not in inlets
        ]
        if missing:
            log.warning("new rules are judged by %s: beginning anew to read it", ", ".join(missing))
            leave(RESTART)

    return admit


def topics_there(config: Config, fields: Sequence[tuple[str, str]] = ()) -> Cluster:
    """Create what is missing, waiting as long as Kafka does not answer; raises Permanent."""
    topics = table(config.partitions, config.feeds, fields)
    silent = False
    while True:
        try:
            return admin.ensure(config.bootstrap, topics, config.replication)
        except Retryable as error:
            if not silent:
                log.warning("%s", say(error.key, "en", **error.values))
            silent = True
            time.sleep(error.retry_after)


def record(
    config: Config,
    handler: Callable[[Publisher], Handler],
    patient: Callable[[], bool],
    close: Callable[[], Awaitable[None]],
) -> int:
    """Role record until SIGTERM; the exit code.

    `handler` is given the door for rejects. While `patient` says so, no progress is no fault (history does not
    answer). `close` is called at the end.
    """
    topics_there(config)
    publisher = Publisher(config.bootstrap, config.partitions, client="ioc-record")
    agents = {(*(input_topic(domain) for domain in DOMAINS), ALERTS): handler(publisher)}
    return run(_reader_app("record", config, agents, publisher, patient=patient, close=[close]), config)


def mark(config: Config, handler: Handler, patient: Callable[[], bool]) -> int:
    """Role grafana until SIGTERM: alerts to `handler`; the exit code. `patient` as in `record`."""
    topics_there(config)
    publisher = Publisher(config.bootstrap, config.partitions, client="ioc-grafana")
    return run(_reader_app("grafana", config, {(ALERTS,): handler}, publisher, patient=patient), config)


def intake(config: Config, judge: Judge, feeds: Mapping[str, Feed]) -> int:
    """Role intake until SIGTERM: raw records of `feed.<name>` of these feeds; the exit code."""
    from ioc.streams.intake import Intake  # noqa: PLC0415 - maps and formats, which no other role should load

    cluster = topics_there(config)
    publisher = Publisher(config.bootstrap, config.partitions, client="ioc-intake")
    names = tuple(feed_topic(name) for name in sorted(feeds))
    watchdog, ids = Watchdog(), {name: cluster.topics[name].id for name in names}
    handler = Intake(judge, feeds, ids, Patient(publisher), watchdog.moving)
    # An agent for each: a feed whose chunks pile up keeps no other waiting.
    agents: dict[tuple[str, ...], Handler] = {(name,): handler for name in names}
    return run(_reader_app("intake", config, agents, publisher, watchdog=watchdog), config)


def _reader_app(
    role: str,
    config: Config,
    agents: Mapping[tuple[str, ...], Handler],
    publisher: Publisher,
    *,
    patient: Callable[[], bool] = lambda: False,
    close: Sequence[Callable[[], Awaitable[None]]] = (),
    watchdog: Watchdog | None = None,
) -> App:
    watchdog, tenure = watchdog or Watchdog(patient=patient), Tenure()
    part = Part(
        agents=agents,
        tenure=tenure,
        watchdog=watchdog,
        open=[publisher.start],
        close=[publisher.stop, *close],
        loops=[beat(watchdog), ends(watchdog, tenure, KafkaReader(config.bootstrap))],
        ready=config.ready,
    )
    return create_app(shape(role, config), part)


def shape(role: str, config: Config) -> Shape:
    """How that role reads."""
    return Shape(
        role=role,
        bootstrap=config.bootstrap,
        data=config.data,
        session=config.session,
        heartbeat=config.session * 0.3,
        poll_records=config.poll_records,
    )


def beat(watchdog: Watchdog) -> Callable[[], Awaitable[None]]:
    """A loop that says that the event loop runs."""

    async def loop() -> None:
        while True:
            watchdog.beat()
            await asyncio.sleep(1.0)

    return loop


def ends(watchdog: Watchdog, tenure: Tenure, reader: KafkaReader) -> Callable[[], Awaitable[None]]:
    """A loop that asks, apart from the consumer, where the partitions end."""

    async def loop() -> None:
        while True:
            await asyncio.sleep(END_SECONDS)
            for spot, offset in (await reader.ends(tenure.spots)).items():
                watchdog.end(spot, offset)

    return loop


def run(app: App, config: Config) -> int:
    """Run the app until SIGTERM or SIGINT; 0, or 70 after a crash of Faust itself (said in the log)."""
    metrics.serve(config.metrics_port, config.metrics_host)
    # States live long and are many; the collector must not walk them for every chunk's garbage.
    gc.collect()
    gc.freeze()
    gc.set_threshold(500_000, 50, 50)
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    worker: Any = faust.Worker(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None  # it draws on a terminal that is a log file
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        return RESTART if ended.code else 0
    return 0
