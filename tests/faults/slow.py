"""R18: rules of one topic that take 50 ms an event; the other topic's alerts come as they did, and nobody is given up.

One worker has both topics, and the slow one gets half a minute of work at once.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict

from ioc.alerts import alert
from ioc.events.codec import encode
from ioc.streams.headers import OPEN, value_of
from ioc.streams.patient import Patient
from ioc.streams.publish import Record
from ioc.streams.topics import partition_of
from tests.faults.fleet import START, Fleet, Plan, namespace
from tests.faults.trial import Ground, Verdict, together
from tests.streams.log_reading import read
from tests.streams.small_rules import reading
from tests.streams.two_hops import attack

SLOW_SECONDS = 0.05
DELAY_SECONDS = 2.0
"""The 99th percentile of the other topic's alerts, from the event's time stamp in the log to the alert's."""


class SlowFleet(Fleet):
    """Events of `environment` come in one burst, those of `netsec` ten times a second."""

    module = "tests.faults.slow_worker"
    inputs = ("ioc.environment",)
    patience = 300.0
    lag = 0.0

    async def course(self) -> None:
        await self.all_ready()
        await asyncio.sleep(self.plan.rounds)

    async def _pour(self, publisher: Patient, done: asyncio.Event) -> None:
        await self.all_ready()
        async with asyncio.timeout(60):
            while (self.place / "workers.log").read_text().count("ioc.netsec[") < self.plan.partitions:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await self._burst(publisher)
        began, sent = time.monotonic(), 0
        while not done.is_set():
            source = f"sensor-{sent // 5}"  # the fifth event of each raises its alert
            record = Record(
                source.encode(), encode(attack(source, "203.0.113.1", START + 10 * sent, sent, severe=False))
            )
            part = partition_of(source, self.plan.partitions)
            await publisher.send_batch(f"{self.namespace}ioc.netsec", part, [record])
            sent += 1
            await asyncio.sleep(max(0.0, began + sent / 10 - time.monotonic()))

    async def _burst(self, publisher: Patient) -> None:
        parts: defaultdict[int, list[Record]] = defaultdict(list)
        for nth in range(self.plan.events):
            source = f"k{self._random.randrange(self.plan.keys)}"
            raw = encode(reading(source, START + nth, self._random.choice(self.plan.values), nth=nth))
            parts[partition_of(source, self.plan.partitions)].append(Record(source.encode(), raw))
        for part, records in parts.items():
            await publisher.send_batch(f"{self.namespace}ioc.environment", part, records)


async def run(ground: Ground) -> Verdict:
    """A burst of 300 events in the short form; 12,000, ten minutes of work, in the long."""
    events, seconds = (12_000, 600) if ground.long else (300, 15)
    plan = Plan(events, keys=10, rate=10, partitions=2, workers=1, session=6.0, rounds=seconds, seed=ground.seed)
    os.environ["IOC_FAULTS_SLOW"] = str(SLOW_SECONDS)
    with namespace(ground.bootstrap, plan.partitions) as name:
        fleet = SlowFleet(ground.bootstrap, plan, ground.place, name)
        result = await fleet.run()
        delays: list[float] = []
        for part in range(plan.partitions):
            rows = {row.offset: row for row in await read(ground.bootstrap, f"{name}ioc.netsec", part)}
            for row in await read(ground.bootstrap, f"{name}ioc.alerts", part):
                one = alert.decode(row.value) if value_of(row.headers, OPEN) is None else None
                if one is not None and one.rule == "sensor" and one.change == "fired" and one.input is not None:
                    delays.append((row.timestamp - rows[one.input.offset].timestamp) / 1000)
    delays.sort()
    p99 = delays[int(len(delays) * 0.99)] if delays else 0.0
    words = (ground.place / "workers.log").read_text()
    figures = {
        "slow_p50_s": sorted(one for _, one in fleet.reckoner.delays)[len(fleet.reckoner.delays) // 2],
        "others": len(delays),
        "others_p99_s": p99,
        "restarts": fleet.restarts,
        "given_up": words.count("has not moved"),
        "rebalances": words.count("rebalancing"),
    }
    good = p99 < DELAY_SECONDS and len(delays) > seconds and not fleet.restarts and not figures["rebalances"]
    return together((result.clean and result.wanted > 0, result._asdict()), (good, figures))
