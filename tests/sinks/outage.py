"""An outage of history under load: the real server is killed, comes back, and nothing is missing (R9).

Broker, role record as a process, InfluxDB of the run's own. Events come at a steady rate through all of it. Afterwards
every second of every source must hold what was sent in it, once.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from ioc.embedded.broker import Broker
from ioc.events import event_id
from ioc.sinks.influxdb import InfluxHistory
from ioc.streams import admin
from ioc.streams.publish import Publisher, Record
from ioc.streams.topics import partition_of, table
from tests.sinks.history_events import FrozenClock, event, just_now
from tests.sinks.own_influxdb import OwnInfluxDB, own_influxdb
from tests.sinks.test_recorder_process import PARTITIONS, TOPIC, committed, recorder, resident_mb

SOURCES = 200
WAITING_MB, MEMORY_MB = 200, 768
"""The second is what docker-compose.yml gives to role record."""


@dataclass(frozen=True)
class Plan:
    """Seconds before, of and after the outage, and events a second."""

    before: float
    outage: float
    after: float
    rate: int = 2_000

    @property
    def seconds(self) -> int:
        return round(self.before + self.outage + self.after)


@dataclass(frozen=True)
class Result:
    """What came of it.

    `gaps` are seconds that hold another number than was sent; `caught_up` seconds from the server's return until the
    recorder was within two seconds of the log's end, at `drain_rate` events a second; `waiting_mb` what the recorder held
    in memory at the end of the outage, `memory_mb` the most ever; `said` how often its log told of an outage and its end.
    """

    sent: int
    kept: int
    gaps: int
    caught_up: float
    drain_rate: float
    waiting_mb: float
    memory_mb: float
    said: int

    @property
    def good(self) -> bool:
        """Nothing missing, 200 MB while it waits (R10), a container's limit ever."""
        return (
            self.kept == self.sent
            and not self.gaps
            and self.waiting_mb <= WAITING_MB
            and self.memory_mb <= MEMORY_MB
            and self.said == 1
        )

    def told(self) -> str:
        """In one line."""
        return " ".join(
            f"{name}={value:.1f}" if isinstance(value, float) else f"{name}={value}"
            for name, value in asdict(self).items()
        )


def batch(second: int, plan: Plan, start: datetime) -> dict[int, list[Record]]:
    """One second of events by partition."""
    parts: dict[int, list[Record]] = {}
    for nth in range(plan.rate):
        n = second * plan.rate + nth
        source = f"s{n % SOURCES}"
        at = start + timedelta(seconds=second, milliseconds=nth * 1000 // plan.rate)
        made = msgspec.json.encode(event(at=at, source=source, value=float(n % 100), id=event_id(source, n)))
        parts.setdefault(partition_of(source.encode(), PARTITIONS), []).append(Record(source.encode(), made))
    return parts


class Sender:
    """Sends all events, a batch a second; `records` are what stands in the log so far, ticks included."""

    def __init__(self, log: Publisher, plan: Plan, start: datetime) -> None:
        self.records = 0
        self._log, self._plan, self._start = log, plan, start

    async def run(self) -> None:
        began = time.monotonic()
        for second in range(self._plan.seconds):
            parts = await asyncio.to_thread(batch, second, self._plan, self._start)
            for partition, made in parts.items():
                await self._log.send_batch(TOPIC, partition, made)
            self.records += self._plan.rate + len(await self._log.publish_ticks("environment"))
            await asyncio.sleep(max(0.0, began + second + 1 - time.monotonic()))


async def run(plan: Plan, place: Path) -> Result:
    """The whole of it."""
    start = just_now() - timedelta(seconds=plan.seconds)
    with Broker() as broker, own_influxdb(place / "influxdb") as influx:
        await asyncio.to_thread(admin.ensure, broker.address, table(PARTITIONS))
        where = ("influx", influx.url, influx.config.org, influx.config.bucket)
        async with Publisher(broker.address, PARTITIONS) as log:
            with recorder(
                log, place / "role", *where, token=influx.config.token.get_secret_value(), timeout=20.0
            ) as role:
                sender = Sender(log, plan, start)
                sending = asyncio.create_task(sender.run())
                await asyncio.sleep(plan.before)
                influx.kill()
                await asyncio.sleep(plan.outage)
                stood = await committed(log)
                waiting = resident_mb(role.pid, "VmRSS")
                await asyncio.to_thread(influx.start)
                began = time.monotonic()
                async with asyncio.timeout(plan.seconds + 120):
                    while (done := await committed(log)) < sender.records - 2 * plan.rate:
                        assert role.poll() is None, (place / "role" / "log").read_text(encoding="utf-8")[-3000:]
                        await asyncio.sleep(0.2)
                    caught_up = time.monotonic() - began
                    await sending
                    while await committed(log) < sender.records:  # noqa: ASYNC110 - another process writes
                        await asyncio.sleep(0.2)
                memory = resident_mb(role.pid)
        kept, gaps = await _kept(influx, plan, start)
        said = (place / "role" / "log").read_text(encoding="utf-8").count("It works again")
    return Result(plan.seconds * plan.rate, kept, gaps, caught_up, (done - stood) / caught_up, waiting, memory, said)


async def _kept(influx: OwnInfluxDB, plan: Plan, start: datetime) -> tuple[int, int]:
    """Events that are kept, and the seconds whose number is wrong."""
    history = InfluxHistory(influx.config, FrozenClock(start))
    answer: Any = await history._call(
        "/query",
        post_params={
            "db": "ioc",
            "q": f'SELECT COUNT("value") FROM "environment" WHERE time >= {int(start.timestamp())}s GROUP BY time(1s)',  # noqa: S608 - a number
            "epoch": "s",
        },
    )
    await history.close()
    seconds = [count for _, count in answer["results"][0]["series"][0]["values"]][: plan.seconds]
    gaps = sum(count != plan.rate for count in seconds) + plan.seconds - len(seconds)
    return sum(seconds), gaps
