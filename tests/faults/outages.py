"""R6 and R7: a broker killed and started again, a broker frozen, and workers frozen past their session."""

from __future__ import annotations

import asyncio
import os
import signal
import time

from tests.faults.fleet import Fleet, Plan, namespace
from tests.faults.own_kafka import OwnKafka, own_kafka
from tests.faults.trial import Ground, Verdict, together

RESUME_SECONDS = 60.0
"""After the broker is back, until what was there before is judged, without anybody's help."""


class Outages(Fleet):
    """`dark` seconds without a broker, again and again, while events wait to be sent."""

    patience = 240.0
    kafka: OwnKafka
    dark = 5.0
    frozen = False
    resumed: list[float]

    async def course(self) -> None:
        self.resumed = []
        async with self.supervised():
            for _ in range(self.plan.rounds):
                await self.all_ready()
                await asyncio.sleep(self._random.uniform(1.0, 3.0))
                await self._out()
                began = time.monotonic()
                await self.reached(await self.ends(), RESUME_SECONDS * 3)
                self.resumed.append(time.monotonic() - began)

    async def _out(self) -> None:
        if self.frozen:
            self.kafka.send(signal.SIGSTOP)
            await asyncio.sleep(self.dark)
            self.kafka.send(signal.SIGCONT)
            return
        await asyncio.to_thread(self.kafka.kill)
        await asyncio.sleep(self.dark)
        await asyncio.to_thread(self.kafka.start)


class Frozen(Fleet):
    """Workers stopped where they have written half of something, and woken when their partitions are another's."""

    points = ()
    stops = ("state", "transitions", "fetch", "ack", "commit")

    async def course(self) -> None:
        for nth in range(self.plan.rounds):
            await self._strike(self.stops[nth % len(self.stops)], "stop")


async def _outages(ground: Ground, *, frozen: bool, dark: tuple[float, float], rounds: tuple[int, int]) -> Verdict:
    plan = Plan(events=3_000, keys=40, rate=400, workers=2, session=6.0, seed=ground.seed, rounds=rounds[ground.long])
    if ground.long:
        plan = plan._replace(events=300_000, rate=2_000, keys=2_000, session=10.0)
    with own_kafka(ground.place) as kafka:
        fleet = Outages(kafka.address, plan, ground.place, f"o{os.getpid()}.")
        fleet.kafka, fleet.dark, fleet.frozen = kafka, dark[ground.long], frozen
        result = await fleet.run()
    slowest = max(fleet.resumed)
    figures = {"outages": plan.rounds, "dark_s": fleet.dark, "slowest_resume_s": slowest, "restarts": fleet.restarts}
    good = slowest <= RESUME_SECONDS and fleet.restarts <= plan.rounds * plan.workers
    return together((result.clean and result.wanted > 0, result._asdict()), (good, figures))


async def killed(ground: Ground) -> Verdict:
    """R6: in the long form ten outages of 60 s."""
    return await _outages(ground, frozen=False, dark=(4.0, 60.0), rounds=(2, 10))


async def stopped(ground: Ground) -> Verdict:
    """R7, the broker: in the long form five times 90 s, in the short once for longer than the session."""
    return await _outages(ground, frozen=True, dark=(10.0, 90.0), rounds=(1, 5))


async def zombies(ground: Ground) -> Verdict:
    """R7, the worker: frozen at each of five points; in the long form four times each."""
    plan = Plan(events=3_000, keys=20, rate=500, workers=2, session=2.0, seed=ground.seed, rounds=5)
    if ground.long:
        plan = plan._replace(events=200_000, rate=4_000, rounds=20, keys=200, session=6.0)
    with namespace(ground.bootstrap, plan.partitions) as name:
        result = await Frozen(ground.bootstrap, plan, ground.place, name).run()
    return Verdict(result.clean and result.freezes == plan.rounds and result.wanted > 0, result._asdict())
