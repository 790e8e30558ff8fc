"""One worker as a process, on both brokers: what it commits, how it ends, and when it refuses to begin."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from ioc.alerts import alert
from ioc.events.codec import encode
from ioc.streams import changelog
from ioc.streams.changelog import StateRecord
from ioc.streams.headers import OPEN, value_of
from ioc.streams.publish import Publisher, Record
from tests.faults.fleet import ROOT, namespace
from tests.streams.log_reading import read
from tests.streams.small_rules import reading

pytestmark = pytest.mark.slow
START = 1_750_000_000_000


class One:
    """A worker on one partition."""

    def __init__(self, bootstrap: str, name: str, place: Path) -> None:
        self.bootstrap = bootstrap
        self.name = name
        self.place = place
        self.topic = f"{name}ioc.environment"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        with (self.place / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.worker", self.bootstrap, "1", "6", str(self.place)],
                env={**os.environ, "IOC_KAFKA_NAMESPACE": self.name},
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        return self.process

    async def ready(self) -> None:
        assert self.process
        async with asyncio.timeout(60):
            while not (self.place / f"{self.process.pid}-ready").exists():
                assert self.process.poll() is None, (self.place / "log").read_text()
                await asyncio.sleep(0.05)

    async def stop(self) -> float:
        """Seconds it took to end."""
        assert self.process
        began = time.monotonic()
        self.process.terminate()
        assert await asyncio.to_thread(self.process.wait, 20) == 0
        return time.monotonic() - began

    async def committed(self, at_least: int) -> int:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, group_id=f"{self.name}ioc-evaluate", enable_auto_commit=False
        )
        await consumer.start()
        try:
            async with asyncio.timeout(60):
                while True:
                    found: int = await consumer.committed(TopicPartition(self.topic, 0)) or 0
                    if found >= at_least:
                        return found
                    await asyncio.sleep(0.2)
        finally:
            await consumer.stop()

    async def rebase(self) -> str:
        """In a process of its own: the namespace is a process's own."""
        program = "import asyncio, sys; from ioc.streams.rebase import rebase; print(asyncio.run(rebase(sys.argv[1])))"
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", program, self.bootstrap],
            env={**os.environ, "IOC_KAFKA_NAMESPACE": self.name},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout or done.stderr

    async def transitions(self) -> list[str]:
        rows = await read(self.bootstrap, f"{self.name}ioc.alerts", 0)
        told = [alert.decode(row.value) for row in rows if value_of(row.headers, OPEN) is None]
        return [f"{one.rule} {one.source} {one.change}" for one in told]


@pytest.fixture
def one(broker: str, tmp_path: Path) -> Iterator[One]:
    with namespace(broker, 1) as name:
        made = One(broker, name, tmp_path)
        yield made
        if made.process and made.process.poll() is None:
            made.process.kill()
            made.process.wait()


async def test_it_commits_from_a_first_chunk_of_one_record_on_and_ends_politely(one: One) -> None:
    one.start()
    await one.ready()
    # The first records of the log are its own ticks, one in a chunk: where Faust's own arithmetic stops for ever.
    await one.committed(3)
    async with Publisher(one.bootstrap, 1) as publisher:
        rows = [Record(b"a", encode(reading("a", START + n, value, nth=n))) for n, value in enumerate((60, 95, 10))]
        offsets = await publisher.send_batch(one.topic, 0, rows)
    assert isinstance(offsets[-1], int)
    await one.committed(offsets[-1] + 1)
    expected = ["high a fired", "high a raised", "high a cleared"]
    assert [told for told in await one.transitions() if " a " in told] == expected

    assert await one.stop() < 4.0

    end = await one.committed(0)
    one.start()
    await one.ready()
    await one.committed(end + 2)
    await one.stop()
    assert [told for told in await one.transitions() if " a " in told] == expected


async def test_a_changelog_ahead_of_the_group_ends_it_with_the_command_that_mends_it(one: One) -> None:
    one.start()
    await one.ready()
    await one.committed(2)
    await one.stop()
    future = StateRecord(999, "cd" * 16, 0, 5, 0, False, "", "v", b"", [], [], [])
    async with Publisher(one.bootstrap, 1) as publisher:
        await publisher.send_batch(f"{one.topic}.changelog", 0, [Record(b"a", changelog.encode(future))])

    worker = one.start()
    assert await asyncio.to_thread(worker.wait, 60) == 1
    log = (one.place / "log").read_text()
    assert "ioc state rebase" in log
    assert "Traceback" not in log

    assert await one.rebase() == "1\n"
    assert await one.rebase() == "0\n"
    before = await one.committed(0)
    one.start()
    await one.ready()
    await one.committed(before + 2)
    await one.stop()
