"""Role correlate killed at each point between fetch and commit, by a real broker: the alerts are those of the log."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from ioc.alerts import alert
from ioc.alerts.alert import Position
from ioc.streams import admin
from ioc.streams.changelog import Fold
from ioc.streams.crossing import Crossing
from ioc.streams.headers import OPEN, value_of
from ioc.streams.publish import Publisher, Record
from ioc.streams.signals import record
from tests.alerts.crossing import signal
from tests.faults.fleet import POINTS, ROOT, namespace
from tests.streams.across import crossing
from tests.streams.log_reading import read

PARTITIONS, SESSION = 1, 2.0
pytestmark = pytest.mark.slow


class Killed:
    """One worker after the other, each killed at a point."""

    def __init__(self, bootstrap: str, name: str, place: Path) -> None:
        self._bootstrap = bootstrap
        self._place = place
        self._env = {**os.environ, "IOC_KAFKA_NAMESPACE": name}
        self._worker: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        module = ("-m", "tests.faults.correlate_worker")
        given = (self._bootstrap, str(PARTITIONS), str(SESSION), str(self._place))
        with (self._place / "workers.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, *module, *given], env=self._env, cwd=ROOT, stdout=log, stderr=log
            )
        self._worker = worker
        return worker

    async def until(self, path: Path, *, there: bool, worker: subprocess.Popen[bytes]) -> None:
        def reached() -> bool:
            return path.exists() == there

        async with asyncio.timeout(90):
            while not reached():
                assert worker.poll() is None or reached(), f"it ended by itself: {self._place}/workers.log"
                await asyncio.sleep(0.02)

    async def strike(self, point: str) -> None:
        """A new worker, that kills itself at the point."""
        worker = self.start()
        await self.until(self._place / f"{worker.pid}-ready", there=True, worker=worker)
        order = self._place / f"{worker.pid}-{point}"
        order.write_text("kill")
        await self.until(order, there=False, worker=worker)
        await asyncio.to_thread(worker.wait)

    def stop(self) -> None:
        if self._worker is not None and self._worker.poll() is None:
            self._worker.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._worker.wait(20)
            self._worker.kill()


def batches(random_: random.Random) -> list[Record]:
    """Records for ever: satellites and cameras along a road, some of them told twice."""
    found: list[Record] = []
    for nth in range(20):
        side = random_.choice(("fire", "cam"))
        rule, severity = ("hot", random_.choice(("moderate", "severe"))) if side == "fire" else ("smoke", "severe")
        km = random_.uniform(0, 60)
        name = f"{side}{random_.getrandbits(40)}"
        here = Position("ab" * 16, 0, batches.offset)  # type: ignore[attr-defined]  # counts on over all calls
        batches.offset += 1  # type: ignore[attr-defined]  # as above
        made = record(signal(name, nth / 40, km=km, rule=rule, severity=severity, input=here))
        found += [made, made] if random_.random() < 0.1 else [made]
    return found


@contextlib.asynccontextmanager
async def pouring(publisher: Publisher, topic: str, count: int) -> AsyncIterator[asyncio.Event]:
    """Send until told that it is enough, `count` batches at least."""
    random_, enough = random.Random(3), asyncio.Event()
    batches.offset = 0  # type: ignore[attr-defined]  # as above

    async def pour() -> None:
        sent = 0
        while sent < count or not enough.is_set():
            sent += 1
            await publisher.send_batch(topic, 0, batches(random_))
            await asyncio.sleep(0.4)

    task = asyncio.create_task(pour())
    try:
        yield enough
        enough.set()
        await task
    finally:
        task.cancel()


async def drained(bootstrap: str, name: str, end: int) -> None:
    """Wait until the group has committed so far."""
    spot = TopicPartition(f"{name}ioc.signals", 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=f"{name}ioc-correlate", enable_auto_commit=False)
    await consumer.start()
    try:
        async with asyncio.timeout(90):
            while (await consumer.committed(spot) or 0) < end:  # noqa: ASYNC110 - the broker tells when asked
                await asyncio.sleep(0.2)
    finally:
        await consumer.stop()


def judged(topic_id: str, rows: Sequence[Any]) -> dict[tuple[str, int], bytes]:
    """What one judgement of the whole log says that nothing disturbs."""
    calm, at, found = Crossing(crossing(), topic_id), 0, {}
    calm.restore(Fold(topic_id, 0), 0)
    while at < len(rows):
        outcome = calm.judge(rows, at)
        at = outcome.stop
        for _, raw in outcome.transitions:
            one = alert.decode(raw)
            found[one.alert_id, one.revision] = raw
    return found


async def test_a_worker_killed_at_every_point_tells_what_an_undisturbed_one_would(broker: str, tmp_path: Path) -> None:
    with namespace(broker, PARTITIONS) as name:
        topic = f"{name}ioc.signals"
        killed = Killed(broker, name, tmp_path)
        try:
            worker = killed.start()  # makes the topics
            await killed.until(tmp_path / f"{worker.pid}-ready", there=True, worker=worker)
            killed.stop()
            async with Publisher(broker, PARTITIONS) as publisher, pouring(publisher, topic, 30):
                for point in POINTS:
                    await killed.strike(point)
            killed.start()
            ticked = len(await read(broker, topic, 0))
            await drained(broker, name, ticked)
        finally:
            killed.stop()
        rows = await read(broker, topic, 0)
        told = [row.value for row in await read(broker, f"{name}ioc.alerts", 0) if value_of(row.headers, OPEN) is None]
        topic_id = admin.describe(broker, [topic]).topics[topic].id

    assert rows[-1].offset + 1 == len(rows)
    found: dict[tuple[str, int], set[bytes]] = {}
    for raw in told:
        one = alert.decode(raw)
        found.setdefault((one.alert_id, one.revision), set()).add(raw)
    wanted = {key: {raw} for key, raw in judged(topic_id, rows).items()}
    assert not found.keys() - wanted.keys(), [
        alert.decode(v).input for k in found.keys() - wanted.keys() for v in found[k]
    ]
    assert found == wanted
    assert len(wanted) > 100
    assert len(told) > len(wanted), "what a crash may have kept back is told again"
