"""From two domains to an alert of both, under crashes, freezes and rebalances of every worker on the way.

All stages are the product's own roles over a log in memory. Whatever happened, each signal is taken in once, in the
order of its input, and the alerts are those of one undisturbed judgement of the log of signals.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ioc.alerts import alert, signal
from ioc.alerts.signal import Signal
from ioc.events.codec import encode
from ioc.streams.changelog import Fold
from ioc.streams.correlate import Correlate
from ioc.streams.crossing import Crossing
from ioc.streams.evaluate import Evaluate
from ioc.streams.headers import OPEN, ORIGIN, TICK, read_origin, value_of
from ioc.streams.inlet import ALL, Inlet
from ioc.streams.outcome import Outcome
from ioc.streams.partition import Partition
from ioc.streams.tenure import Tenure
from ioc.streams.topics import ALERTS, REJECTED, SEEN_MS, partition_of
from tests.streams.across import crossing, happening, rulebook
from tests.streams.memory_log import Door, MemoryLog, Row
from tests.streams.test_two_hops_simulated import Life

PARTITIONS = 2
HOT, SMOKE, BOTH = Inlet("hotspot"), Inlet("camera"), Inlet(ALL)
TOPIC_IDS = {HOT: "ab" * 16, SMOKE: "bc" * 16, BOTH: "cd" * 16}
ROUNDS = 4


@dataclass
class Stage(Life):
    """One partition of a domain, or that of the signals."""

    def start(self) -> tuple[Evaluate, Door]:
        self.generation += self.random_.choice((1, 1, 2))
        tenure, door = Tenure(), Door(self.log)
        tenure.assigned(self.generation, [(self.inlet.topic, self.number)])
        doors = {"sender": door, "reader": self.log, "tenure": tenure, "committed": self.known}
        if self.inlet == BOTH:
            return Correlate(crossing(), topic_id=TOPIC_IDS[BOTH], **doors), door
        made = Evaluate(
            self.inlet.domain,
            rulebook(self.inlet.domain),
            sender=door,
            reader=self.log,
            tenure=tenure,
            committed=self.known,
            topic_id=TOPIC_IDS[self.inlet],
            partitions=PARTITIONS,
        )
        return made, door


def tick(log: MemoryLog, inlet: Inlet, number: int) -> None:
    log.append(inlet.topic, number, None, None, [(TICK, b"")])


def fill(log: MemoryLog, random_: random.Random, length: int) -> None:
    """Events of both domains with copies and ticks."""
    told: list[tuple[int, str, int, bytes]] = []
    for nth in range(length):
        log.now += random_.choice((0, 5_000, 40_000, 90_000))
        if random_.random() < 0.25:
            for inlet in (HOT, SMOKE):
                tick(log, inlet, random_.randrange(PARTITIONS))
            continue
        told = [one for one in told if log.now - one[0] < SEEN_MS // 2]  # ids are known for so long at least
        if told and random_.random() < 0.1:
            _, topic, number, raw = random_.choice(told)
            log.append(topic, number, b"", raw)
            continue
        event = happening(random_, log.now, nth)
        topic, number = Inlet(event.type).topic, partition_of(event.source, PARTITIONS)
        told.append((log.now, topic, number, encode(event)))
        log.append(topic, number, event.source.encode(), told[-1][3])


async def run(log: MemoryLog, random_: random.Random) -> list[Stage]:
    """All stages live until nothing is left to do; meanwhile time passes for the signals."""
    places = [(inlet, number) for inlet in (HOT, SMOKE) for number in range(PARTITIONS)]
    lives = [Stage(log, random_, *place) for place in (*places, (BOTH, 0))]
    for inlet, number in places:
        tick(log, inlet, number)
    finished = False
    while not all(life.done for life in lives):
        await random_.choice([life for life in lives if not life.done]).live()
        if random_.random() < 0.3:
            log.now += random_.choice((1_000, 30_000, 200_000))
            tick(log, BOTH, 0)
        if all(life.done for life in lives):
            for life in lives:
                await life.wake()
            if not finished:
                log.now += 9 * 3_600_000
                tick(log, BOTH, 0)
                finished = True
    return lives


def judged(partition: Partition, rows: list[Row]) -> Iterator[Outcome]:
    """All of it, slice by slice."""
    at = 0
    while at < len(rows):
        outcome = partition.judge(rows, at)
        at = outcome.stop
        yield outcome


def taken(log: MemoryLog) -> dict[tuple[str, int], list[Signal]]:
    """What a reader takes in that skips what is not higher than the highest origin of an input partition."""
    found: dict[tuple[str, int], list[Signal]] = {}
    highest: dict[tuple[str, int], tuple[int, int]] = {}
    for row in log.rows[BOTH.topic, 0]:
        if row.value is None:
            continue
        origin = read_origin(value_of(row.headers, ORIGIN) or b"")
        assert origin is not None
        here = origin.topic_id, origin.partition
        if (origin.offset, origin.nth) > highest.get(here, (-1, -1)):
            highest[here] = origin.offset, origin.nth
            found.setdefault(here, []).append(signal.decode(row.value))
    return found


def wanted(log: MemoryLog) -> dict[tuple[str, int], list[Signal]]:
    """The signals of one undisturbed judgement, in the order of the input."""
    found: dict[tuple[str, int], list[Signal]] = {}
    for inlet in (HOT, SMOKE):
        for number in range(PARTITIONS):
            partition = Partition(inlet.domain, rulebook(inlet.domain), TOPIC_IDS[inlet], number, PARTITIONS)
            partition.restore(Fold(TOPIC_IDS[inlet], number), 0)
            signals = [one for outcome in judged(partition, log.rows[inlet.topic, number]) for one in outcome.signals]
            made = sorted(signals, key=lambda one: (one.input.offset, one.order))
            if made:
                found[TOPIC_IDS[inlet], number] = made
    return found


def transitions(log: MemoryLog, *, crossed: bool) -> dict[tuple[str, int], set[bytes]]:
    found: dict[tuple[str, int], set[bytes]] = {}
    for number in range(PARTITIONS):
        for row in log.rows[ALERTS, number]:
            if value_of(row.headers, OPEN) is not None:
                continue
            one = alert.decode(row.value or b"")
            assert one.input is not None
            if (one.input.topic == ALL) == crossed:
                found.setdefault((one.alert_id, one.revision), set()).add(row.value or b"")
    return found


def repeats(rows: list[Row]) -> int:
    origins = [value_of(row.headers, ORIGIN) for row in rows if row.value is not None]
    return len(origins) - len(set(origins))


@pytest.mark.parametrize("seed", range(5))
def test_whatever_crashes_each_signal_counts_once_and_the_alerts_are_the_same(seed: int) -> None:
    asyncio.run(_rounds(random.Random(seed)))


async def _rounds(random_: random.Random) -> None:
    troubles = again = fired = 0
    for _ in range(ROUNDS):
        log = MemoryLog()
        log.now = 1_778_734_800_000
        fill(log, random_, random_.randrange(40, 140))
        lives = await run(log, random_)
        troubles += sum(life.troubles for life in lives)
        again += repeats(log.rows[BOTH.topic, 0])
        assert taken(log) == wanted(log)

        calm = Crossing(crossing(), TOPIC_IDS[BOTH])
        calm.restore(Fold(TOPIC_IDS[BOTH], 0), 0)
        told = [raw for outcome in judged(calm, log.rows[BOTH.topic, 0]) for _, raw in outcome.transitions]
        made = {(one.alert_id, one.revision): {raw} for raw in told for one in [alert.decode(raw)]}
        assert transitions(log, crossed=True) == made
        fired += len(made)

        fold = Fold(TOPIC_IDS[BOTH], 0)
        for row in log.rows[BOTH.changelog, 0]:
            fold.add(row.key, row.value, row.timestamp)
        rules = crossing()
        assert {key: winner.record.state for key, winner in fold.winners.items()} == {
            key: rules.to_bytes(cell.state) for key, cell in calm.cells.items()
        }
        assert all(one.rule != "quiet-smoke" for one in map(_first, transitions(log, crossed=False).values()))
        assert log.rows[REJECTED, 0] == []
    assert troubles > ROUNDS
    assert again > 0, "the first stage did repeat itself"
    assert fired > ROUNDS


def _first(values: set[bytes]) -> alert.Transition:
    return alert.decode(next(iter(values)))
