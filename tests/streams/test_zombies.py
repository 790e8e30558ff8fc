"""Freezes that a random walk seldom finds, step by step."""

from __future__ import annotations

import asyncio

from ioc.events.codec import encode
from ioc.streams.changelog import Fold
from ioc.streams.evaluate import Evaluate
from ioc.streams.fetched import Fetched
from ioc.streams.tenure import Tenure
from ioc.streams.topics import changelog_topic, input_topic
from tests.streams.memory_log import Door, MemoryLog
from tests.streams.small_rules import reading, rulebook

TOPIC = input_topic("environment")
TOPIC_ID = "ab" * 16
SEEN = 1
"""Records that a chunk writes before its states: the ids that were seen."""
LIST = 1
"""Records that a load writes: the list of open alerts."""


def worker(log: MemoryLog, generation: int, committed: int) -> tuple[Evaluate, Door]:
    tenure, door = Tenure(), Door(log)
    tenure.assigned(generation, [(TOPIC, 0)])

    async def known(_topic: str, _partition: int) -> int:
        return committed

    made = Evaluate(
        "environment",
        rulebook(),
        sender=door,
        reader=log,
        tenure=tenure,
        committed=known,
        topic_id=TOPIC_ID,
        partitions=1,
    )
    return made, door


async def take(made: Evaluate, log: MemoryLog, generation: int, start: int, stop: int) -> None:
    finish = await made.handle(Fetched(TOPIC, 0, generation, log.rows[TOPIC, 0][start:stop]))
    assert finish is not None
    await finish


async def test_a_zombie_of_the_middle_cannot_undo_what_the_last_owner_took_from_the_first() -> None:
    """First writes late; Middle loaded before that, and writes later still; Last had relied on First's record."""
    log = MemoryLog()
    log.append(TOPIC, 0, b"b", encode(reading("b", log.now, 10)))
    log.append(TOPIC, 0, b"b", encode(reading("b", log.now + 1, 11)))

    first, first_door = worker(log, 1, 0)
    first_door.freeze_at = LIST + SEEN
    one = asyncio.create_task(take(first, log, 1, 0, 2))
    await first_door.frozen.wait()

    middle, middle_door = worker(log, 2, 0)
    middle_door.freeze_at = LIST + SEEN
    two = asyncio.create_task(take(middle, log, 2, 0, 1))
    await middle_door.frozen.wait()

    first_door.thaw.set()
    await one

    last, _ = worker(log, 3, 0)
    await take(last, log, 3, 0, 2)  # and both records are committed

    middle_door.thaw.set()
    await two

    fold = Fold(TOPIC_ID, 0)
    for row in log.rows[changelog_topic("environment"), 0]:
        fold.add(row.key, row.value, row.timestamp)
    assert fold.winners["b"].rank == (3, 1)
