"""The role as a process: Faust, the batch transport, a broker, a real history; its outages and its sudden ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiokafka import AIOKafkaConsumer, TopicPartition

from ioc.embedded.broker import Broker
from ioc.ports import History
from ioc.sinks.influx_door import InfluxConfig
from ioc.sinks.influxdb import InfluxHistory
from ioc.sinks.sqlite import SqliteConfig, SqliteHistory
from ioc.streams import admin
from ioc.streams.publish import Publisher, Record
from ioc.streams.topics import input_topic, partition_of, table
from tests.sinks.history_events import FrozenClock, event, just_now
from tests.sinks.troubled_server import Trouble, says, troubled

PARTITIONS = 2
TOPIC = input_topic("environment")
PROGRAM = """
import asyncio, os, sys
from datetime import UTC, datetime
from pathlib import Path
from pydantic import SecretStr
from ioc.sinks.influx_door import InfluxConfig
from ioc.sinks.influxdb import InfluxHistory
from ioc.sinks.sqlite import SqliteConfig, SqliteHistory
from ioc.streams import run
from ioc.streams.record import Recorder
bootstrap, folder, kind, where, org, bucket = sys.argv[1:]
class Clock:
    def now(self): return datetime.now(UTC)
made = []
def handler(publisher):
    async def handle(fetched):
        if not made:
            if kind == "sqlite":
                history = SqliteHistory(SqliteConfig(path=Path(where), retention_days=3650), Clock())
            else:
                token = SecretStr(os.environ["TOKEN"])
                history = InfluxHistory(InfluxConfig(url=where, org=org, bucket=bucket, token=token, timeout_s=float(os.environ["TIMEOUT"])), Clock())
            made.append(Recorder(history, publisher))
        return await made[0](fetched)
    return handle
async def close(): pass
config = run.Config(bootstrap=bootstrap, data=Path(folder), partitions=2, session=6.0, poll_records=500)
sys.exit(run.record(config, handler, lambda: bool(made) and made[0].waiting is not None, close))
"""


@pytest.fixture
async def log() -> AsyncIterator[Publisher]:
    """A broker of this test's own, with its topics, and the door into it."""
    with Broker() as broker:
        await asyncio.to_thread(admin.ensure, broker.address, table(PARTITIONS))
        async with Publisher(broker.address, PARTITIONS) as publisher:
            yield publisher


@contextmanager
def recorder(
    log: Publisher, folder: Path, *history: str, token: str = "", timeout: float = 1.0
) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", PROGRAM, str(log.bootstrap), str(folder), *history]
    with (folder / "log").open("ab") as out:
        process = subprocess.Popen(
            command,
            env={**os.environ, "TOKEN": token, "TIMEOUT": str(timeout)},
            stdout=out,
            stderr=out,
            cwd=Path(__file__).parents[2],
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


async def publish(log: Publisher, first: int, last: int, at: datetime) -> None:
    parts: dict[int, list[Record]] = {}
    for n in range(first, last):
        one = event(at=at - timedelta(seconds=n), source=f"s{n % 20}", n=n)
        key = one.source.encode()
        parts.setdefault(partition_of(key, PARTITIONS), []).append(Record(key, msgspec.json.encode(one)))
    for partition, records in parts.items():
        await log.send_batch(TOPIC, partition, records)
    await log.publish_ticks("environment")


async def committed(log: Publisher) -> int:
    """Records of the topic, ticks included, that the group has committed."""
    consumer = AIOKafkaConsumer(bootstrap_servers=log.bootstrap, group_id="ioc-record", enable_auto_commit=False)
    await consumer.start()
    found = [await consumer.committed(TopicPartition(TOPIC, number)) for number in range(PARTITIONS)]
    await consumer.stop()
    return sum(one or 0 for one in found)


async def kept(history: History, at: datetime) -> int:
    counted = await history.counts(
        "environment", since=at - timedelta(days=30), until=at + timedelta(days=1), by="feed"
    )
    return counted.get("tn-air", 0)


def resident_mb(pid: int, what: str = "VmHWM") -> float:
    """The most that a process ever held in memory; `VmRSS` what it holds now."""
    (line,) = (one for one in Path(f"/proc/{pid}/status").read_text("ascii").splitlines() if one.startswith(f"{what}:"))
    return int(line.split()[1]) / 1024


async def until(done: int, log: Publisher, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until so many records are committed; the role must be alive all the while."""
    async with asyncio.timeout(60):
        while await committed(log) < done:
            assert process.poll() is None, (folder / "log").read_text()
            await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_killed_again_and_again_it_keeps_every_event_once(log: Publisher, tmp_path: Path) -> None:
    path, at, total = tmp_path / "history.sqlite", datetime(2026, 11, 21, tzinfo=UTC), 6_000
    history = SqliteHistory(SqliteConfig(path=path, retention_days=3650), FrozenClock(at))
    for n in range(3):
        await publish(log, n * total // 3, (n + 1) * total // 3, at)
        with recorder(log, tmp_path / "role", "sqlite", str(path), "", ""):
            before = await kept(history, at)
            async with asyncio.timeout(60):
                while await kept(history, at) == before:  # noqa: ASYNC110 - another process writes: nobody can tell us
                    await asyncio.sleep(0.02)

    with recorder(log, tmp_path / "role", "sqlite", str(path), "", "") as process:
        await until(total + 3 * PARTITIONS, log, process, tmp_path / "role")

    assert await kept(history, at) == total
    await history.close()


async def slow(_: web.Request, __: bytes) -> None:
    """Five seconds for every request: longer than is waited for."""
    await asyncio.sleep(5.0)


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.parametrize(
    "trouble",
    [says(503, Retry_After="1"), says(429, Retry_After="1"), says(401), slow],
    ids=["503", "429 with Retry-After", "401", "5 s a request"],
)
async def test_an_outage_of_influxdb_only_makes_it_wait(
    log: Publisher, tmp_path: Path, influx_config: InfluxConfig, influx: InfluxHistory, trouble: Trouble
) -> None:
    """R10."""
    at = just_now()
    await publish(log, 0, 500, at)
    async with troubled(influx_config.url) as server:
        token = influx_config.token.get_secret_value()
        where = ("influx", server.url, influx_config.org, influx_config.bucket)
        with recorder(log, tmp_path / "role", *where, token=token) as process:
            await until(500 + PARTITIONS, log, process, tmp_path / "role")
            assert await kept(influx, at) == 500

            server.trouble = trouble
            await publish(log, 500, 3000, at)
            await server.requests(len(server.seen) + 3)
            assert process.poll() is None
            assert await kept(influx, at) == 500
            assert await committed(log) < 3000

            server.trouble = None
            await until(3000 + 2 * PARTITIONS, log, process, tmp_path / "role")
            assert await kept(influx, at) == 3000
            assert resident_mb(process.pid) <= 200
            said = (tmp_path / "role" / "log").read_text()
            assert said.count("History ") == 1
            assert "It works again" in said
