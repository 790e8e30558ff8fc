"""A worker's rule sets: read at the start, made ready before they are named, the old ones found again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping

import pytest

from ioc.errors import Retryable
from ioc.streams import apply, editions
from ioc.streams.changelog import Fold
from ioc.streams.editions import Editions, Gone
from ioc.streams.follow import Chunk, Followed, Log
from ioc.streams.headers import TICK, clock_header, order_header
from ioc.streams.in_force import RULES_KEY, InForce, Since, encode
from ioc.streams.inlet import Inlet
from ioc.streams.inlet_rules import InletRules, Unordered
from ioc.streams.orders import Order, Refused
from ioc.streams.topics import RULES, input_topic
from tests.streams.memory_log import Door, MemoryLog
from tests.streams.small_editions import EDITIONS
from tests.streams.small_rules import rulebook

TOPIC = input_topic("environment")
HERE = "ab" * 16
FIRST, SECOND, THIRD = EDITIONS[0], EDITIONS[1], EDITIONS[2]


async def applied(log: MemoryLog, nth: int) -> Order:
    return await apply.apply(log, Door(log), EDITIONS[nth], at=1_000 + nth, by="lan")


def made(log: MemoryLog, told: list[Order | Refused] | None = None) -> Editions:
    return Editions("nowhere", log, domains=("environment",), told=(told if told is not None else []).append)


async def test_at_the_start_the_newest_order_is_ready_and_named() -> None:
    log, told = MemoryLog(), list[Order | Refused]()
    await applied(log, 0)
    newest = await applied(log, 1)
    found = made(log, told)
    assert found.headers() == []

    await found.open()

    assert found.headers() == [order_header(newest.number, SECOND.name)]
    assert told == [newest]
    assert (await found.book(FIRST.name, "environment")).version != (
        await found.book(SECOND.name, "environment")
    ).version


async def test_an_order_is_named_only_once_its_rules_are_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MemoryLog()
    await applied(log, 0)
    found = made(log)
    await found.open()
    gate, asked = asyncio.Event(), asyncio.Event()
    prepare = found._prepare

    async def slow(name: str) -> editions.Books:
        asked.set()
        await gate.wait()
        return await prepare(name)

    monkeypatch.setattr(found, "_prepare", slow)
    monkeypatch.setattr(editions, "follow", following(log))
    running = asyncio.create_task(found.run())
    found.ordered.clear()
    second = await applied(log, 1)
    await asked.wait()
    assert found.headers()[0][1].endswith(FIRST.name.encode())

    gate.set()
    async with asyncio.timeout(10):
        await found.ordered.wait()
    assert found.headers() == [order_header(second.number, SECOND.name)]
    running.cancel()


def following(log: MemoryLog, fail: int = 0) -> object:
    """`follow` on a log in memory; the first `fail` calls find no broker."""
    left = [fail]

    async def follow(
        _bootstrap: str, topic: str, offsets: Mapping[int, int], _known: Log | None = None
    ) -> AsyncGenerator[Chunk, None]:
        if left[0]:
            left[0] -= 1
            raise Retryable("kafka_unreachable", retry_after=0.0, bootstrap="x", reason="y")
        at = offsets[0]
        while True:
            rows = log.rows[topic, 0][at:]
            if rows:
                at = rows[-1].offset + 1
                records = [Followed(row.offset, row.key, row.value, row.headers, row.timestamp) for row in rows]
                yield Chunk("cluster", "topic", 0, records, at, at)
            await asyncio.sleep(0)

    return follow


async def test_an_outage_is_waited_for_and_refusals_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    log, told = MemoryLog(), list[Order | Refused]()
    await applied(log, 0)
    found = made(log, told)
    await found.open()
    monkeypatch.setattr(editions, "follow", following(log, fail=3))
    running = asyncio.create_task(found.run())
    await apply.refuse(log, Door(log), {"vi": ["sai"], "en": ["wrong"]}, at=5, by="lan")
    found.ordered.clear()
    await applied(log, 1)
    async with asyncio.timeout(10):
        await found.ordered.wait()
        while len(told) < 3:  # noqa: ASYNC110 - what is told last has no event of its own
            await asyncio.sleep(0)
    assert [type(one) for one in told] in ([Order, Order, Refused], [Order, Refused, Order])
    running.cancel()


async def test_many_rules_make_room_for_the_newest_and_an_older_set_is_made_ready_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(editions, "READY_RULES", 7)
    log = MemoryLog()
    for nth in range(len(EDITIONS)):
        await applied(log, nth)
    found = made(log)
    await found.open()
    for one in EDITIONS:
        await found.book(one.name, "environment")
    assert len(found._ready) == 3  # the last is empty, the two before it have three rules each
    first = await found.ready(FIRST.name)
    assert first.content.rules.by_id.keys() == {"high", "often", "silent"}


async def test_a_partition_that_lies_far_behind_does_not_make_sets_ready_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = MemoryLog()
    for nth in range(len(EDITIONS)):
        await applied(log, nth)
    found, calls = made(log), list[str]()
    await found.open()
    prepare = found._prepare

    async def counted(name: str) -> editions.Books:
        calls.append(name)
        return await prepare(name)

    async def no_log(*_: object, **__: object) -> AsyncGenerator[None, None]:
        raise AssertionError("the log of rules is read once")
        yield

    monkeypatch.setattr(found, "_prepare", counted)
    monkeypatch.setattr(log, "read", no_log)
    for _ in range(24):  # as many partitions
        for one in EDITIONS:
            await found.book(one.name, "environment")
    assert len(calls) == len(EDITIONS) - 1  # the newest was ready


async def test_an_edition_that_is_asked_for_by_many_at_once_is_made_ready_once(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MemoryLog()
    await applied(log, 0)
    found, calls = made(log), list[str]()
    prepare = found._prepare

    async def counted(name: str) -> editions.Books:
        calls.append(name)
        return await prepare(name)

    monkeypatch.setattr(found, "_prepare", counted)
    await asyncio.gather(*(found.book(FIRST.name, "environment") for _ in range(20)))
    assert calls == [FIRST.name]


async def test_an_edition_that_is_nowhere_is_gone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(editions, "WAIT_SECONDS", 0.0)
    log = MemoryLog()
    await applied(log, 0)
    with pytest.raises(Gone):
        await made(log).book(SECOND.name, "environment")
    assert "is not in ioc.rules any more" in caplog.text
    await applied(log, 1)
    assert await made(log).book(SECOND.name, "environment")


async def test_rules_that_this_process_cannot_judge_are_told_before_they_are_named() -> None:
    log = MemoryLog()
    await applied(log, 0)
    found = made(log)

    class Leave(Exception):
        pass

    def admit(_: editions.Books) -> None:
        raise Leave

    found.admit = admit
    with pytest.raises(Leave):
        await found.open()
    assert found.headers() == []


# --- what a loader asks


def ticks(log: MemoryLog, *orders: Order | None) -> None:
    for order in orders:
        headers = [] if order is None else [order_header(order.number, order.name)]
        log.append(TOPIC, 0, None, None, [(TICK, b""), *headers])


async def test_a_loader_finds_what_was_in_force_at_its_offset_in_the_changelog() -> None:
    log = MemoryLog()
    orders = [await applied(log, nth) for nth in range(3)]
    ticks(log, *orders)
    fold = Fold(HERE, 0)
    held = InForce(Since(-1, orders[0].number, FIRST.name))
    held.order(1, orders[1].number, SECOND.name)
    held.order(2, orders[2].number, THIRD.name)
    fold.add(RULES_KEY, encode(held.record(1, HERE, 0)), 0)
    rules = InletRules(Inlet("environment"), made(log), log)

    for committed, name in ((0, FIRST.name), (1, FIRST.name), (2, SECOND.name), (3, THIRD.name)):
        found, book = await rules.at(0, fold, committed)
        assert found.now.name == name
        assert book.version == (await made(log).book(name, "environment")).version


async def test_without_a_record_the_first_order_from_there_on_judges_what_stands_before_it() -> None:
    log = MemoryLog()
    first, second = await applied(log, 0), await applied(log, 1)
    ticks(log, None, None)
    log.append(TOPIC, 0, None, None, [(TICK, b""), order_header(9, "x"), clock_header("may", 5)])
    ticks(log, first, second)
    rules = InletRules(Inlet("environment"), made(log), log)

    found, _ = await rules.at(0, Fold(HERE, 0), 0)
    assert found.now == Since(-1, first.number, FIRST.name)
    assert found.changed
    found, _ = await rules.at(0, Fold(HERE, 0), 4)
    assert found.now == Since(3, second.number, SECOND.name)


async def test_a_partition_in_which_nothing_was_ever_ordered_is_not_judged() -> None:
    log = MemoryLog()
    ticks(log, None)
    with pytest.raises(Unordered):
        await InletRules(Inlet("environment"), made(log), log).at(0, Fold(HERE, 0), 0)


async def test_what_was_in_force_and_is_gone_gives_way_to_the_next_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editions, "WAIT_SECONDS", 0.0)
    log = MemoryLog()
    second = await applied(log, 1)
    fold = Fold(HERE, 0)
    fold.add(RULES_KEY, encode(InForce(Since(-1, 5, FIRST.name)).record(1, HERE, 0)), 0)
    ticks(log, Order(number=5, name=FIRST.name), second)
    rules = InletRules(Inlet("environment"), made(log), log)
    found, _ = await rules.at(0, fold, 0)
    assert found.now.name == SECOND.name


async def test_only_orders_beyond_what_is_in_force_are_fetched() -> None:
    log = MemoryLog()
    orders = [await applied(log, nth) for nth in range(3)]
    ticks(log, *orders, None)
    rules = InletRules(Inlet("environment"), made(log), log)
    held = InForce(Since(-1, orders[1].number, SECOND.name))
    assert list(await rules.ordered(held, log.rows[TOPIC, 0])) == [THIRD.name]


async def test_rules_that_never_change_need_no_log_of_rules() -> None:
    log, book = MemoryLog(), rulebook()
    rules = InletRules(Inlet("environment"), book, log)
    ticks(log, Order(number=5, name=FIRST.name))
    found, judging = await rules.at(0, Fold(HERE, 0), 0)
    assert (found.changed, judging) == (False, book)
    assert await rules.ordered(found, log.rows[TOPIC, 0]) == {FIRST.name: book}
    assert RULES not in {topic for topic, _ in log.rows}
