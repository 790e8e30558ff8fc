"""The delivery promise under every crash, freeze and rebalance that a seed can think of, with the real engine.

One partition, one log in memory, the product's own role; only the broker is imagined. The oracle judges the whole log
once, from its beginning, without ever failing.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from ioc.alerts import alert
from ioc.streams import evaluate, partition
from ioc.streams.changelog import Fold
from ioc.streams.evaluate import Evaluate
from ioc.streams.fetched import Fetched
from ioc.streams.partition import Partition
from ioc.streams.tenure import Tenure
from ioc.streams.topics import REJECTED, changelog_topic, input_topic
from tests.streams.log_filling import falsely_ended, fill, transitions
from tests.streams.memory_log import Died, Door, MemoryLog, Row
from tests.streams.small_rules import rulebook

TOPIC = input_topic("environment")
TOPIC_ID = "ab" * 16
ROUNDS = 15
SEEDS = 6


@dataclass
class World:
    log: MemoryLog
    random_: random.Random
    committed: int | None = None
    generation: int = 0
    zombies: list[tuple[Door, asyncio.Task[None]]] = field(default_factory=list)
    tenure: Tenure = field(default_factory=Tenure)
    parked: list[tuple[Evaluate, Door, Tenure]] = field(default_factory=list)
    kills: int = 0
    freezes: int = 0
    kept: int = 0

    async def known(self, _topic: str, _partition: int) -> int | None:
        return self.committed

    def start(self) -> tuple[Evaluate, Door]:
        self.generation += self.random_.choice((1, 1, 2))
        if self.parked and self.random_.random() < 0.5:  # a worker that had lost the partition gets it back
            made, door, self.tenure = self.parked.pop()
            self.tenure.assigned(self.generation, [(TOPIC, 0)])
            return made, door
        self.tenure = Tenure()
        self.tenure.assigned(self.generation, [(TOPIC, 0)])
        door = Door(self.log)
        made = Evaluate(
            "environment",
            rulebook(),
            sender=door,
            reader=self.log,
            tenure=self.tenure,
            committed=self.known,
            topic_id=TOPIC_ID,
            partitions=1,
        )
        return made, door

    async def wake_some(self) -> None:
        for zombie in [z for z in self.zombies if self.random_.random() < 0.3]:
            self.zombies.remove(zombie)
            zombie[0].thaw.set()
            await zombie[1]

    async def live(self) -> None:
        """One worker's life, from its start to its crash, its freezing, or the end of the log."""
        worker, door = self.start()
        rows = self.log.rows[TOPIC, 0]
        position = self.committed or 0
        while position < len(rows):
            await self.wake_some()
            fate = self.random_.random()
            if fate < 0.08:  # a rebalance that gives the same partition back
                self.generation += 1
                self.tenure.assigned(self.generation, [(TOPIC, 0)])
                position = self.committed or 0
                self.kept += 1
            if fate > 0.93:  # it goes to another
                self.parked.append((worker, door, self.tenure))
                return
            if 0.08 <= fate < 0.26:
                door.die_at = door.written + self.random_.randrange(12)
            if 0.26 <= fate < 0.38:
                door.freeze_at = door.written + self.random_.randrange(12)
            chunk = rows[position : position + self.random_.randrange(1, 20)]
            life = asyncio.create_task(self.take(worker, chunk))
            frozen = asyncio.create_task(door.frozen.wait())
            await asyncio.wait([life, frozen], return_when=asyncio.FIRST_COMPLETED)
            frozen.cancel()
            if not life.done():
                self.freezes += 1
                self.zombies.append((door, life))
                return
            try:
                await life
            except Died:
                self.kills += 1
                return
            door.die_at = door.freeze_at = None
            position = chunk[-1].offset + 1
            if self.random_.random() < 0.5:
                self.committed = position
        self.committed = position

    async def take(self, worker: Evaluate, chunk: list[Row]) -> None:
        finish = await worker.handle(Fetched(TOPIC, 0, self.generation, chunk))
        assert finish is not None
        await finish


def oracle(log: MemoryLog) -> Partition:
    partition = Partition("environment", rulebook(), TOPIC_ID, 0, 1)
    partition.restore(Fold(TOPIC_ID, 0), 0)
    return partition


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_is_lost_nothing_is_invented_and_states_are_exact(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Few records are read back for the time, so that the last tick often lies before them.
    monkeypatch.setattr(evaluate, "TIME_RECORDS", 5)
    monkeypatch.setattr(partition, "MANY", 2)
    asyncio.run(_rounds(seed))


async def _rounds(seed: int) -> None:
    random_ = random.Random(seed)
    troubles = 0
    for _ in range(ROUNDS):
        log = MemoryLog()
        fill(log, random_, random_.randrange(20, 160))
        world = World(log, random_)
        length = len(log.rows[TOPIC, 0])
        while world.committed != length:
            await world.live()
        for door, task in world.zombies:
            door.thaw.set()
            await task
        troubles += world.kills + world.freezes + world.kept

        expected = oracle(log)
        outcome = expected.judge(log.rows[TOPIC, 0])
        wanted = {
            (t.alert_id, t.revision): {raw}
            for raw in (raw for _, raw in outcome.transitions)
            for t in [alert.decode(raw)]
        }
        assert transitions(log) == wanted
        assert falsely_ended(log) == []
        assert log.rows[REJECTED, 0] == []

        fold = Fold(TOPIC_ID, 0)
        for row in log.rows[changelog_topic("environment"), 0]:
            fold.add(row.key, row.value, row.timestamp)
        rules = rulebook()
        assert {key: winner.record.state for key, winner in fold.winners.items()} == {
            key: rules.to_bytes(cell.state) for key, cell in expected.cells.items() if cell.stamp >= 0
        }
        assert (fold.clock.lost if fold.clock else 0) == expected.holes.lost
    assert troubles > ROUNDS  # the simulation did make trouble
