"""The Faust app of one role: topics as raw bytes, one agent for each group of topics, the batch transport.

Made in a factory, never at import: an app binds itself to an event loop. Nothing of Faust is used that the design
walks around: no tables, no concurrency within an agent, no web, no transactions (docs/decisions).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faust

from ioc.streams import transport
from ioc.streams.brokers import Bootstrap, addresses
from ioc.streams.fetched import Handler
from ioc.streams.publish import BATCH_BYTES
from ioc.streams.tenure import Tenure
from ioc.streams.topics import NAMESPACE
from ioc.streams.turns import Leave, Turns, leave
from ioc.streams.watchdog import Watchdog

DRAIN_SECONDS = 2.5
"""For what is under way at a stop; `ioc up` kills after four seconds."""
COMMIT_SECONDS = 1.0
Hook = Callable[[], Awaitable[None]]


def group(role: str) -> str:
    """Consumer group of a role."""
    return f"{NAMESPACE}ioc-{role}"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a role reads. Seconds; `fetch_bytes` is the largest chunk, `poll_records` the most batches in one.

    A worker killed outright is missed for `session` seconds before its partitions go to another. `buffer` counts
    chunks that wait in memory, over all partitions, as bytes. A larger chunk writes fewer states: a source that comes
    twice in one is written once.
    """

    role: str
    bootstrap: Bootstrap
    data: Path
    poll_records: int = 8_000
    buffer: int = 8
    session: float = 10.0
    heartbeat: float = 3.0
    fetch_bytes: int = 3_145_728


@dataclass(kw_only=True)
class Part:
    """What runs in the app: agents by their topics, and what is opened before and closed after them.

    `loops` run beside the agents until the stop. `ready` is called when partitions were first assigned.
    """

    agents: Mapping[tuple[str, ...], Handler]
    tenure: Tenure
    watchdog: Watchdog
    open: Sequence[Hook] = ()
    close: Sequence[Hook] = ()
    loops: Sequence[Callable[[], Awaitable[None]]] = ()
    assigned: Callable[[], None] = lambda: None
    ready: Callable[[], None] = lambda: None
    leave: Leave = field(default=leave)


class App(faust.App):
    """Faust's app with the batch transport's topics, and with our services around its own."""

    batch_topics: frozenset[str]
    part: Part
    turns: Sequence[Turns]

    async def on_start(self) -> None:
        """Open what agents need, then what Faust needs."""
        for hook in self.part.open:
            await hook()
        self.part.watchdog.start()
        await super().on_start()

    async def on_stop(self) -> None:
        """Take no more, finish what is under way, then let Faust commit and leave."""
        await super().on_stop()
        await asyncio.gather(*(turn.drain(DRAIN_SECONDS) for turn in self.turns))

    async def on_shutdown(self) -> None:
        """Everything is committed; close what was opened."""
        self.part.watchdog.stop()
        await super().on_shutdown()
        for hook in self.part.close:
            await hook()

    async def committed(self, topic: str, partition: int) -> int | None:
        """The group's committed offset, asked of the broker."""
        consumer: Any = self.consumer
        found: int | None = await consumer.committed(faust.types.TP(topic, partition))
        return found

    async def begin_anew(self, topic: str, partition: int) -> None:
        """Take the group's committed offset back: the topic was made anew."""
        consumer: Any = self.consumer
        await consumer.begin_anew(faust.types.TP(topic, partition))


def create_app(shape: Shape, part: Part) -> App:
    """The app of one role; started with `faust.Worker` (`ioc.streams.run`)."""
    transport.register()
    app = App(
        group(shape.role),
        broker=[f"{transport.SCHEME}://{one}" for one in addresses(shape.bootstrap)],
        broker_credentials=_credentials(shape.bootstrap),
        store="memory://",
        datadir=str(shape.data),
        key_serializer="raw",
        value_serializer="raw",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=shape.fetch_bytes,
        broker_max_poll_records=shape.poll_records,
        broker_session_timeout=shape.session,
        broker_heartbeat_interval=shape.heartbeat,
        broker_request_timeout=30.0,
        broker_commit_interval=COMMIT_SECONDS,
        broker_commit_every=1_000_000_000,  # by time alone: it counts chunks
        stream_buffer_maxsize=shape.buffer,
        stream_wait_empty=False,
        producer_max_batch_size=BATCH_BYTES,
        producer_linger=0.0,
        producer_request_timeout=30.0,
        table_standby_replicas=0,
        worker_redirect_stdouts=False,
    )
    app.part = part
    app.batch_topics = frozenset(topic for topics in part.agents for topic in topics)
    app.turns = [_agent(app, topics, handler) for topics, handler in part.agents.items()]
    for loop in part.loops:
        app.task(loop)
    _on_assignment(app)
    return app


def _credentials(at: Bootstrap) -> faust.SSLCredentials | faust.SASLCredentials | None:
    """What Faust's driver hands to its clients: the same name, password and TLS as everywhere else."""
    if isinstance(at, str) or at.context is None:
        return None
    if at.login is None:
        return faust.SSLCredentials(context=at.context)
    login = at.login
    return faust.SASLCredentials(
        username=login.username, password=login.password, mechanism=login.mechanism, ssl_context=at.context
    )


def _agent(app: App, topics: Sequence[str], handler: Handler) -> Turns:
    turns = Turns(handler, app.part.watchdog.progress, app.part.leave)
    channel = app.topic(*topics, key_serializer="raw", value_serializer="raw")

    async def body(stream: Any) -> None:
        await turns.run(stream)

    app.agent(channel, name=topics[0], concurrency=1)(body)
    return turns


def _on_assignment(app: App) -> None:
    part = app.part
    first = True

    async def assigned(_app: Any, assigned: set[Any], **_: Any) -> None:
        nonlocal first
        spots = {(tp.topic, tp.partition) for tp in assigned}
        part.tenure.assigned(app.consumer_generation_id, spots)
        part.watchdog.own(spots)
        part.assigned()
        if first:
            first = False
            part.ready()

    connect: Any = app.on_partitions_assigned.connect
    connect(assigned)
