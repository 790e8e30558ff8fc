from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from ioc.errors import Retryable
from ioc.events import Domain
from ioc.streams import tick
from ioc.streams.changelog import Fold
from ioc.streams.editions import Editions
from ioc.streams.headers import Header, order_header
from ioc.streams.holes import CLOCK_KEY, HOLE_MS, Change, ClockRecord, Holes, decode, encode
from ioc.streams.inlet import Inlet
from ioc.streams.partition import Partition
from ioc.streams.tick import Ticker
from tests.streams.memory_log import MemoryLog
from tests.streams.small_rules import rulebook
from tests.streams.test_worlds import HERE, Log


class Writer:
    def __init__(self) -> None:
        self.count = 0
        self.down = False
        self.topics: list[str] = []

    async def publish_ticks(
        self, domain: Domain, clock: int = 0, replay: str = "", more: Sequence[Header] = (), by: str = ""
    ) -> Mapping[int, int]:
        assert (clock, replay, more) == (0, "", ())
        self.topics.append(Inlet(domain, by).name)
        if self.down:
            raise Retryable("kafka_unavailable", topic=domain, reason="test")
        self.count += 1
        return {0: self.count, 1: self.count + 10}


async def test_every_partition_of_every_input_is_ticked_and_its_end_told() -> None:
    told: list[tuple[Inlet, int, int]] = []
    writer, camera, address = Writer(), Inlet("camera"), Inlet("netsec", "src_ip")
    await Ticker([camera, address], writer, lambda *one: told.append(one)).tick()
    assert told == [(camera, 0, 2), (camera, 1, 12), (address, 0, 3), (address, 1, 13)]
    assert writer.topics == ["camera", "netsec.by-src_ip"]


async def test_an_outage_is_said_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    writer = Writer()
    ticker = Ticker([Inlet("camera")], writer, lambda *_: None)
    writer.down = True
    for _ in range(3):
        await ticker.tick()
    writer.down = False
    for _ in range(3):
        await ticker.tick()
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["no ticks", "ticks again"]


async def test_it_goes_on_through_outages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick, "PERIOD_MS", 1)
    writer, ticked = Writer(), asyncio.Event()

    def told(*_: object) -> None:
        if writer.count > 5:
            ticked.set()

    writer.down = True
    running = asyncio.create_task(Ticker([Inlet("camera")], writer, told).run())
    await asyncio.sleep(0.01)
    writer.down = False
    await asyncio.wait_for(ticked.wait(), 5)
    running.cancel()


class Ordered(Editions):
    """Knows one order after the other."""

    def __init__(self) -> None:
        super().__init__("nowhere", MemoryLog())
        self.number = 0

    def order(self) -> None:
        self.number += 1
        self.ordered.set()

    def headers(self) -> Sequence[Header]:
        return [order_header(self.number, "a")] if self.number else []


