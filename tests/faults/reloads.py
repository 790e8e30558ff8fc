"""Rules changed all the time while events pour in and workers are killed; the reckoning is in `reckoned.json`.

    IOC_KAFKA_NAMESPACE=... python -m tests.faults.reloads BOOTSTRAP PLACE PLAN

PLAN is a `Plan` as JSON. The namespace is a process's own, so this is one.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from ioc.alerts import alert
from ioc.alerts.edition import Edition
from ioc.alerts.edition import read as contents
from ioc.alerts.engine import Engine
from ioc.cli.rules_apply import Wish, once
from ioc.events.codec import encode
from ioc.settings import Settings
from ioc.settings.tree import Kafka
from ioc.streams import admin, apply
from ioc.streams.app import group
from ioc.streams.headers import OPEN, value_of
from ioc.streams.orders import Ledger
from ioc.streams.publish import Publisher, Record
from ioc.streams.reading import KafkaReader
from ioc.streams.topics import ALERTS, RULES, input_topic, partition_of
from ioc.streams.turns import RESTART
from tests.faults.fleet import ROOT, START, namespace
from tests.streams.log_reading import read
from tests.streams.rules_oracle import Oracle
from tests.streams.small_editions import TEXTS, feed_file
from tests.streams.small_rules import reading

TOPIC = input_topic("environment")
POURS = 5
"""Batches a second into each partition: what a gateway makes of a second's events, and not a batch for each."""
STEP_MS = 40
"""Event time between two events: holds of ten seconds and windows of a minute come and go."""


@dataclass(frozen=True)
class Plan:
    """`invalid`: every so many-th reload; `span`: seconds over which they are spread; `once`: every so many-th event is
    of a source that speaks once."""

    reloads: int
    invalid: int = 10
    span: float = 0.0
    rate: int = 400
    keys: int = 12
    once: int = 5
    partitions: int = 4
    workers: int = 2
    session: float = 2.0
    kills: int = 1
    seed: int = 3


@dataclass(frozen=True)
class Reckoning:
    """`missing` and `foreign` are transitions against the oracle; `versions` are those of rules in alerts. `restarts` counts
    workers that ended with 70 and were started again, as `ioc.supervise` does."""

    events: int
    orders: int
    refused: int
    switches: int
    wanted: int
    missing: int
    foreign: int
    ended: int
    versions: int
    kills: int
    restarts: int
    seconds: float


