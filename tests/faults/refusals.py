"""R8: one send in a thousand is refused: for want of replicas, of rights, of room, or after it was written."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter

from tests.faults.fleet import Fleet, Plan, namespace
from tests.faults.trial import Ground, Verdict, together


class RefusedFleet(Fleet):
    """Workers that end for want of rights are started again, as somebody would who has given them back."""

    module = "tests.faults.refusing_worker"
    wanted = 0
    again = 0

    def refused(self) -> Counter[str]:
        path = self.place / "refused"
        return Counter(path.read_text("utf-8").split() if path.exists() else ())

    async def course(self) -> None:
        limit = time.monotonic() + 600
        async with self.supervised():
            while self.refused().total() < self.wanted and time.monotonic() < limit:
                self.revive()
                await asyncio.sleep(0.1)

    async def _drained(self, topic: str) -> None:
        async def revive() -> None:
            while True:
                self.revive()
                await asyncio.sleep(0.1)

        reviving = asyncio.create_task(revive())
        try:
            await super()._drained(topic)
        finally:
            reviving.cancel()

    def revive(self) -> None:
        for nth, worker in enumerate(self._workers):
            if worker.poll() == 1:
                self.again += 1
                self._workers[nth] = self._start()


async def run(ground: Ground) -> Verdict:
    """In the short form one send in 40, until there were 25 refusals; in the long one in a thousand, 300."""
    every, wanted = (1_000, 300) if ground.long else (40, 25)
    plan = Plan(events=4_000, keys=40, rate=400, workers=2, session=6.0, seed=ground.seed)
    if ground.long:
        plan = plan._replace(events=1_000_000, rate=4_000, keys=2_000)
    os.environ["IOC_FAULTS_REFUSE"] = str(every)
    with namespace(ground.bootstrap, plan.partitions) as name:
        fleet = RefusedFleet(ground.bootstrap, plan, ground.place, name)
        fleet.wanted = wanted
        result = await fleet.run()
    refused = fleet.refused()
    words = (ground.place / "workers.log").read_text()
    figures = {
        "refused": refused.total(),
        **dict(sorted(refused.items())),
        "restarts": fleet.restarts,
        "ended_for_good": fleet.again,
        "states_lost": words.count("is too large to keep"),
    }
    good = refused.total() >= wanted and len(refused) == 5 and fleet.again > 0 and not figures["states_lost"]
    return together((result.clean and result.wanted > 0, result._asdict()), (good, figures))
