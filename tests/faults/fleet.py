"""Workers that are killed and frozen while events pour in, and the reckoning afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ioc.events.codec import encode
from ioc.streams import admin
from ioc.streams.patient import Patient
from ioc.streams.publish import Publisher, Record
from ioc.streams.topics import partition_of, table
from ioc.streams.turns import RESTART
from tests.faults.reckoning import Reckoner, Reckoning, Struck
from tests.streams.log_reading import read
from tests.streams.small_rules import reading

POINTS = ("fetch", "state", "transitions", "ack", "commit")
ROOT = Path(__file__).parents[2]
START = 1_750_000_000_000
"""Event time of the first event, epoch ms; the log clock is the broker's own."""


class Plan(NamedTuple):
    """`events` over `keys` sources and one that speaks once for every `once`-th event; `copies` is their share."""

    events: int
    keys: int
    rate: int
    partitions: int = 4
    workers: int = 3
    session: float = 3.0
    rounds: int = 1
    once: int = 50
    copies: float = 0.05
    seed: int = 7
    values: Sequence[int] = (10, 45, 60, 85, 95)
    """One of these is read: the more of them are alike, the fewer transitions."""


class Fleet:
    """`namespace` keeps the topics of this run apart on a broker that others use too.

    What is fixed below is for `tests.faults.worker` and one input; another fleet says its own.
    """

    module: ClassVar = "tests.faults.worker"
    points: ClassVar[Sequence[str]] = POINTS
    stops: ClassVar[Sequence[str]] = ("state", "fetch", "transitions")
    inputs: ClassVar[Sequence[str]] = ("ioc.environment",)
    fields: ClassVar[Sequence[tuple[str, str]]] = ()

    patience: ClassVar = 120.0
    """Seconds for all that was sent to be judged, in the end."""

    def __init__(self, bootstrap: str, plan: Plan, place: Path, namespace: str) -> None:
        self.bootstrap = bootstrap
        self.plan = plan
        self.place = place
        self.namespace = namespace
        self.kills = self.freezes = self.restarts = 0
        self.began = 0.0
        self.start_ms = START
        self.reckoner = Reckoner(bootstrap, namespace, plan.partitions, place)
        self.spoiled: set[tuple[int, int]] = set()
        """(partition, offset) of records that are no events."""
        self._workers: list[subprocess.Popen[bytes]] = []
        self._random = random.Random(plan.seed)
        self._order = list(range(plan.workers))
        self._topics = [
            dataclasses.replace(row, name=namespace + row.name) for row in table(plan.partitions, fields=self.fields)
        ]

    # --- workers

    def _start(self) -> subprocess.Popen[bytes]:
        with (self.place / "workers.log").open("ab") as log:
            return subprocess.Popen(
                [
                    *(sys.executable, "-m", self.module, self.bootstrap),
                    *(str(self.plan.partitions), str(self.plan.session), str(self.place)),
                ],
                env={**os.environ, "IOC_KAFKA_NAMESPACE": self.namespace},
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def _is_ready(self, worker: subprocess.Popen[bytes]) -> bool:
        assert worker.poll() is None, f"a worker ended by itself; see {self.place}/workers.log"
        return (self.place / f"{worker.pid}-ready").exists()

    @contextlib.asynccontextmanager
    async def supervised(self) -> AsyncIterator[None]:
        """While inside, a worker that asks for a restart is started again, as `ioc up` does."""

        async def watch() -> None:
            while True:
                for nth, worker in enumerate(self._workers):
                    if worker.poll() == RESTART:
                        self.restarts += 1
                        self._workers[nth] = self._start()
                await asyncio.sleep(0.1)

        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()

    async def all_ready(self, seconds: float = 60.0) -> None:
        """Return when every worker has been given partitions, or none, by the group."""
        async with asyncio.timeout(seconds):
            while not all((self.place / f"{one.pid}-ready").exists() for one in self._workers):  # noqa: ASYNC110 - files
                await asyncio.sleep(0.05)

    async def slay(self) -> int:
        """Kill the worker that was struck longest ago, wherever it is now; its number. Nobody is put in its place."""
        nth = await self._next()
        self._workers[nth].kill()
        await asyncio.to_thread(self._workers[nth].wait)
        self.kills += 1
        return nth

    async def _next(self) -> int:
        """Number of a worker that has partitions; the one struck longest ago first."""
        async with asyncio.timeout(90):
            while True:
                for nth in self._order:
                    if self._workers[nth].poll() == RESTART:  # as the supervisor does
                        self._workers[nth] = self._start()
                    if self._is_ready(self._workers[nth]):
                        self._order.remove(nth)
                        self._order.append(nth)
                        return nth
                await asyncio.sleep(0.05)

    async def _strike(self, point: str, kind: str) -> None:
        """Have a worker strike itself at the point, and put another in its place (or wake it) afterwards."""
        nth = await self._next()
        worker = self._workers[nth]
        order = self.place / f"{worker.pid}-{point}"
        order.write_text(kind)
        async with asyncio.timeout(60):
            while order.exists():
                if worker.poll() == RESTART and order.exists():
                    await self._strike(point, kind)
                    return
                ended = worker.poll() is not None and order.exists()
                assert not ended, f"a worker ended by itself; see {self.place}/workers.log"
                await asyncio.sleep(0.02)
        if kind == "kill":
            self.kills += 1
            await asyncio.to_thread(worker.wait)
            self._workers[nth] = self._start()
            return
        self.freezes += 1
        await asyncio.sleep(self.plan.session * 2.5)
        worker.send_signal(signal.SIGCONT)
        await asyncio.sleep(self.plan.session)
        if worker.poll() is not None:  # it saw that it was late, and asks for a restart
            self._workers[nth] = self._start()

    # --- events

    async def _pour(self, publisher: Patient, done: asyncio.Event) -> None:
        """Send all events at the rate, and then more of them until everything else is done."""
        sent, began, at = 0, time.monotonic(), self.start_ms
        recent: list[tuple[int, bytes, bytes]] = []
        topic = f"{self.namespace}ioc.environment"
        while sent < self.plan.events or not done.is_set():
            parts: defaultdict[int, list[Record]] = defaultdict(list)
            for _ in range(max(1, self.plan.rate // 20)):
                sent += 1
                at += 1
                if recent and self._random.random() < self.plan.copies:
                    part, key, raw = self._random.choice(recent)
                else:
                    source = (
                        f"once-{sent}" if sent % self.plan.once == 0 else f"k{self._random.randrange(self.plan.keys)}"
                    )
                    key = source.encode()
                    raw = encode(reading(source, at, self._random.choice(self.plan.values), nth=sent))
                    part = partition_of(key, self.plan.partitions)
                    recent = [*recent[-200:], (part, key, raw)]
                parts[part].append(Record(key, raw))
            await asyncio.gather(*(publisher.send_batch(topic, part, records) for part, records in parts.items()))
            ahead = began + sent / self.plan.rate - time.monotonic()
            await asyncio.sleep(max(0.0, ahead))

    async def course(self) -> None:
        """What happens while events pour in: a worker dies at every point, and one is frozen."""
        for round_ in range(self.plan.rounds):
            for point in self.points:
                await self._strike(point, "kill")
            await self._strike(self.stops[round_ % len(self.stops)], "stop")

    async def run(self) -> Reckoning:
        """Pour and strike, pour out, reckon."""
        await self.endure()
        return await self.reckoner.reckon(Struck(self.kills, self.freezes, self.began), self.spoiled)

    async def endure(self) -> None:
        """Pour, run the course, pour out."""
        self.began = time.monotonic()
        await asyncio.to_thread(admin.ensure, self.bootstrap, self._topics)
        self._workers = [self._start() for _ in range(self.plan.workers)]
        done = asyncio.Event()
        try:
            await self._next()
            async with Publisher(self.bootstrap, self.plan.partitions) as publisher:
                pouring = asyncio.create_task(self._pour(Patient(publisher), done))
                try:
                    await self.course()
                    done.set()
                    await pouring
                finally:
                    pouring.cancel()
            for topic in self.inputs:
                await self._drained(f"{self.namespace}{topic}")
            await self.aftermath()
        finally:
            self.stop()

    async def aftermath(self) -> None:
        """What is looked at when all is judged and the workers still run."""

    def stop(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.send_signal(signal.SIGCONT)
            worker.terminate()
        for worker in self._workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.wait(20)
            worker.kill()
            worker.wait()

    @contextlib.asynccontextmanager
    async def positions(self) -> AsyncIterator[AIOKafkaConsumer]:
        """A consumer that may be asked what the group has committed and where partitions end."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, group_id=f"{self.namespace}ioc-evaluate", enable_auto_commit=False
        )
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()

    async def reached(self, ends: dict[TopicPartition, int], seconds: float) -> float:
        """Seconds until the group has committed so far everywhere; raises TimeoutError."""
        began, left = time.monotonic(), dict(ends)
        async with asyncio.timeout(seconds):
            while left:
                # A broker that has just come back knows of no broker: aiokafka (0.14) asserts that there is one.
                with contextlib.suppress(AssertionError, KafkaError):
                    async with self.positions() as consumer:
                        for spot, end in list(left.items()):
                            while (await consumer.committed(spot) or 0) < end:  # noqa: ASYNC110 - asked, it answers
                                await asyncio.sleep(0.1)
                            del left[spot]
                await asyncio.sleep(0.1 if left else 0)
        return time.monotonic() - began

    def spots(self) -> list[TopicPartition]:
        return [TopicPartition(f"{self.namespace}{self.inputs[0]}", part) for part in range(self.plan.partitions)]

    async def ends(self) -> dict[TopicPartition, int]:
        """Where the partitions end now; on Tansu a lower bound."""
        while True:
            with contextlib.suppress(AssertionError, KafkaError):
                async with self.positions() as consumer:
                    found: dict[TopicPartition, int] = await consumer.end_offsets(self.spots())
                    return found
            await asyncio.sleep(0.1)

    async def _drained(self, topic: str) -> None:
        """Wait until every partition is committed to where it ended when the last event was sent."""
        ends = {
            TopicPartition(topic, part): (await read(self.bootstrap, topic, part))[-1].offset + 1
            for part in range(self.plan.partitions)
        }
        try:
            async with self.supervised():
                await self.reached(ends, self.patience)
        except TimeoutError:
            raise AssertionError(f"{topic} was not judged to its end; see {self.place}/workers.log") from None


@contextlib.contextmanager
def namespace(bootstrap: str, partitions: int, fields: Sequence[tuple[str, str]] = ()) -> Iterator[str]:
    """A namespace of one run; its topics are gone afterwards."""
    name = f"f{os.getpid()}-{os.urandom(3).hex()}."
    try:
        yield name
    finally:
        admin.delete(bootstrap, [name + row.name for row in table(partitions, fields=fields)])
