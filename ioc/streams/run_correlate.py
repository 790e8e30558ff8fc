"""Role correlate as a process: one partition, so one worker judges and any others stand by to take over."""

from __future__ import annotations

import asyncio

from ioc.streams.app import App, Part, create_app
from ioc.streams.apply import Ordered
from ioc.streams.correlate import Correlate
from ioc.streams.editions import Editions
from ioc.streams.inlet import ALL, Inlet
from ioc.streams.patient import Patient
from ioc.streams.publish import Publisher
from ioc.streams.reading import KafkaReader
from ioc.streams.run import Config, beat, first_order, run, shape, topics_there
from ioc.streams.signal_rules import SignalRules, rulebook
from ioc.streams.tenure import Tenure
from ioc.streams.tick import Ticker
from ioc.streams.topics import SIGNALS
from ioc.streams.watchdog import Watchdog


def correlate(config: Config, rules: SignalRules | Ordered) -> int:
    """Role correlate until SIGTERM, by the rules that the log orders, or by these for ever; the exit code."""
    return run(correlate_app(config, rules), config)


def correlate_app(config: Config, rules: SignalRules | Ordered) -> App:
    """The app of role correlate; waits for Kafka, raises Permanent where topics are not as they must be."""
    cluster = topics_there(config)
    editions: Editions | None = None
    book: SignalRules | Editions
    if isinstance(rules, Ordered):
        asyncio.run(first_order(config, rules))
        book = editions = Editions(config.bootstrap, KafkaReader(config.bootstrap), make=rulebook, domains=[ALL])
    else:
        book = rules
    publisher = Publisher(config.bootstrap, 1, client="ioc-correlate")
    tenure, watchdog = Tenure(), Watchdog()
    made: list[App] = []

    async def committed(topic: str, partition: int) -> int | None:
        return await made[0].committed(topic, partition)

    async def begin_anew(topic: str, partition: int) -> None:
        await made[0].begin_anew(topic, partition)

    room = Correlate(
        book,
        sender=Patient(publisher),
        reader=KafkaReader(config.bootstrap),
        tenure=tenure,
        committed=committed,
        topic_id=cluster.topics[SIGNALS].id,
        loading=watchdog.loading,
        begin_anew=begin_anew,
    )

    def ticked(inlet: Inlet, partition: int, end: int) -> None:
        watchdog.beat()
        watchdog.end((inlet.topic, partition), end)

    def assigned() -> None:
        room.release({number for topic, number in tenure.spots if topic == room.topic})

    ticker = Ticker([room.inlet], publisher, ticked, editions)
    part = Part(
        agents={(room.topic,): room.handle},
        tenure=tenure,
        watchdog=watchdog,
        open=[publisher.start, *([editions.open, ticker.tick] if editions else [])],
        close=[publisher.stop],
        loops=[ticker.run, beat(watchdog), *([editions.run] if editions else [])],
        assigned=assigned,
        ready=config.ready,
    )
    made.append(create_app(shape("correlate", config), part))
    return made[0]
