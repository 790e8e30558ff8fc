"""Two hops under crashes, freezes and rebalances of either: no event of an address is lost, none is counted twice.

Both stages are the product's own role over a log in memory; each partition of each stage lives a life of its own.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from ioc.alerts import alert
from ioc.alerts.state import from_bytes
from ioc.events.codec import encode
from ioc.streams.changelog import Fold
from ioc.streams.evaluate import Evaluate
from ioc.streams.fetched import Fetched
from ioc.streams.headers import OPEN, ORIGIN, TICK, value_of
from ioc.streams.inlet import Inlet
from ioc.streams.partition import Partition
from ioc.streams.tenure import Tenure
from ioc.streams.topics import ALERTS, REJECTED, partition_of
from tests.streams.memory_log import Died, Door, MemoryLog, Row
from tests.streams.two_hops import FIELD, attack, counted, repeated, rulebook, wanted

PARTITIONS = 2
FIRST, SECOND = Inlet("netsec"), Inlet("netsec", FIELD)
TOPIC_IDS = {FIRST: "ab" * 16, SECOND: "cd" * 16}
ADDRESSES = ("203.0.113.1", "203.0.113.2", "198.51.100.7", None)
ROUNDS = 6


def fill(log: MemoryLog, random_: random.Random, length: int) -> None:
    """Alerts of a few sensors about a few addresses, copies of earlier ones, late ones, ticks."""
    told: list[tuple[int, bytes]] = []
    for nth in range(length):
        log.now += random_.choice((0, 3, 200, 1000))
        number = random_.randrange(PARTITIONS)
        if random_.random() < 0.15:
            log.append(FIRST.topic, number, None, None, [(TICK, b"")])
            continue
        if told and random_.random() < 0.15:
            number, raw = random_.choice(told)
            log.append(FIRST.topic, number, b"", raw)
            continue
        source = random_.choice(("a", "b", "c", "d"))
        late = random_.choice((0, 0, 0, 5_000, 60_000))
        raw = encode(attack(source, random_.choice(ADDRESSES), log.now - late, nth, severe=random_.random() < 0.7))
        number = partition_of(source, PARTITIONS)
        told.append((number, raw))
        log.append(FIRST.topic, number, source.encode(), raw)


@dataclass
class Life:
    """One partition of one stage: its owners one after the other, and those that were frozen."""

    log: MemoryLog
    random_: random.Random
    inlet: Inlet
    number: int
    committed: int | None = None
    generation: int = 0
    zombies: list[tuple[Door, asyncio.Task[None]]] = field(default_factory=list)
    troubles: int = 0

    @property
    def rows(self) -> list[Row]:
        return self.log.rows[self.inlet.topic, self.number]

    async def known(self, _topic: str, _partition: int) -> int | None:
        return self.committed

    def start(self) -> tuple[Evaluate, Door]:
        self.generation += self.random_.choice((1, 1, 2))
        tenure, door = Tenure(), Door(self.log)
        tenure.assigned(self.generation, [(self.inlet.topic, self.number)])
        made = Evaluate(
            self.inlet.domain,
            rulebook(self.inlet.field),
            sender=door,
            reader=self.log,
            tenure=tenure,
            committed=self.known,
            topic_id=TOPIC_IDS[self.inlet],
            partitions=PARTITIONS,
            by=self.inlet.field,
        )
        return made, door

    async def live(self) -> None:
        """A worker's life up to its crash, its freezing, the end of what is there now, or somebody else's turn."""
        worker, door = self.start()
        position = self.committed or 0
        while position < len(self.rows) and self.random_.random() > 0.1:
            for zombie in [z for z in self.zombies if self.random_.random() < 0.3]:
                self.zombies.remove(zombie)
                zombie[0].thaw.set()
                await zombie[1]
            fate = self.random_.random()
            if fate < 0.2:
                door.die_at = door.written + self.random_.randrange(14)
            elif fate < 0.35:
                door.freeze_at = door.written + self.random_.randrange(14)
            chunk = self.rows[position : position + self.random_.randrange(1, 20)]
            life = asyncio.create_task(self.take(worker, chunk))
            frozen = asyncio.create_task(door.frozen.wait())
            await asyncio.wait([life, frozen], return_when=asyncio.FIRST_COMPLETED)
            frozen.cancel()
            if not life.done():
                self.troubles += 1
                self.zombies.append((door, life))
                return
            try:
                await life
            except Died:
                self.troubles += 1
                return
            door.die_at = door.freeze_at = None
            position = chunk[-1].offset + 1
            if self.random_.random() < 0.5:
                self.committed = position
        self.committed = position

    async def take(self, worker: Evaluate, chunk: list[Row]) -> None:
        finish = await worker.handle(Fetched(self.inlet.topic, self.number, self.generation, chunk))
        assert finish is not None
        await finish

    async def wake(self) -> None:
        for door, task in self.zombies:
            door.thaw.set()
            await task
        self.zombies.clear()

    @property
    def done(self) -> bool:
        return (self.committed or 0) == len(self.rows)


async def run(log: MemoryLog, random_: random.Random) -> list[Life]:
    lives = [Life(log, random_, inlet, number) for inlet in (FIRST, SECOND) for number in range(PARTITIONS)]
    while not all(life.done for life in lives):
        await random_.choice([life for life in lives if not life.done]).live()
        if all(life.done for life in lives):
            for life in lives:
                await life.wake()
    return lives


def calm(log: MemoryLog, number: int) -> Partition:
    """The second stage where every record had come once."""
    partition = Partition("netsec", rulebook(FIELD), TOPIC_IDS[SECOND], number, PARTITIONS, FIELD)
    partition.restore(Fold(TOPIC_IDS[SECOND], number), 0)
    return partition


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_crashes_between_the_hops_each_event_of_a_key_counts_once(seed: int) -> None:
    random_ = random.Random(seed)
    troubles = again = 0
    for _ in range(ROUNDS):
        log = MemoryLog()
        fill(log, random_, random_.randrange(20, 160))
        lives = await run(log, random_)
        troubles += sum(life.troubles for life in lives)

        expected = wanted([row.value for row in log.rows[FIRST.topic, number]] for number in range(PARTITIONS))
        found: dict[str, int] = {}
        for number in range(PARTITIONS):
            rows = log.rows[SECOND.topic, number]
            again += repeated(rows)
            fold = Fold(TOPIC_IDS[SECOND], number)
            for row in log.rows[SECOND.changelog, number]:
                fold.add(row.key, row.value, row.timestamp)
            found |= {key: counted(from_bytes(winner.record.state)) for key, winner in fold.winners.items()}

            steady = calm(log, number)
            outcome = steady.judge(rows) if rows else None
            told = {
                (one.alert_id, one.revision): row.value
                for row in log.rows[ALERTS, number]
                if value_of(row.headers, OPEN) is None
                for one in [alert.decode(row.value or b"")]
                if one.input is not None and one.input.topic == SECOND.stage
            }
            made = {
                (one.alert_id, one.revision): raw
                for raw in ([raw for _, raw in outcome.transitions] if outcome else [])
                for one in [alert.decode(raw)]
            }
            assert told == made
            assert log.rows[REJECTED, number] == []
        assert found == dict(expected)
    assert troubles > ROUNDS
    assert again > ROUNDS  # the first hop did repeat itself


async def test_a_first_hop_that_dies_between_what_it_passes_on_and_its_states_passes_it_on_again() -> None:
    log = MemoryLog()
    log.append(FIRST.topic, partition_of("a", PARTITIONS), b"a", encode(attack("a", "203.0.113.1", log.now)))
    life = Life(log, random.Random(1), FIRST, partition_of("a", PARTITIONS))
    for die_at in (2, 3, None):  # after the list of a load: the ids, then what goes on, then the states
        worker, door = life.start()
        door.die_at = die_at
        try:
            await life.take(worker, life.rows)
        except Died:
            continue

    origins = [value_of(row.headers, ORIGIN) for number in range(PARTITIONS) for row in log.rows[SECOND.topic, number]]
    assert len(origins) == 2
    assert len(set(origins)) == 1
