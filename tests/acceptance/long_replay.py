"""The long form: every file, on one broker; played, played again, and played while workers are killed."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ioc.replay import RUN_ON_MS
from tests.acceptance.replay_rig import Rig, told
from tests.acceptance.replayed import judged_alone, read
from tests.acceptance.situations import SITUATIONS, Situation

PARTITIONS = 12
SECONDS = 20
"""That a replay takes while workers are killed."""
KILLS = 3


class Run(NamedTuple):
    """One file on one broker; figures of the undisturbed replay."""

    situation: str
    good: bool
    events: int
    transitions: int
    seconds: float
    """From the command's start until the last record is judged: read, play, judge."""
    again: int
    """Transitions that the second replay brought."""
    kills: int


def runs(bootstrap: str, data: Path, place: Path) -> Iterator[Run]:
    """Every situation in turn."""
    for situation in SITUATIONS:
        with read(situation, data, PARTITIONS) as pure:
            expected = told(judged_alone(pure.replay, PARTITIONS))
            first, last = pure.replay.spool.span
            speed = (last + RUN_ON_MS - first) / 1000 / SECONDS
            events, name, domain = len(pure.replay.spool), pure.replay.name, pure.replay.domain
        here = place / situation.name
        here.mkdir()
        with Rig(bootstrap, here, PARTITIONS) as rig:
            began = time.monotonic()
            named = rig.replay(situation, data)
            asyncio.run(rig.judged(domain))
            seconds = time.monotonic() - began
            once = asyncio.run(rig.alerts())
            rig.replay(situation, data)
            asyncio.run(rig.judged(domain))
            twice = asyncio.run(rig.alerts())
        with Rig(bootstrap, here, PARTITIONS) as rig:
            struck = asyncio.run(_struck(rig, situation, data, speed, domain))
        good = (named, told(once), len(twice), struck) == (name, expected, len(once), expected)
        yield Run(situation.name, good, events, len(once), seconds, len(twice) - len(once), KILLS)


async def _struck(rig: Rig, situation: Situation, data: Path, speed: float, domain: str) -> object:
    random_ = random.Random(situation.name)
    with rig.begin(situation, data, "--speed", f"{speed:.3f}x") as playing:
        while rig.kills < KILLS:
            await asyncio.sleep(random_.uniform(1, 4))
            rig.kill()
            rig.start()
        _, said = await asyncio.to_thread(playing.communicate)
    assert playing.returncode == 0, said
    await rig.judged(domain)
    return told(await rig.alerts())
