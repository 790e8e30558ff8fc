"""The log of rules: pieces, orders, refusals; what is kept, what may go, who wins."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Sequence

import pytest

from ioc.alerts.edition import Edition
from ioc.errors import Permanent
from ioc.streams import apply, orders
from ioc.streams.apply import KEPT_MS, Ordered
from ioc.streams.fetched import LogRecord
from ioc.streams.headers import TICK, order_header
from ioc.streams.orders import PART_BYTES, Ledger, Order, edition_records, order_record
from ioc.streams.publish import Record, TooLarge
from ioc.streams.topics import RULES
from tests.streams.memory_log import Door, MemoryLog


def edition(mark: str, size: int = 0) -> Edition:
    noise = random.Random(mark).randbytes(size).hex()
    return Edition((f'{{"id": "{mark}", "noise": "{noise}"}}'.encode(),), ())


def fed(records: Sequence[Record], wanted: str = "") -> Ledger:
    found = Ledger(wanted)
    for record in records:
        found.add(record.key, record.value)
    return found


async def test_what_was_applied_is_in_force_and_can_be_read() -> None:
    log = MemoryLog()
    order = await apply.apply(log, Door(log), edition("a"), at=1_000, by="lan")

    found = await apply.ledger(log)
    assert found.newest == order == Order(number=1_000, name=edition("a").name, at=1_000, by="lan", rules=1)
    assert found.edition(order.name) == edition("a")


async def test_the_same_content_again_is_no_new_order() -> None:
    log = MemoryLog()
    first = await apply.apply(log, Door(log), edition("a"), at=1_000, by="lan")
    assert await apply.apply(log, Door(log), edition("a"), at=2_000, by="minh") == first
    assert len(log.rows[RULES, 0]) == 2


async def test_who_waits_for_an_order_to_be_named_reads_each_record_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "POLL_SECONDS", 0.0)
    log, read = MemoryLog(), list[int]()
    order = await apply.apply(log, Door(log), edition("a"), at=1_000, by="lan")
    for _ in range(20):
        log.append("t", 0, None, None, [(TICK, b"")])

    class Counting(MemoryLog):
        async def read(
            self, topic: str, partition: int, *, start: int = 0, since: int | None = None
        ) -> AsyncGenerator[Sequence[LogRecord], None]:
            async for records in log.read(topic, partition, start=start, since=since):
                read.extend(record.offset for record in records)
                yield records
            if start == 20:
                log.append("t", 0, None, None, [(TICK, b""), order_header(order.number, order.name)])

    assert await apply.named(Counting(), order, "t", 10, 5.0)
    assert read == list(range(10, 21))


async def test_numbers_grow_though_the_clock_goes_back() -> None:
    log = MemoryLog()
    numbers = [
        (await apply.apply(log, Door(log), edition(m), at=t, by="")).number
        for m, t in zip("abc", (9, 5, 9), strict=True)
    ]
    assert numbers == [9, 10, 11]


async def test_of_two_who_order_at_once_one_is_told_that_the_other_came_between() -> None:
    log = MemoryLog()

    with pytest.raises(Permanent, match="minh"):
        await apply.apply(log, Overtaken(log, "quick"), edition("slow"), at=1_000, by="lan")
    assert (await apply.ledger(log)).newest == Order(
        number=1_000, name=edition("quick").name, at=1_000, by="minh", rules=1
    )


def test_an_edition_larger_than_a_record_is_read_only_when_all_of_it_is_there() -> None:
    large = edition("large", PART_BYTES)
    records = edition_records(large)
    assert len(records) > 1
    assert fed(records[:-1]).edition(large.name) is None
    assert fed(records).edition(large.name) == large
    assert fed([*reversed(records)]).edition(large.name) == large


def test_pieces_that_are_not_what_their_name_says_are_no_edition() -> None:
    (record,) = edition_records(edition("a"))
    name = edition("b").name
    assert fed([Record(f"part|{name}|0|1".encode(), record.value)]).edition(name) is None


@pytest.mark.parametrize(
    "record",
    [
        Record(b"order|x", b"{}"),
        Record(b"order|1", b"{}"),
        Record(b"order|1", b"\xff"),
        Record(b"part|x", b""),
        Record(b"refused|1", b"[]"),
        Record(b"\xff\xff", b"?"),
        Record(None, None),
    ],
)
def test_a_record_that_nobody_can_read_stops_nothing(record: Record) -> None:
    good = order_record(Order(number=1, name=edition("a").name))
    found = fed([record, *edition_records(edition("a")), good])
    assert found.newest is not None
    assert found.edition(found.newest.name) == edition("a")


def test_the_newest_editions_stay_in_memory_and_any_other_is_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    size = sum(len(one.value or b"") for one in edition_records(edition("e10", 1000)))
    monkeypatch.setattr(orders, "KEPT_BYTES", 8 * size)
    marks = [f"e{n}" for n in range(10, 24)]
    names = {mark: edition(mark, 1000).name for mark in marks}
    records = [
        one
        for n, mark in enumerate(marks)
        for one in (*edition_records(edition(mark, 1000)), order_record(Order(number=n, name=names[mark])))
    ]
    found = fed(records)
    kept = [mark for mark in marks if found.edition(names[mark])]
    assert kept == marks[-len(kept) :]
    assert 3 <= len(kept) <= 8
    assert fed(records, names["e10"]).edition(names["e10"]) == edition("e10", 1000)


async def test_what_was_followed_a_month_ago_is_taken_back_and_what_came_again_stays() -> None:
    log = MemoryLog()
    door = Door(log)
    for mark, at in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        await apply.apply(log, door, edition(mark), at=at, by="")
    await apply.refuse(log, door, {"vi": ["sai"], "en": ["wrong"]}, at=5, by="")
    await apply.apply(log, door, edition("d"), at=KEPT_MS + 4, by="")

    found = await apply.ledger(log)
    assert [one.name for one in found.orders.values()] == [edition(mark).name for mark in "acd"]
    assert [bool(found.edition(edition(mark).name)) for mark in "abcd"] == [True, False, True, True]
    assert len(found.refusals) == 1


async def test_a_refusal_is_written_with_its_first_mistakes_and_changes_nothing() -> None:
    log = MemoryLog()
    order = await apply.apply(log, Door(log), edition("a"), at=1, by="")
    said = [f"environment.yaml, dòng {n}" for n in range(90)]
    await apply.refuse(log, Door(log), {"vi": said, "en": said}, at=1, by="lan")
    await apply.refuse(log, Door(log), {"vi": said, "en": said}, at=1, by="lan")

    found = await apply.ledger(log)
    assert found.newest == order
    assert [(one.number, one.mistakes, one.by) for one in found.refusals.values()] == [(1, 90, "lan"), (2, 90, "lan")]
    assert found.refusals[1].said["vi"][0] == "environment.yaml, dòng 0"


async def test_a_folder_is_asked_for_only_where_nothing_was_ever_ordered() -> None:
    log = MemoryLog()
    first = await apply.first(log, Door(log), Ordered(initial=lambda: edition("a"), at=7, by="lan"))

    def broken() -> Edition:
        raise AssertionError("the folder is not looked at")

    assert await apply.first(log, Door(log), Ordered(initial=broken, at=9, by="minh")) == first


class Overtaken(Door):
    """Somebody else's order comes just before the first of this door."""

    def __init__(self, log: MemoryLog, mark: str) -> None:
        super().__init__(log)
        self._mark = mark

    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        mark, key = self._mark, records[0].key or b""
        if mark and key.startswith(b"order"):
            self._mark = ""
            await apply.apply(self._log, Door(self._log), edition(mark), at=1_000, by="minh")
        return await super().send_batch(topic, partition, records)


async def test_two_workers_that_begin_a_new_system_at_once_take_the_same_set() -> None:
    log = MemoryLog()
    ours = Ordered(initial=lambda: edition("ours"), at=1_000, by="lan")
    assert (await apply.first(log, Overtaken(log, "theirs"), ours)).name == edition("theirs").name


async def test_who_orders_what_somebody_else_has_just_ordered_has_what_he_wanted() -> None:
    log = MemoryLog()
    order = await apply.apply(log, Overtaken(log, "a"), edition("a"), at=1_000, by="lan")
    assert order.name == edition("a").name
