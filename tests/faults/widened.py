"""R22: partitions raised from two to four while alerts are open; who is not told of it refuses to start.

On a real Kafka: Tansu keeps its log in memory and has nothing to widen.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys

from tests.faults.fleet import ROOT, START, Fleet, Plan, namespace
from tests.faults.trial import Ground, Verdict, settings, together
from tests.faults.witness import witnessing

OLD, NEW = 2, 4
MINUTES_LATER = 600_000


class Calm(Fleet):
    """Nothing happens but that events come."""

    async def course(self) -> None:
        await self.all_ready()


def command(bootstrap: str, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = {"IOC_KAFKA_NAMESPACE": name, "IOC_KAFKA_BOOTSTRAP": bootstrap, "IOC_LANG": "en"}
    return subprocess.run(
        [sys.executable, "-m", "ioc", "state", *arguments],
        env=settings(**given),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


async def refused(fleet: Fleet) -> bool:
    """Whether a worker that counts as many partitions as this fleet ends with a sentence."""
    worker = fleet._start()
    try:
        code = await asyncio.to_thread(worker.wait, 60)
    except subprocess.TimeoutExpired:
        worker.kill()
        return False
    return code == 1 and "partitions" in (fleet.place / "workers.log").read_text().splitlines()[-1]


async def run(ground: Ground) -> Verdict:
    """Events, repartition, more events of the same sources; all of it against one oracle, log, desk and receiver."""
    plan = Plan(events=200_000, keys=2_000, rate=4_000, partitions=OLD, workers=2, session=6.0, seed=ground.seed)
    if not ground.long:
        plan = plan._replace(events=2_500, keys=60, rate=500)
    plan = plan._replace(values=(10,) * (396 if ground.long else 36) + (45, 60, 85, 95))
    with (
        namespace(ground.bootstrap, NEW) as name,
        witnessing(ground.bootstrap, name, NEW, ground.place, ground.seed) as witness,
    ):
        before = Calm(ground.bootstrap, plan, ground.place, name)
        early = await _while_running(before, ground.bootstrap, name)
        after = Calm(ground.bootstrap, plan._replace(partitions=NEW), ground.place, name)
        too_wide = await refused(after)
        odd = await asyncio.to_thread(command, ground.bootstrap, name, "repartition", "--partitions", "3")
        done = await asyncio.to_thread(command, ground.bootstrap, name, "repartition", "--partitions", str(NEW))
        again = await asyncio.to_thread(command, ground.bootstrap, name, "repartition", "--partitions", str(NEW))
        too_narrow = await refused(before)
        await witness.die()  # the desk is stopped and started with the rest
        after.start_ms, after.reckoner.exact = START + MINUTES_LATER + plan.events, False
        result = await after.run()
        seen = await witness.reckon(after.reckoner.told, 600.0 if ground.long else 120.0)
    words = done.stdout.split()
    figures = {
        "refused_while_running": early,
        "refused_before": too_wide,
        "refused_after": too_narrow,
        "refused_no_multiple": odd.returncode == 1,
        "said": done.stdout.strip() or done.stderr.strip()[-300:],
        "again": again.stdout.strip()[:40] or again.stderr.strip()[-300:],
    }
    moved = int(words[words.index("keys") - 1]) if "keys" in words else 0
    good = early and too_wide and too_narrow and odd.returncode == 1
    good = good and (done.returncode, again.returncode) == (0, 0) and moved > 0 and "Nothing" in again.stdout
    return together(
        (result.clean and result.wanted > 0, result._asdict()), (seen.clean, seen._asdict()), (good, figures)
    )


async def _while_running(fleet: Calm, bootstrap: str, name: str) -> bool:
    """The first half of the events; whether the command refuses while the workers run."""
    found: list[subprocess.CompletedProcess[str]] = []

    async def ask() -> None:
        found.append(await asyncio.to_thread(command, bootstrap, name, "repartition", "--partitions", str(NEW)))

    fleet.aftermath = ask  # type: ignore[method-assign]  # once, in this place
    await fleet.endure()
    return found[0].returncode == 1 and "running" in found[0].stderr
