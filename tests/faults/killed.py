"""R1: workers and the desk killed with SIGKILL, at the five points and at random moments, and started again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.faults.fleet import Fleet, Plan, namespace
from tests.faults.trial import Ground, Verdict, together
from tests.faults.witness import Witness, witnessing


class KilledFleet(Fleet):
    """Every other death is at a point between fetch and commit, the others at any moment."""

    def __init__(self, bootstrap: str, plan: Plan, place: Path, namespace: str, witness: Witness) -> None:
        super().__init__(bootstrap, plan, place, namespace)
        self._witness = witness

    async def course(self) -> None:
        for nth in range(self.plan.rounds):
            if nth % 2:
                await self._strike(self.points[(nth // 2) % len(self.points)], "kill")
            else:
                await asyncio.sleep(self._random.uniform(0.2, 2.0))
                self._workers[await self.slay()] = self._start()
            if nth % 4 == 3:
                await self._witness.die()


async def run(ground: Ground, workers: int) -> Verdict:
    """So many workers; in the long form a million events and 20 deaths, in the short a few thousand and 6."""
    calm = (10,) * 76 + (45, 60, 85, 95)
    plan = Plan(events=6_000, keys=200, rate=500, workers=workers, session=2.0, rounds=6, seed=ground.seed, values=calm)
    if ground.long:
        plan = plan._replace(
            events=1_000_000, rate=8_000, rounds=20, keys=2_000, session=3.0, values=(10,) * 396 + calm[-4:]
        )
    with (
        namespace(ground.bootstrap, plan.partitions) as name,
        witnessing(ground.bootstrap, name, plan.partitions, ground.place, ground.seed) as witness,
    ):
        fleet = KilledFleet(ground.bootstrap, plan, ground.place, name, witness)
        result = await fleet.run()
        seen = await witness.reckon(fleet.reckoner.told, 1_800.0 if ground.long else 120.0)
    enough = result.events >= plan.events * (1 - plan.copies) * 0.9 and result.wanted > plan.events // 100
    return together(
        (result.clean and enough and result.kills == plan.rounds, result._asdict()), (seen.clean, seen._asdict())
    )


async def one_worker(ground: Ground) -> Verdict:
    """See `run`."""
    return await run(ground, 1)


async def two_workers(ground: Ground) -> Verdict:
    """See `run`."""
    return await run(ground, 2)