class Reloads:
    """One run on one broker."""

    def __init__(self, bootstrap: str, place: Path, plan: Plan) -> None:
        self.bootstrap = bootstrap
        self.place = place
        self.plan = plan
        self.kills = self.restarts = 0
        self._random = random.Random(plan.seed)
        self._choice = random.Random(plan.seed + 1)
        self._workers: list[subprocess.Popen[bytes]] = []
        kafka = Kafka(bootstrap=bootstrap, partitions=plan.partitions)
        given = {"data": place, "demo": False, "kafka": kafka}
        self._settings = Settings.model_validate(given)

    # --- rules

    def _write(self, text: str, feeds: str) -> None:
        for name, content in (("rules/small.yaml", text), ("feeds/trial.yaml", feeds)):
            path = self.place / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")

    async def _reload(self) -> None:
        wish = Wish(self.place / "rules", self.place / "feeds")
        kill_at = {(nth + 1) * self.plan.reloads // (self.plan.kills + 1) for nth in range(self.plan.kills)}
        began = time.monotonic()
        for nth in range(1, self.plan.reloads + 1):
            await asyncio.sleep(max(0.0, began + self.plan.span * nth / self.plan.reloads - time.monotonic()))
            text, known = self._choice.choice(TEXTS)
            broken = nth % self.plan.invalid == 0
            if broken:
                text = self._random.choice((text.replace("title:", "titel:", 1), text + "\n- ]", "rules: 1"))
            else:
                text += f"\n# {nth}\n"
                text = text.replace("level: 90,", f"level: {90 + nth % 7},")
            self._write(text, feed_file(known))
            code = await asyncio.to_thread(once, wish, self._settings, "en")
            assert code == (1 if broken else 0), f"reload {nth} ended with {code}"
            self._care()
            if nth in kill_at:
                await self._kill()

    # --- workers

    def _start(self) -> subprocess.Popen[bytes]:
        with (self.place / "workers.log").open("ab") as log:
            return subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.faults.reload_worker", self.bootstrap),
                    *(str(self.plan.partitions), str(self.plan.session), str(self.place)),
                ],
                env=dict(os.environ),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    async def _ready(self) -> None:
        async with asyncio.timeout(120):
            while not all((self.place / f"{one.pid}-ready").exists() for one in self._workers):
                self._care()
                await asyncio.sleep(0.05)

    def _care(self) -> None:
        """Start again who asked for it by exit 70; any other end is a failure."""
        for nth, one in enumerate(self._workers):
            code = one.poll()
            if code == RESTART:
                self.restarts += 1
                self._workers[nth] = self._start()
            else:
                assert code is None, f"exit {code}\n" + (self.place / "workers.log").read_text()[-4000:]

    async def _kill(self) -> None:
        nth = self._random.randrange(len(self._workers))
        self._workers[nth].kill()
        await asyncio.to_thread(self._workers[nth].wait)
        self.kills += 1
        self._workers[nth] = self._start()

    # --- events

    async def _pour(self, publisher: Publisher, done: asyncio.Event) -> None:
        sent, began, at = 0, time.monotonic(), START
        while not done.is_set():
            parts: defaultdict[int, list[Record]] = defaultdict(list)
            for _ in range(max(1, self.plan.rate // POURS)):
                sent += 1
                at += STEP_MS
                source = self._random.choice((f"k{self._random.randrange(self.plan.keys)}", "w0", "w1"))
                if sent % self.plan.once == 0:
                    source = f"once-{sent}"
                quantity = self._random.choice(("pm25", "pm25", "pm10"))
                raw = encode(reading(source, at, self._random.choice((10, 45, 60, 85, 95)), quantity, sent))
                key = source.encode()
                parts[partition_of(key, self.plan.partitions)].append(Record(key, raw))
            await asyncio.gather(*(publisher.send_batch(TOPIC, part, records) for part, records in parts.items()))
            await asyncio.sleep(max(0.0, began + sent / self.plan.rate - time.monotonic()))

    async def _drained(self) -> None:
        ends = [len(await read(self.bootstrap, TOPIC, part)) for part in range(self.plan.partitions)]
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, group_id=group("evaluate"), enable_auto_commit=False
        )
        await consumer.start()
        try:
            async with asyncio.timeout(120):
                for part, end in enumerate(ends):
                    spot = TopicPartition(TOPIC, part)
                    while (await consumer.committed(spot) or 0) < end:
                        self._care()
                        await asyncio.sleep(0.2)
        finally:
            await consumer.stop()

    async def run(self) -> Reckoning:
        """Pour, reload, kill, pour out, reckon."""
        began = time.monotonic()
        self._write(*(TEXTS[0][0], feed_file(TEXTS[0][1])))
        self._workers = [self._start() for _ in range(self.plan.workers)]
        done = asyncio.Event()
        try:
            await self._ready()
            async with Publisher(self.bootstrap, self.plan.partitions) as publisher:
                pouring = asyncio.create_task(self._pour(publisher, done))
                await self._reload()
                done.set()
                await pouring
            await self._ready()
            await self._drained()
        finally:
            for worker in self._workers:
                worker.terminate()
            for worker in self._workers:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    worker.wait(20)
                worker.kill()
        return await self._reckon(began)

    # --- reckoning

    async def _reckon(self, began: float) -> Reckoning:
        ledger = await apply.ledger(KafkaReader(self.bootstrap))
        editions = await self._editions({one.name for one in ledger.orders.values()})
        topic_id = (await asyncio.to_thread(admin.describe, self.bootstrap, [TOPIC])).topics[TOPIC].id

        @cache
        def engine(name: str) -> Engine:
            content = contents(editions[name])
            return Engine(content.rules, content.catalogue, "environment")

        wanted: set[tuple[str, int, bytes]] = set()
        found: set[tuple[str, int, bytes]] = set()
        events = switches = 0
        for part in range(self.plan.partitions):
            rows: list[Any] = await read(self.bootstrap, TOPIC, part)
            oracle = Oracle(engine, topic_id, part, self.plan.partitions)
            oracle.judge(rows)
            wanted |= oracle.told
            switches += oracle.switches
            events += sum(row.value is not None for row in rows)
            for row in await read(self.bootstrap, ALERTS, part):
                if value_of(row.headers, OPEN) is None:
                    one = alert.decode(row.value)
                    found.add((one.alert_id, one.revision, row.value))
        told = [alert.decode(raw) for *_, raw in found]
        self._differences(wanted, found)
        return Reckoning(
            events=events,
            orders=len(ledger.orders),
            refused=len(ledger.refusals),
            switches=switches,
            wanted=len(wanted),
            missing=len(wanted - found),
            foreign=len(found - wanted),
            ended=sum(one.change in ("rule_removed", "rule_reshaped", "source_retired") for one in told),
            versions=len({one.rule_version for one in told}),
            kills=self.kills,
            restarts=self.restarts,
            seconds=time.monotonic() - began,
        )

    def _differences(self, wanted: set[tuple[str, int, bytes]], found: set[tuple[str, int, bytes]]) -> None:
        with (self.place / "differences.txt").open("w", encoding="utf-8") as told:
            for what, ones in (("missing", wanted - found), ("foreign", found - wanted)):
                for identity, revision, raw in sorted(ones):
                    one = alert.decode(raw)
                    told.write(f"{what} {identity} {revision} {one.rule} {one.source} {one.change} {one.input}\n")

    async def _editions(self, names: set[str]) -> dict[str, Edition]:
        rows = await read(self.bootstrap, RULES)
        found: dict[str, Edition] = {}
        for name in names:
            ledger = Ledger(wanted=name)
            for row in rows:
                ledger.add(row.key, row.value)
            edition = ledger.edition(name)
            assert edition is not None
            found[name] = edition
        return found


def run(bootstrap: str, place: Path, plan: Plan) -> Reckoning:
    """One run in a process and a namespace of its own."""
    with namespace(bootstrap, plan.partitions) as name:
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.reloads", bootstrap, str(place), json.dumps(dataclasses.asdict(plan))],
            env={**os.environ, "IOC_KAFKA_NAMESPACE": name},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-4000:]
    return Reckoning(**json.loads((place / "reckoned.json").read_text()))


if __name__ == "__main__":
    place = Path(sys.argv[2])
    result = asyncio.run(Reloads(sys.argv[1], place, Plan(**json.loads(sys.argv[3]))).run())
    (place / "reckoned.json").write_text(json.dumps(dataclasses.asdict(result)))
