"""Rule sets that change while workers crash, freeze and hand partitions over: each record is judged by one whole set.

The oracle is written apart (`tests.streams.rules_oracle`).
"""

from __future__ import annotations

import asyncio
import random
from functools import cache

import pytest

from ioc.alerts import alert
from ioc.alerts.edition import read
from ioc.alerts.engine import Engine
from ioc.events.codec import encode
from ioc.streams import evaluate, partition
from ioc.streams.evaluate import Evaluate
from ioc.streams.headers import TICK, order_header
from ioc.streams.rulebook import EngineRules
from tests.streams.log_filling import falsely_ended, transitions
from tests.streams.memory_log import Door, MemoryLog
from tests.streams.rules_oracle import Oracle
from tests.streams.small_editions import BY_NAME, Shelf
from tests.streams.small_rules import reading
from tests.streams.test_delivery_simulated import TOPIC, TOPIC_ID, World

ROUNDS = 8
SEEDS = 4
NAMES = list(BY_NAME)


@cache
def engine(name: str) -> Engine:
    content = read(BY_NAME[name])
    return Engine(content.rules, content.catalogue, "environment")


def fill(log: MemoryLog, random_: random.Random, length: int) -> None:
    """Readings and ticks; now and then a new order, which two workers name at moments of their own."""
    number, order = 100, NAMES[0]
    behind = (number, order)
    for at in range(length):
        log.now += random_.choice((200, 400, 900, 3_000))
        if random_.random() < 0.15:
            behind = (number, order)
            number, order = number + random_.choice((1, 7)), random_.choice(NAMES)
        if random_.random() < 0.15:
            behind = (number, order)
        if random_.random() < 0.3:
            known = random_.choice((behind, (number, order)))
            headers = [(TICK, b"")] if random_.random() < 0.1 else [(TICK, b""), order_header(*known)]
            log.append(TOPIC, 0, None, None, headers)
            continue
        source = random_.choice(("a", "b", "w0", "w1", f"once-{at}"))
        quantity = random_.choice(("pm25", "pm25", "pm10"))
        late = random_.choice((0, 0, 0, 5_000, 60_000))
        raw = encode(reading(source, log.now - late, random_.choice((10, 45, 60, 95)), quantity, at))
        log.append(TOPIC, 0, source.encode(), raw)
    log.append(TOPIC, 0, None, None, [(TICK, b""), order_header(number, order)])


class Reloading(World):
    """Workers whose rules the log orders."""

    def start(self) -> tuple[Evaluate, Door]:
        worker, door = super().start()
        books = Shelf(lambda name, _: EngineRules(engine(name)))
        if not isinstance(worker._rules._rules, Shelf):
            worker._rules._rules = books
        return worker, door


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_transition_is_that_of_the_set_in_force_at_its_offset(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "TIME_RECORDS", 5)
    monkeypatch.setattr(partition, "MANY", 3)
    asyncio.run(_rounds(seed))


async def _rounds(seed: int) -> None:
    random_ = random.Random(seed)
    troubles = switches = ended = 0
    for _ in range(ROUNDS):
        log = MemoryLog()
        fill(log, random_, random_.randrange(20, 160))
        world = Reloading(log, random_)
        while world.committed != len(log.rows[TOPIC, 0]):
            await world.live()
        for door, task in world.zombies:
            door.thaw.set()
            await task
        troubles += world.kills + world.freezes + world.kept
        expected = Oracle(engine, TOPIC_ID)
        expected.judge(log.rows[TOPIC, 0])
        switches += expected.switches

        found = {(*key, raw) for key, raws in transitions(log).items() for raw in raws}
        assert found == expected.told
        assert falsely_ended(log) == []
        changes = [alert.decode(raw).change for *_, raw in found]
        ended += sum(change.startswith("rule_") or change == "source_retired" for change in changes)
    assert troubles > ROUNDS  # the simulation did make trouble
    assert switches > 3 * ROUNDS
    assert ended > ROUNDS
