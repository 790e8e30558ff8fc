"""Events put in order on disk, and played in order, as fast as told."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest

from ioc.errors import Permanent
from ioc.events.codec import decode
from ioc.replay import RUN_ON_MS
from ioc.streams import replay as module
from ioc.streams.headers import CLOCK, ORIGIN, TICK, read_clock, read_origin, value_of
from ioc.streams.publish import Record, TooLarge
from ioc.streams.replay import Played, Replay, play
from ioc.streams.spool import Spool
from ioc.streams.topics import partition_of
from tests.streams.small_rules import reading

FIRST = 1_700_000_000_000
SOURCES = ("a", "b", "c", "d", "e")
PARTITIONS = 4


class Log:
    """Takes everything, batch by batch."""

    def __init__(self, *, too_large: bool = False) -> None:
        self.batches: list[tuple[int, Sequence[Record]]] = []
        self._too_large = too_large

    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        assert topic.endswith("ioc.environment")
        self.batches.append((partition, list(records)))
        return [TooLarge(2, 1) if self._too_large else 0 for _ in records]

    def of(self, partition: int) -> list[Record]:
        return [record for number, records in self.batches if number == partition for record in records]

    @property
    def records(self) -> list[Record]:
        return [record for _, records in self.batches for record in records]


@pytest.fixture
def spool() -> Iterator[Spool]:
    with Spool(PARTITIONS) as made:
        yield made


def fill(spool: Spool, moments: Sequence[int]) -> Replay:
    for nth, at in enumerate(moments):
        assert spool.add(reading(SOURCES[nth % len(SOURCES)], FIRST + at, nth, nth=nth), ahead=300)
    spool.sort()
    return Replay("environment", "may-12", "12", spool)


def clock_of(record: Record) -> int:
    told = read_clock(value_of(record.headers, CLOCK) or b"")
    assert told
    assert told[0] == "may-12"
    return told[1]


def nth_of(record: Record) -> int:
    origin = read_origin(value_of(record.headers, ORIGIN) or b"")
    assert origin
    assert (origin.topic_id, origin.partition, origin.nth) == ("12", 0, 0)
    return origin.offset


async def test_every_event_goes_once_in_order_with_its_place_and_the_clock_never_goes_back(spool: Spool) -> None:
    moments = [random.Random(3).randrange(3_600_000) for _ in range(5_000)]
    log = Log()
    played = await play(fill(spool, moments), log)

    events = [record for record in log.records if record.value is not None]
    assert sorted(map(nth_of, events)) == list(range(5_000))
    assert [clock_of(record) for record in sorted(events, key=nth_of)] == sorted(FIRST + at for at in moments)
    for number in range(PARTITIONS):
        mine = log.of(number)
        assert all(clock_of(before) <= clock_of(after) for before, after in pairwise(mine))
        assert {partition_of(record.key, PARTITIONS) for record in mine if record.key} <= {number}
    ticks = [record for record in log.records if record.value is None]
    assert all(value_of(record.headers, TICK) == b"" for record in ticks)
    assert played == Played(FIRST + max(moments) + RUN_ON_MS, 5_000, len(ticks))
    assert max(len(records) for _, records in log.batches) <= module.TOGETHER


async def test_events_of_one_moment_keep_the_order_in_which_they_were_read(spool: Spool) -> None:
    replay = fill(spool, [5, 0, 5, 0, 5])

    assert [decode(spool.body(nth).value).value for nth in range(5)] == [1, 3, 0, 2, 4]
    assert replay.spool.span == (FIRST, FIRST + 5)


def test_an_event_that_was_met_before_is_not_kept(spool: Spool) -> None:
    assert spool.add(reading("a", FIRST, 1), 300)
    assert not spool.add(reading("a", FIRST, 1), 300)
    assert spool.add(reading("a", FIRST, 1, nth=2), 300)
    assert len(spool) == 2


def test_refused_records_come_back_line_by_line(spool: Spool) -> None:
    lines = [b'{"n":%d,"x":"%s"}' % (n, b"y" * 50_000) for n in range(10)]
    for line in lines:
        spool.refuse(line)

    parts = list(spool.refused())
    assert [line for part in parts for line in part] == lines
    assert len(parts) > 1


async def test_at_a_speed_nothing_goes_before_its_time_and_it_is_told_how_far_it_is(spool: Spool) -> None:
    replay = fill(spool, [0, 600_000, 1_200_000])
    log, pauses, told = Log(), list[tuple[float, int]](), list[Played]()

    began = asyncio.get_running_loop().time()

    async def pause(seconds: float) -> None:
        # Nobody really waits: so each pause says how long after the beginning the next record is due.
        due = seconds + asyncio.get_running_loop().time() - began
        pauses.append((due, max(clock_of(record) for record in log.records) - FIRST))

    await play(replay, log, speed=60.0, told=told.append, pause=pause)

    seconds = [due for due, _ in pauses]
    assert all(before < after + 0.1 for before, after in pairwise(seconds))
    assert seconds[-1] == pytest.approx((1_200_000 + RUN_ON_MS) / 60_000, abs=0.1)
    assert all(sent / 60_000 <= due + 0.1 for due, sent in pauses)
    assert [one.events for one in told if one.clock == FIRST + 600_000][-1] == 2
    assert told[-1].clock == FIRST + 1_200_000 + RUN_ON_MS


async def test_as_fast_as_can_be_never_pauses(spool: Spool) -> None:
    async def pause(_: float) -> None:
        pytest.fail("it waited")

    await play(fill(spool, [0, 86_400_000]), Log(), pause=pause)


async def test_a_record_that_kafka_cannot_hold_is_no_silent_loss(spool: Spool) -> None:
    with pytest.raises(Permanent, match="record_too_large"):
        await play(fill(spool, [0]), Log(too_large=True))
