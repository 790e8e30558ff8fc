"""Writes a replay into the log: its events and its own ticks, as fast or as slowly as wanted.

Every event carries where it stands in the replay (header `ioc-origin`), so whoever judges it takes it once: a replay
that was cut off is finished by playing it again, and one that was played brings nothing new.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from ioc.errors import Permanent
from ioc.events import Domain
from ioc.replay import Step, steps
from ioc.streams.headers import TICK, Origin, clock_header, origin_header
from ioc.streams.patient import Sender
from ioc.streams.publish import BATCH_BYTES, Record, TooLarge
from ioc.streams.spool import Spool
from ioc.streams.topics import input_topic

TOGETHER = 2_000
"""Records sent at once: a good megabyte, some tens of milliseconds of work between two awaits."""
EARLY = 0.02
"""Seconds before its time that a record may be sent, so that what lies close together goes in one batch."""


class Played(NamedTuple):
    """How far a replay has come: the replay's clock (epoch ms), events and ticks that Kafka has."""

    clock: int
    events: int
    ticks: int


class Replay(NamedTuple):
    """What is played: sorted events of one domain, under a name; `mark` is the part of the name that is its content."""

    domain: Domain
    name: str
    mark: str
    spool: Spool

    def steps(self) -> Iterator[Step]:
        """Events and ticks in order."""
        return steps(self.spool.moments())

    def record(self, step: Step) -> Record:
        """The record of one step."""
        clock = clock_header(self.name, step.clock)
        if step.nth < 0:
            return Record(None, None, [(TICK, b""), clock])
        body = self.spool.body(step.nth)
        return Record(body.key, body.value, [*body.headers, origin_header(Origin(self.mark, 0, step.nth, 0)), clock])


def nothing(_: Played) -> None:
    """Tell nobody."""


async def play(
    replay: Replay,
    sender: Sender,
    speed: float | None = None,
    told: Callable[[Played], None] = nothing,
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> Played:
    """Send all of it; `speed` is seconds of the replay's clock per second, None as fast as Kafka takes it.

    `told` hears how far it is after every send. Records of one partition go in order, each batch acknowledged before
    the next.
    """
    loop = asyncio.get_running_loop()
    began, topic = loop.time(), input_topic(replay.domain)
    first = replay.spool.span[0]
    waiting: defaultdict[int, list[Record]] = defaultdict(list)
    events = ticks = count = 0
    at = first

    async def flush() -> None:
        nonlocal count
        sending = [sender.send_batch(topic, number, records) for number, records in waiting.items()]
        for answer in [one for answers in await asyncio.gather(*sending) for one in answers]:
            if isinstance(answer, TooLarge):
                raise Permanent("record_too_large", topic=topic, size=answer.size, limit=BATCH_BYTES, keys=replay.name)
        waiting.clear()
        count = 0
        told(Played(at, events, ticks))

    for step in replay.steps():
        early = 0.0 if speed is None else began + (step.clock - first) / 1000 / speed - loop.time()
        if count and (count >= TOGETHER or early > EARLY):
            await flush()
        if early > EARLY:
            await pause(early)
        waiting[step.partition].append(replay.record(step))
        count += 1
        at = step.clock
        events += step.nth >= 0
        ticks += step.nth < 0
    await flush()
    return Played(at, events, ticks)
