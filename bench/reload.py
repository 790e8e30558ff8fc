"""How long a rule set takes to be made ready beside a running event loop, and how long that loop stands still.

    python bench/reload.py [RULES ...]

The shipped rules, repeated under other ids, as a worker makes them ready (`ioc.streams.editions`): unpacked, read, and
compiled for every domain, in a thread. A beat of one millisecond runs on the loop; a stall is how much later than due
it comes.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import msgspec
import uvloop

from ioc.alerts.edition import Edition, edition, pack, read, unpack
from ioc.events import DOMAINS
from ioc.settings.edition import load_edition
from ioc.streams.editions import Books, rulebook

BEAT = 0.001
Made = TypeVar("Made")


class Step(NamedTuple):
    """Seconds of one step, and the stalls of the loop meanwhile in milliseconds."""

    seconds: float
    p99: float
    worst: float


def grown(count: int) -> Edition:
    """The shipped edition with so many rules."""
    shipped, _ = load_edition()
    trees = [msgspec.json.decode(raw) for raw in shipped.rules]
    rules = {f"r{nth}": {**trees[nth % len(trees)], "id": f"r{nth}", "inhibited_by": ()} for nth in range(count)}
    feeds = {tree["name"]: tree for tree in map(msgspec.json.decode, shipped.feeds)}
    return edition(rules, feeds)


async def measured(work: Callable[[], Made]) -> tuple[Made, Step]:
    """Do the work in a thread while the beat goes on."""
    late: list[float] = []

    async def beat() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(BEAT)
            late.append((time.perf_counter() - began - BEAT) * 1000)

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0.2)
    late.clear()
    began = time.perf_counter()
    made = await asyncio.to_thread(work)
    seconds = time.perf_counter() - began
    await asyncio.sleep(2 * BEAT)
    beating.cancel()
    late.sort()
    return made, Step(seconds, late[int(len(late) * 0.99)], late[-1])


async def run(count: int) -> None:
    """Measure one size, a line for each step."""
    raw = pack(grown(count))
    given, unpacked = await measured(lambda: unpack(raw))
    content, understood = await measured(lambda: read(given))
    _, compiled = await measured(lambda: Books(content, rulebook, DOMAINS))
    print(f"{count} rules, {len(raw) / 1024:.0f} kB in the log")
    for name, step in (("unpack", unpacked), ("read", understood), ("compile", compiled)):
        print(f"  {name:8} {step.seconds:6.2f} s   loop late: p99 {step.p99:5.1f} ms, worst {step.worst:5.1f} ms")


if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)  # as in `ioc.streams.run`
    for asked in sys.argv[1:] or ["100", "1000", "10000"]:
        uvloop.run(run(int(asked)))
