"""R19: retention takes records before they were judged: counted, said, and judged on from there; never silent.

On a real Kafka, whose DeleteRecords does at once what retention does in days.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka.structs import TopicPartition as AdminSpot

from ioc.alerts import alert
from ioc.alerts.alert import alert_id
from ioc.embedded.broker import free_port
from ioc.events.codec import decode, encode
from ioc.streams import admin
from ioc.streams.headers import OPEN, value_of
from ioc.streams.publish import Publisher, Record
from ioc.streams.topics import table
from tests.faults.fleet import ROOT, START, namespace
from tests.faults.oracle import Oracle, Told
from tests.faults.trial import Ground, Verdict
from tests.streams.log_reading import read
from tests.streams.small_rules import reading

VALUES = (10, 60, 95, 85, 45, 10, 95, 10)


class Late:
    """One worker on one partition, and the log that it reads."""

    def __init__(self, ground: Ground, name: str) -> None:
        self.bootstrap, self.place, self.topic = ground.bootstrap, ground.place, f"{name}ioc.environment"
        self.judged: list[bytes | None] = []
        """Records that are there to be judged, in order."""
        self._name = name
        self._sent = 0
        self._port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        given = {"IOC_KAFKA_NAMESPACE": self._name, "IOC_FAULTS_METRICS": str(self._port)}
        with (self.place / "workers.log").open("ab") as log:
            command = [sys.executable, "-m", "tests.faults.worker", self.bootstrap, "1", "6", str(self.place)]
            process = subprocess.Popen(command, env={**os.environ, **given}, cwd=ROOT, stdout=log, stderr=log)
        self.process = process
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()

    async def send(self, number: int) -> list[int]:
        """Events of three sources; the offsets."""
        records = []
        for _ in range(number):
            self._sent += 1
            value = VALUES[self._sent // 3 % len(VALUES)]
            records.append(
                Record(None, encode(reading(f"k{self._sent % 3}", START + self._sent, value, nth=self._sent)))
            )
        async with Publisher(self.bootstrap, 1) as publisher:
            offsets = await publisher.send_batch(self.topic, 0, records)
        return [offset for offset in offsets if isinstance(offset, int)]

    async def committed(self, at_least: int) -> int:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, group_id=f"{self._name}ioc-evaluate", enable_auto_commit=False
        )
        await consumer.start()
        try:
            async with asyncio.timeout(120):
                while True:
                    found: int = await consumer.committed(TopicPartition(self.topic, 0)) or 0
                    if found >= at_least:
                        return found
                    if self.process is not None and self.process.poll() is not None:
                        raise AssertionError((self.place / "workers.log").read_text()[-3000:])
                    await asyncio.sleep(0.2)
        finally:
            await consumer.stop()

    async def take_away(self, before: int) -> None:
        """Everything below that offset is gone."""

        def delete() -> None:
            with admin._client(self.bootstrap) as client:
                client.delete_records({AdminSpot(self.topic, 0): before})

        await asyncio.to_thread(delete)

    async def counted(self) -> int:
        """What the worker's own metric says was lost."""
        async with httpx.AsyncClient() as client:
            page = (await client.get(f"http://127.0.0.1:{self._port}/metrics")).text
        lines = [line for line in page.splitlines() if line.startswith("ioc_events_lost_total{")]
        return int(sum(float(line.rpartition(" ")[2]) for line in lines))

    async def resumed(self, offsets: Sequence[int]) -> int:
        """Wait until what retention has left is judged; how many records the worker says it took before that."""
        await self.committed(offsets[-1] + 1)
        return await self.counted()


async def run(ground: Ground) -> Verdict:
    """Once while nobody was there, and once while the worker was frozen; ten times each in the long form."""
    gaps: list[tuple[int, int]] = []
    told: list[int] = []
    with namespace(ground.bootstrap, 1) as name:
        topics = [dataclasses.replace(row, name=name + row.name) for row in table(1)]
        await asyncio.to_thread(admin.ensure, ground.bootstrap, topics)
        late = Late(ground, name)
        for nth in range(20 if ground.long else 2):
            with late.running() as process:
                end = (await late.send(60))[-1] + 1
                await late.committed(end)
                process.send_signal(signal.SIGSTOP if nth % 2 else signal.SIGKILL)
                behind = await late.committed(end)
                if nth % 2:
                    await late.send(9)  # a fetch that waits at the broker is answered with these
                offsets = await late.send(90)
                rows = await read(late.bootstrap, late.topic)
                await late.take_away(offsets[50])
                if nth % 2:
                    process.send_signal(signal.SIGCONT)
                    gaps.append((offsets[50] - offsets[0], offsets[50] - behind))
                    told.append(await late.resumed(offsets))
            if nth % 2 == 0:
                with late.running():
                    gaps.append((offsets[50] - behind, offsets[50] - behind))
                    told.append(await late.resumed(offsets))
            late.judged += [row.value for row in rows if row.offset < offsets[50] - told[-1]]
            late.judged += [row.value for row in rows if row.offset >= offsets[50]]
        found = {
            Told(one.source, one.alert_id, one.revision, one.change)
            for row in await read(ground.bootstrap, f"{name}ioc.alerts")
            if value_of(row.headers, OPEN) is None
            for one in [alert.decode(row.value)]
            if one.rule == "high"
        }
    oracle = Oracle()
    events = [decode(raw) for raw in dict.fromkeys(late.judged) if raw is not None]
    oracle.feed((one.id, one.source, int(one.observed_at.timestamp() * 1000), one.value) for one in events)
    wanted = {one._replace(opened_by=alert_id("high", one.source, one.opened_by)) for one in oracle.told}
    said = (ground.place / "workers.log").read_text().count("retention took")
    figures = {
        "overruns": len(gaps),
        "taken_by_retention": sum(most for _, most in gaps),
        "counted": sum(told),
        "said": said,
        "wanted": len(wanted),
        "lost": len(wanted - found),
        "spurious": len(found - wanted),
    }
    counted = all(least <= one <= most for one, (least, most) in zip(told, gaps, strict=True))
    return Verdict(counted and said == len(gaps) and found == wanted and bool(wanted), figures)
