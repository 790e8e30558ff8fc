"""Chunks that wait as bytes: the same records as aiokafka makes, at the same positions."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.consumer.fetcher import READ_COMMITTED, READ_UNCOMMITTED, FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c_py
from aiokafka.structs import TopicPartition
from faust.transport.drivers import aiokafka as driver

from ioc.streams.batches import Batch, ConsumerThread, first_of, keep_whole, records_of
from ioc.streams.fetched import Unread

SPOT = TopicPartition("t", 3)


def batch(first: int, count: int) -> bytes:
    """A batch as the broker gives it, its first record at `first`."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, 100_000)
    for place in range(count):
        at = first + place
        builder.append(place, 1_000 + at, b"k%d" % at, None if at % 5 == 4 else b"v%d" % at, [("ioc-n", b"%d" % at)])
    raw = bytearray(builder.build())
    raw[:8] = first.to_bytes(8, "big")  # the broker's place for it; no part of the checksum
    return bytes(raw)


def fetched(raw: bytes, offset: int, isolation: int = READ_UNCOMMITTED) -> tuple[Any, Any]:
    """aiokafka's result over those bytes, asked for from `offset`, and the state of its partition."""
    state = SimpleNamespace(paused=False, position=offset)
    state.consumed_to = lambda position: setattr(state, "position", position)
    assignment = SimpleNamespace(active=True, state_value=lambda _: state)
    records = PartitionRecords(SPOT, MemoryRecords(raw), [], offset, None, None, True, isolation)
    return FetchResult(SPOT, assignment=assignment, partition_records=records, backoff=0), state


def shown(records: list[Any]) -> list[tuple[Any, ...]]:
    return [(one.offset, one.timestamp, one.key, one.value, [*one.headers]) for one in records]


def garbled(first: int, count: int) -> bytes:
    """A batch that says it is compressed and is not; its checksum is right, as where the sender made it so."""
    raw = bytearray(batch(first, count))
    raw[22] |= 1  # gzip
    raw[17:21] = calc_crc32c_py(bytes(raw[21:])).to_bytes(4, "big")
    return bytes(raw)


RAW = batch(10, 7) + batch(17, 1) + batch(30, 5)


@pytest.mark.parametrize("offset", [10, 13, 16, 17, 25, 30, 34])
def test_the_same_records_come_and_the_same_position_is_left(offset: int) -> None:
    raw = RAW if offset < 17 else batch(17, 1) + batch(30, 5) if offset == 17 else batch(30, 5)
    plain, before = fetched(raw, offset)
    whole, after = fetched(raw, offset)
    keep_whole({SPOT: whole})

    chunk = whole.getall()

    assert all(isinstance(one, Batch) for one in chunk)
    wanted = plain.getall()
    assert first_of(chunk[0]) == wanted[0].offset
    assert (chunk[-1].topic, chunk[-1].partition, chunk[-1].offset) == ("t", 3, wanted[-1].offset)
    assert shown(records_of(chunk)) == shown(wanted)
    assert after.position == before.position == 35
    assert not whole.has_more()


def test_batches_that_lie_before_the_position_are_passed_over() -> None:
    whole, _ = fetched(RAW, 30)
    keep_whole({SPOT: whole})

    assert [one.offset for one in records_of(whole.getall())] == [*range(30, 35)]


def test_a_chunk_may_end_between_two_batches() -> None:
    whole, state = fetched(RAW, 10)
    keep_whole({SPOT: whole})

    assert [one.offset for one in records_of(whole.getall(2))] == [*range(10, 18)]
    assert state.position == 18
    assert [one.offset for one in records_of(whole.getall(2))] == [*range(30, 35)]


def test_a_broken_batch_is_refused_before_it_is_judged() -> None:
    whole, state = fetched(batch(10, 2) + batch(12, 2)[:-1] + b"\x07", 10)
    keep_whole({SPOT: whole})

    with pytest.raises(CorruptRecordException):
        whole.getall()
    assert state.position == 10


@pytest.mark.parametrize("offset", [10, 13])
def test_a_batch_that_cannot_be_unpacked_is_one_record_that_nobody_can_read(offset: int) -> None:
    whole, state = fetched(garbled(10, 7) + batch(17, 1) + batch(30, 5), offset)
    keep_whole({SPOT: whole})

    unread, *rest = records_of(whole.getall())

    assert isinstance(unread, Unread)
    assert (unread.first, unread.offset, unread.timestamp) == (offset, 16, 1_016)
    assert f"offsets {offset} to 16" in unread.note
    assert [one.offset for one in rest] == [17, *range(30, 35)]
    assert state.position == 35


def test_what_was_read_of_a_batch_before_it_broke_is_kept() -> None:
    raw = bytearray(batch(10, 7))
    raw[-8:] = b"\xff" * 8  # in the last record
    raw[17:21] = calc_crc32c_py(bytes(raw[21:])).to_bytes(4, "big")
    whole, _ = fetched(bytes(raw), 10)
    keep_whole({SPOT: whole})

    *read, unread = records_of(whole.getall())

    assert [one.offset for one in read] == [*range(10, 16)]
    assert isinstance(unread, Unread)
    assert (unread.first, unread.offset) == (16, 16)


def test_what_was_begun_or_belongs_to_transactions_stays_as_it_is() -> None:
    begun, _ = fetched(RAW, 10)
    assert begun.getone().offset == 10
    committed, _ = fetched(RAW, 10, READ_COMMITTED)

    keep_whole({SPOT: begun, TopicPartition("t", 4): committed})

    chunk = begun.getall()
    assert [one.offset for one in chunk] == [*range(11, 18), *range(30, 35)]
    assert records_of(chunk) == chunk
    assert first_of(committed.getall()[0]) == 10


async def test_what_comes_while_it_waits_is_taken_by_batches_too(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = fetched(RAW, 10)
    held: dict[Any, Any] = {}
    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    fetcher = SimpleNamespace(_records=held, _closed=False, _create_fetch_waiter=lambda: waiter)
    waits: list[Any] = []

    async def taken(_self: Any, _consumer: Any, _active: Any, timeout: float, _most: int) -> dict[Any, Any]:  # noqa: ASYNC109 - Faust's own
        waits.append(timeout)
        if not held:
            held[SPOT] = found
            waiter.set_result(None)
            return {}
        return {SPOT: held[SPOT].getall()}

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", taken)
    thread: Any = object.__new__(ConsumerThread)

    chunks = await thread._fetch_records(SimpleNamespace(_fetcher=fetcher), {SPOT}, timeout=5.0, max_records=10)

    assert all(isinstance(one, Batch) for one in chunks[SPOT])
    assert waits == [0, 0]


async def test_nothing_comes_and_the_wait_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    fetcher = SimpleNamespace(_records={}, _closed=False, _create_fetch_waiter=lambda: waiter)

    async def taken(*_: Any) -> dict[Any, Any]:
        return {}

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", taken)
    thread: Any = object.__new__(ConsumerThread)

    assert await thread._fetch_records(SimpleNamespace(_fetcher=fetcher), {SPOT}, timeout=0.01) == {}
    assert waiter.cancelled()
