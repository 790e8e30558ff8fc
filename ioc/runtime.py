"""Roles put together from settings: the one place that knows every room, and the one real clock."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import SecretStr

from ioc import metrics, supervise
from ioc.alerts.engine import Engine
from ioc.catalogue import Catalogue, Feed
from ioc.embedded.broker import Broker
from ioc.errors import IocError, Permanent
from ioc.events import DOMAINS, Domain
from ioc.gateway.serve import serve as serve_gateway
from ioc.intake import Judged, judge
from ioc.settings import (
    ConfigMistakes,
    Settings,
    load,
    load_boundaries,
    load_catalogue,
    load_rules,
    read_secret,
)
from ioc.sinks.influxdb import InfluxConfig, InfluxHistory
from ioc.sinks.sqlite import SqliteConfig, SqliteHistory
from ioc.streams import admin
from ioc.streams import run as streams
from ioc.streams.fetched import Fetched, Finish, Handler
from ioc.streams.publish import Publisher
from ioc.streams.record import Recorder
from ioc.streams.rulebook import EngineRules, Rulebook
from ioc.streams.topics import table
from ioc.words import Lang, say

log = logging.getLogger(__name__)


class RealClock:
    """The time of day as this machine has it."""

    def now(self) -> datetime:
        """Aware UTC time."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one real clock


@dataclass(frozen=True)
class Options:
    """What only one role asks: the broker's journal, the simulated province's scenario and speed."""

    journal: bool = False
    scenario: str = ""
    speed: float = 1.0


@dataclass(frozen=True)
class Role:
    """Settings and what was loaded with them."""

    settings: Settings
    options: Options
    clock: RealClock

    def catalogue(self) -> Catalogue:
        """Feeds and known heat sources."""
        paths = self.settings.paths
        return load_catalogue(paths.feeds, paths.heat, demo=self.settings.demo)

    def streams(self, name: str, port: int) -> streams.Config:
        """What every role on the log needs."""
        kafka = self.settings.kafka
        return streams.Config(
            bootstrap=kafka.bootstrap,
            data=self.settings.data / "faust" / name,
            partitions=kafka.partitions,
            replication=kafka.replication,
            feeds=[feed.name for feed in self.catalogue().feeds],
            metrics_port=port,
            metrics_host=self.settings.metrics.host,
            ready=supervise.tell_ready,
        )

    def history(self) -> SqliteHistory | InfluxHistory:
        """The door to history; InfluxDB's must be made inside the running event loop."""
        wanted = self.settings.history
        if wanted.kind == "sqlite":
            return SqliteHistory(SqliteConfig(path=wanted.sqlite.path, retention_days=wanted.days), self.clock)
        influx = wanted.influxdb
        if influx.token_file is None:
            raise Permanent("history_token")
        config = InfluxConfig(
            url=influx.url,
            org=influx.org,
            bucket=influx.bucket,
            token=SecretStr(read_secret(influx.token_file).get_secret_value()),
            retention_days=wanted.days,
        )
        return InfluxHistory(config, self.clock)


def broker(role: Role) -> int:
    """The broker in a wheel beneath this process, with its topics; ends with SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    kafka = role.settings.kafka
    port = int(kafka.bootstrap.rpartition(":")[2])
    with Broker(port, role.settings.data / "logs" / "tansu.log"):
        feeds = [feed.name for feed in role.catalogue().feeds]
        admin.ensure(kafka.bootstrap, table(kafka.partitions, feeds), kafka.replication)
        supervise.tell_ready()
        ended.wait()
    return 0


def evaluate(role: Role) -> int:
    """Role evaluate: all domains in one process; more processes share the partitions."""
    rules = load_rules(role.settings.paths.rules)
    catalogue = role.catalogue()
    books: dict[Domain, Rulebook] = {domain: EngineRules(Engine(rules, catalogue, domain)) for domain in DOMAINS}
    return streams.evaluate(role.streams("evaluate", role.settings.metrics.evaluate), books)


def record(role: Role) -> int:
    """Role record: events into history; an outage of history only makes it wait."""
    keeper = _Keeper(role.history)
    config = role.streams("record", role.settings.metrics.record)
    return streams.record(config, keeper.handler, keeper.waits, keeper.close)


class _Keeper:
    """A recorder whose history is made by the first chunk, inside the loop that will use it."""

    def __init__(self, make: Callable[[], SqliteHistory | InfluxHistory]) -> None:
        self._make = make
        self._history: SqliteHistory | InfluxHistory | None = None
        self._recorder: Recorder | None = None

    def handler(self, publisher: Publisher) -> Handler:
        """The handler of the role."""

        async def handle(fetched: Fetched) -> Finish | None:
            if self._recorder is None:
                self._history = self._make()
                self._recorder = Recorder(self._history, publisher)
            return await self._recorder(fetched)

        return handle

    def waits(self) -> bool:
        """Whether history is in trouble: then no progress is no fault of the consumer."""
        return self._recorder is not None and self._recorder.waiting is not None

    async def close(self) -> None:
        """Let go of history."""
        if self._history is not None:
            await self._history.close()


def intake(role: Role) -> int:
    """Role intake: raw records of `feed.<name>` topics, judged as the gateway judges."""
    catalogue = role.catalogue()
    boundaries = load_boundaries(role.settings.paths.boundaries)

    def judged(raw: bytes, feed: Feed, received_at: datetime) -> Iterable[Judged]:
        return judge(raw, feed, catalogue, boundaries, received_at)

    return streams.intake(role.streams("intake", role.settings.metrics.intake), judged, catalogue.by_feed)


def gateway(role: Role) -> int:
    """The HTTP door and dropped files; shows the metrics of all processes beneath one supervisor."""
    settings = role.settings
    metrics.serve(settings.metrics.gateway, settings.metrics.host)
    return _forever(
        serve_gateway(
            settings.gateway,
            role.catalogue(),
            load_boundaries(settings.paths.boundaries),
            role.clock,
            bootstrap=settings.kafka.bootstrap,
            partitions=settings.kafka.partitions,
            ready=lambda _port: supervise.tell_ready(),
        )
    )


def _forever(work: Awaitable[None]) -> int:
    async def main() -> None:
        await work

    asyncio.run(main())
    return 0


ROLES: dict[str, Callable[[Role], int]] = {
    "broker": broker,
    "evaluate": evaluate,
    "record": record,
    "intake": intake,
    "gateway": gateway,
}


def run(name: str, options: Options) -> int:
    """Run one role with the settings that IOC_SETTINGS names; the exit code. Mistakes end as sentences in its log."""
    supervise.attach()
    lang: Lang = "en" if os.environ.get("IOC_LANG") == "en" else "vi"
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    for noisy in ("faust", "mode", "aiokafka", "kafka", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        settings = load()
        return ROLES[name](Role(settings, options, RealClock()))
    except ConfigMistakes as wrong:
        sys.stderr.write("".join(f"{sentence}\n" for sentence in wrong.sentences(lang)))
    except IocError as error:
        sys.stderr.write(say(error.key, lang, **error.values) + "\n")
    return 1