class Telling(Writer):
    """Keeps what ticks say beside the time; `ticked` is set by each."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Sequence[Header]] = []
        self.ticked = asyncio.Event()

    async def publish_ticks(
        self, domain: Domain, clock: int = 0, replay: str = "", more: Sequence[Header] = (), by: str = ""
    ) -> Mapping[int, int]:
        self.said.append(more)
        self.ticked.set()
        return await super().publish_ticks(domain, clock, replay, (), by)


async def test_a_new_order_is_named_at_once_and_the_beat_stays_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick, "PERIOD_MS", 60_000)  # nothing but orders makes a tick here
    writer, editions = Telling(), Ordered()
    running = asyncio.create_task(Ticker([Inlet("camera")], writer, lambda *_: None, editions).run())
    for _ in range(4):
        await asyncio.wait_for(writer.ticked.wait(), 5)
        writer.ticked.clear()
        editions.order()
    await asyncio.wait_for(writer.ticked.wait(), 5)
    running.cancel()
    assert writer.said == [[], *([order_header(number, "a")] for number in (1, 2, 3, 4))]


async def test_many_orders_do_not_put_off_the_next_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick, "PERIOD_MS", 200)
    writer, editions = Telling(), Ordered()
    loop = asyncio.get_running_loop()
    began = loop.time()
    running = asyncio.create_task(Ticker([Inlet("camera")], writer, lambda *_: None, editions).run())
    for _ in range(50):
        await asyncio.wait_for(writer.ticked.wait(), 5)
        writer.ticked.clear()
        editions.order()
    for _ in range(2):  # the last order, and a beat
        await asyncio.wait_for(writer.ticked.wait(), 5)
        writer.ticked.clear()
    running.cancel()
    assert loop.time() - began < 5  # and not after fifty beats


def test_a_pause_between_ticks_is_a_hole_less_one_period() -> None:
    holes = Holes()
    holes.begin(10_000)
    holes.tick(10_000, 1)
    holes.tick(10_000 + HOLE_MS, 2)
    assert not holes.changed
    holes.tick(100_000, 3)
    assert holes.lost == 100_000 - 10_000 - HOLE_MS - 1000
    assert holes.record(1, "ab", 0).changes == [Change(3, holes.lost, 100_000)]
    assert not holes.changed


def test_a_hole_counts_up_to_the_event_that_lies_in_it() -> None:
    holes = Holes()
    holes.begin(10_000)
    assert holes.until(12_000, 1) == 0
    assert holes.until(70_000, 2) == 59_000
    assert holes.until(80_000, 3) == 69_000
    holes.tick(110_000, 4)
    assert holes.until(110_000, 5) == 99_000
    assert holes.record(1, "ab", 0).changes == [Change(2, 0, 10_000), Change(4, 99_000, 110_000)]


def test_a_loader_finds_what_held_at_the_committed_offset() -> None:
    record = ClockRecord(1, "ab", 0, 4, [Change(2, 0, 10_000), Change(4, 99_000, 110_000)])
    for committed, lost, ticked in ((2, 0, 0), (3, 0, 10_000), (4, 0, 10_000), (5, 99_000, 110_000)):
        holes = Holes()
        holes.restore(record, committed)
        assert (holes.lost, holes.ticked) == (lost, ticked)


@pytest.mark.parametrize("committed", [0, 1, 3, 30, 49, 60])
def test_however_many_holes_are_not_committed_yet_a_loader_counts_each_once(committed: int) -> None:
    rows = [(nth * 10_000, nth) for nth in range(60)]
    holes = Holes()
    holes.begin(1)
    for clock, offset in rows:
        holes.tick(clock, offset)
    holes.prune(committed)

    again = Holes()
    again.restore(holes.record(1, "ab", 0), committed)
    again.begin(1)
    for clock, offset in rows[committed:]:
        again.tick(clock, offset)

    assert again.lost == holes.lost


def test_what_no_loader_can_ask_for_is_forgotten() -> None:
    holes = Holes()
    holes.begin(1)
    for nth in range(50):
        holes.tick(nth * 10_000, nth)
    holes.prune(40)
    assert [change.offset for change in holes.changes] == list(range(39, 50))


def test_the_clock_record_comes_back_and_its_key_is_no_sources() -> None:
    one = ClockRecord(2, "ab", 1, 7, [Change(7, 5000, 4000)])
    assert decode(encode(one)) == one
    with pytest.raises(UnicodeDecodeError):
        CLOCK_KEY.decode()


def test_a_hole_that_opens_at_events_judged_before_a_crash_is_known_to_every_later_loader() -> None:
    log = Log()
    log.tick()
    log.live("a", 10, wait=HOLE_MS + 1)
    first = Partition("environment", rulebook(), HERE, 0, 1)
    first.restore(Fold(HERE, 0), 0)
    outcome = first.judge(log.rows)
    fold = Fold(HERE, 0)
    for key, value in first.records(outcome.dirty, 1):
        fold.add(key, value, log.now)

    # The second begins behind the tick, passes over the event, and is killed as well.
    second = Partition("environment", rulebook(), HERE, 0, 1)
    second.restore(fold, 1, log.rows[:1])
    assert second.judge(log.rows[1:]).again == 1
    assert (
        [change.offset for change in second.holes.changes] == [change.offset for change in first.holes.changes] == [1]
    )
    assert second.clock_record(2) is not None
