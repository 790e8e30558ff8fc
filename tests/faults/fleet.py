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
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from ioc.alerts import alert
from ioc.alerts.alert import alert_id
from ioc.alerts.rule import RANK
from ioc.alerts.state import State, from_bytes
from ioc.events.codec import decode, encode
from ioc.streams import admin
from ioc.streams.changelog import Fold
from ioc.streams.headers import OPEN, value_of
from ioc.streams.partition import Partition
from ioc.streams.publish import Publisher, Record
from ioc.streams.topics import partition_of, table
from ioc.streams.turns import RESTART
from tests.faults.oracle import SEVERE, Key, Oracle, Told
from tests.streams.log_reading import read
from tests.streams.small_rules import reading, rulebook

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


class Reckoning(NamedTuple):
    """What came of it; `wrong` counts keys whose state is not what the oracle or a fresh judgement says."""

    events: int
    keys: int
    wanted: int
    lost: int
    spurious: int
    wrong: int
    keys_inexact: int
    repeated: int
    kills: int
    freezes: int
    seconds: float

    @property
    def clean(self) -> bool:
        return not (self.lost or self.spurious or self.wrong or self.keys_inexact)


class Fleet:
    """`namespace` keeps the topics of this run apart on a broker that others use too.

    What is fixed below is for `tests.faults.worker` and one input; another fleet says its own.
    """

    module: ClassVar = "tests.faults.worker"
    points: ClassVar[Sequence[str]] = POINTS
    stops: ClassVar[Sequence[str]] = ("state", "fetch", "transitions")
    inputs: ClassVar[Sequence[str]] = ("ioc.environment",)
    fields: ClassVar[Sequence[tuple[str, str]]] = ()

    def __init__(self, bootstrap: str, plan: Plan, place: Path, namespace: str) -> None:
        self.bootstrap = bootstrap
        self.plan = plan
        self.place = place
        self.namespace = namespace
        self.kills = self.freezes = 0
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

    async def _pour(self, publisher: Publisher, done: asyncio.Event) -> None:
        """Send all events at the rate, and then more of them until everything else is done."""
        sent, began, at = 0, time.monotonic(), START
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
                    raw = encode(reading(source, at, self._random.choice((10, 45, 60, 85, 95)), nth=sent))
                    part = partition_of(key, self.plan.partitions)
                    recent = [*recent[-200:], (part, key, raw)]
                parts[part].append(Record(key, raw))
            await asyncio.gather(*(publisher.send_batch(topic, part, records) for part, records in parts.items()))
            ahead = began + sent / self.plan.rate - time.monotonic()
            await asyncio.sleep(max(0.0, ahead))

    async def run(self) -> Reckoning:
        """Pour, strike at every point, freeze, pour out, reckon."""
        began = time.monotonic()
        await self.endure()
        return await self._reckon(began)

    async def endure(self) -> None:
        """Pour, strike at every point, freeze, pour out."""
        await asyncio.to_thread(admin.ensure, self.bootstrap, self._topics)
        self._workers = [self._start() for _ in range(self.plan.workers)]
        done = asyncio.Event()
        try:
            await self._next()
            async with Publisher(self.bootstrap, self.plan.partitions) as publisher:
                pouring = asyncio.create_task(self._pour(publisher, done))
                for round_ in range(self.plan.rounds):
                    for point in self.points:
                        await self._strike(point, "kill")
                    await self._strike(self.stops[round_ % len(self.stops)], "stop")
                done.set()
                await pouring
            for topic in self.inputs:
                await self._drained(f"{self.namespace}{topic}")
        finally:
            for worker in self._workers:
                worker.send_signal(signal.SIGCONT)
                worker.terminate()
            for worker in self._workers:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    worker.wait(20)
                worker.kill()

    async def _drained(self, topic: str) -> None:
        """Wait until every partition is committed to where it ended when the last event was sent."""
        from aiokafka import AIOKafkaConsumer, TopicPartition

        ends = [len(await read(self.bootstrap, topic, part)) for part in range(self.plan.partitions)]
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, group_id=f"{self.namespace}ioc-evaluate", enable_auto_commit=False
        )
        await consumer.start()
        try:
            async with asyncio.timeout(120):
                for part, end in enumerate(ends):
                    spot = TopicPartition(topic, part)
                    while (await consumer.committed(spot) or 0) < end:  # noqa: ASYNC110 - the broker tells when asked
                        await asyncio.sleep(0.2)
        finally:
            await consumer.stop()

    # --- reckoning

    async def _reckon(self, began: float) -> Reckoning:
        oracle, inexact = Oracle(), 0
        states: dict[str, State] = {}
        found: Counter[Told] = Counter()
        names: dict[str, str] = {}
        spots: dict[str, tuple[int, int]] = {}
        inputs: defaultdict[Told, list[Any]] = defaultdict(list)
        topic = f"{self.namespace}ioc.environment"
        topic_id = (await asyncio.to_thread(admin.describe, self.bootstrap, [topic])).topics[topic].id
        for part in range(self.plan.partitions):
            rows = await read(self.bootstrap, topic, part)
            events = [decode(row.value) for row in rows if row.value is not None]
            oracle.feed((e.id, e.source, int(e.observed_at.timestamp() * 1000), e.value) for e in events)
            names |= {alert_id("high", e.source, e.id): e.id for e in events}
            for row, event in zip((row for row in rows if row.value is not None), events, strict=True):
                spots.setdefault(event.id, (part, row.offset))
            topic_id = (
                admin.describe(self.bootstrap, [f"{self.namespace}ioc.environment"])
                .topics[f"{self.namespace}ioc.environment"]
                .id
            )
            fold = Fold(topic_id, part)
            for row in await read(self.bootstrap, f"{topic}.changelog", part):
                fold.add(row.key, row.value, row.timestamp)
            inexact += self._inexact(fold, rows, topic_id, part)
            states |= {key: from_bytes(winner.record.state) for key, winner in fold.winners.items()}
            for row in await read(self.bootstrap, f"{self.namespace}ioc.alerts", part):
                if value_of(row.headers, OPEN) is None:
                    one = alert.decode(row.value)
                    if one.rule == "high":
                        told = Told(one.source, names.get(one.alert_id, one.alert_id), one.revision, one.change)
                        found[told] += 1
                        inputs[told].append((row.offset, one.input))
        wanted = set(oracle.told)
        self._tell("lost", wanted - set(found), spots, inputs)
        self._tell("spurious", set(found) - wanted, spots, inputs)
        wrong = sum(not same(states.get(source), key) for source, key in oracle.keys.items())
        return Reckoning(
            events=len(oracle.seen),
            keys=len(oracle.keys),
            wanted=len(wanted),
            lost=len(wanted - set(found)),
            spurious=len(set(found) - wanted),
            wrong=wrong,
            keys_inexact=inexact,
            repeated=sum(found.values()) - len(found),
            kills=self.kills,
            freezes=self.freezes,
            seconds=time.monotonic() - began,
        )

    def _tell(
        self, what: str, ones: set[Told], spots: dict[str, tuple[int, int]], inputs: dict[Told, list[Any]]
    ) -> None:
        """Each difference, with where its episode began in the input and where it was written."""
        with (self.place / "differences.txt").open("a", encoding="utf-8") as file:
            for one in sorted(ones):
                file.write(f"{what} {one} began at {spots.get(one.opened_by)} written {inputs.get(one)}\n")

    def _inexact(self, fold: Fold, rows: Sequence[Any], topic_id: str, part: int) -> int:
        """Keys whose bytes differ from those of one judgement of the whole log up to their stamp, never disturbed."""
        partition = Partition("environment", rulebook(), topic_id, part, self.plan.partitions)
        partition.restore(Fold(topic_id, part), 0)
        stamps: defaultdict[int, list[str]] = defaultdict(list)
        for key, winner in fold.winners.items():
            stamps[winner.rank[1]].append(key)
        rules, wrong, at = rulebook(), 0, 0
        for stamp in sorted(stamps):
            while at <= stamp:
                at = at + partition.judge(rows[at : stamp + 1]).stop
            for key in stamps[stamp]:
                wrong += rules.to_bytes(partition.cells[key].state) != fold.winners[key].record.state
        return wrong


def same(state: State | None, key: Key) -> bool:
    """Whether a state says of the rule `high` what the oracle says."""
    if state is None or state.watermark != key.last:
        return False
    memory = state.memories.get("high")
    if memory is None or memory.alert is None:
        return key.level == 0
    standing = key.level != 0 and memory.alert.revision == key.revision
    return standing and (memory.level == RANK["severe"]) == (key.level == SEVERE)


@contextlib.contextmanager
def namespace(bootstrap: str, partitions: int, fields: Sequence[tuple[str, str]] = ()) -> Iterator[str]:
    """A namespace of one run; its topics are gone afterwards."""
    name = f"f{os.getpid()}-{os.urandom(3).hex()}."
    try:
        yield name
    finally:
        admin.delete(bootstrap, [name + row.name for row in table(partitions, fields=fields)])
