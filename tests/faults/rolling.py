"""R2, R3 and R21: workers that are restarted politely, lost and replaced, and made more and fewer."""

from __future__ import annotations

import asyncio
import time

from tests.faults.fleet import Fleet, Plan, namespace
from tests.faults.trial import Ground, Verdict, together

STOP_SECONDS = 30.0
DELAY_SECONDS = 15.0
"""The longest that an alert may come after its event was acknowledged, while workers are restarted one by one."""
ELSEWHERE_SECONDS = 20.0
"""After which partitions of a lost worker are judged by another, with a session of 10 s."""
STALL_SECONDS = 30.0
"""The longest that a partition may stand still while workers come and go."""


class Rolling(Fleet):
    """SIGTERM to one worker after the other, each replaced when it has ended."""

    pause = 3.0
    stops_took: list[float]

    async def course(self) -> None:
        self.stops_took = []
        for nth in range(self.plan.rounds):
            await self.all_ready()
            await asyncio.sleep(self.pause)
            self.stops_took.append(await self.retire(nth % self.plan.workers))
            self._workers[nth % self.plan.workers] = self._start()

    async def retire(self, nth: int) -> float:
        """SIGTERM; seconds until it ended with exit code 0."""
        worker, began = self._workers[nth], time.monotonic()
        worker.terminate()
        code = await asyncio.to_thread(worker.wait, STOP_SECONDS * 2)
        assert code == 0, f"it ended with {code}; see {self.place}/workers.log"
        return time.monotonic() - began


class Failover(Fleet):
    """A worker killed and not replaced until the others have judged everything that was there when it died."""

    took: list[float]

    async def course(self) -> None:
        self.took = []
        for _ in range(self.plan.rounds):
            await self.all_ready()
            began = time.monotonic()
            nth = await self.slay()
            await self.reached(await self.ends(), ELSEWHERE_SECONDS * 3)
            self.took.append(time.monotonic() - began)
            self._workers[nth] = self._start()


class Scaled(Rolling):
    """One worker becomes four, and again one."""

    most = 4
    stalls: dict[int, float]
    """Partition -> the longest that nothing was committed in it, in seconds; ticks come to each every second."""

    async def course(self) -> None:
        self.stops_took, self.stalls = [], {}
        await self.all_ready()
        watching = asyncio.create_task(self._watch())
        try:
            await self._change()
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        async with self.positions() as consumer:
            known: dict[int, tuple[int, float]] = {}
            while True:
                for spot in self.spots():
                    now, offset = time.monotonic(), await consumer.committed(spot) or 0
                    last, since = known.get(spot.partition, (-1, now))
                    known[spot.partition] = (offset, now) if offset > last else (last, since)
                    self.stalls[spot.partition] = max(now - since, self.stalls.get(spot.partition, 0.0))
                await asyncio.sleep(0.1)

    async def _change(self) -> None:
        for nth in range(self.plan.rounds):
            if nth % 2 == 0:
                self._workers += [self._start() for _ in range(self.most - len(self._workers))]
                await self.all_ready()
            else:
                while len(self._workers) > 1:
                    self.stops_took.append(await self.retire(0))
                    del self._workers[0]
            await self.reached(await self.ends(), STALL_SECONDS * 4)


async def rolling(ground: Ground) -> Verdict:
    """R2: in the long form ten restarts, each 30 s, at 5,000 events a second."""
    plan = Plan(events=3_000, keys=40, rate=400, workers=2, session=6.0, rounds=3, seed=ground.seed)
    if ground.long:
        plan = plan._replace(events=1_500_000, rate=5_000, rounds=10, session=10.0, keys=2_000)
    with namespace(ground.bootstrap, plan.partitions) as name:
        fleet = Rolling(ground.bootstrap, plan, ground.place, name)
        fleet.pause = 30.0 if ground.long else 3.0
        result = await fleet.run()
    slowest, delay = max(fleet.stops_took), max(seconds for _, seconds in fleet.reckoner.delays)
    figures = {"restarts": len(fleet.stops_took), "slowest_stop_s": slowest, "longest_delay_s": delay}
    good = slowest < STOP_SECONDS and delay < DELAY_SECONDS and len(fleet.stops_took) == plan.rounds
    return together((result.clean and result.wanted > 0, result._asdict()), (good, figures))


async def failover(ground: Ground) -> Verdict:
    """R3: one of three workers, a session of 10 s; in the long form twenty times."""
    plan = Plan(events=3_000, keys=40, rate=400, workers=3, session=10.0, seed=ground.seed)
    plan = plan._replace(rounds=20 if ground.long else 2)
    with namespace(ground.bootstrap, plan.partitions) as name:
        fleet = Failover(ground.bootstrap, plan, ground.place, name)
        result = await fleet.run()
    quick = sum(one <= ELSEWHERE_SECONDS for one in fleet.took)
    figures = {"elsewhere_within_20_s": f"{quick}/{plan.rounds}", "slowest_s": max(fleet.took)}
    return together((result.clean and result.wanted > 0, result._asdict()), (quick == plan.rounds, figures))


async def scaled(ground: Ground) -> Verdict:
    """R21: from one to four workers and back; in the long form fifty such changes at 5,000 events a second."""
    plan = Plan(events=3_000, keys=40, rate=400, workers=1, session=6.0, rounds=6, seed=ground.seed)
    if ground.long:
        plan = plan._replace(events=500_000, rate=5_000, rounds=50, keys=2_000)
    with namespace(ground.bootstrap, plan.partitions) as name:
        fleet = Scaled(ground.bootstrap, plan, ground.place, name)
        result = await fleet.run()
    stall = max(fleet.stalls.values())
    figures = {"changes": plan.rounds, "longest_stall_s": stall, "polite_stops": len(fleet.stops_took)}
    return together((result.clean and result.wanted > 0, result._asdict()), (stall <= STALL_SECONDS, figures))
