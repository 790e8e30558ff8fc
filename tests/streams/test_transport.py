from __future__ import annotations

import asyncio
from collections import defaultdict
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import pytest
from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka as driver
from faust.transport.drivers import by_url
from faust.types import TP
from intervaltree import IntervalTree  # type: ignore[import-untyped]  # Faust's own helper

from ioc.streams import transport
from ioc.streams.transport import Consumer, Transport

SPOT = TP("t", 0)


class Message:
    def __init__(self, offset: int, generation: int) -> None:
        self.tp, self.topic, self.offset, self.generation_id, self.acked = SPOT, "t", offset, generation, False


def consumer(kind: type[Any], committed: int | None = None) -> Any:
    """Only what acks and commits need of a consumer."""
    made: Any = object.__new__(kind)
    made.app = SimpleNamespace(
        consumer_generation_id=4, topics=SimpleNamespace(acks_enabled_for=lambda _topic: True), monitor=None
    )
    made._acked, made._acked_index = defaultdict(list), defaultdict(set)
    made._gap, made._n_acked = defaultdict(IntervalTree), 0
    made._committed_offset = defaultdict(lambda: committed)
    made._unacked_messages = WeakSet()
    made._waiting_for_ack = None
    made._acked_in = {}
    return made


async def chunks(made: Any, *lasts: int) -> list[int | None]:
    """Deliver, ack and commit chunks by their last offsets, as Faust's own loop does."""
    offsets: list[int | None] = []
    read: int | None = None
    for last in lasts:
        if read and last - read > 1:
            await made._add_gap(SPOT, read + 1, last)
        read = last
        made.ack(Message(last, 4))
        offset = made._new_offset(SPOT)
        offsets.append(offset)
        if offset is not None:
            made._committed_offset[SPOT] = offset
    return offsets


async def test_every_chunk_is_committed_to_its_end() -> None:
    assert await chunks(consumer(Consumer), 0, 500, 501, 4000) == [1, 501, 502, 4001]
    assert await chunks(consumer(Consumer, 100), 499, 999) == [500, 1000]


async def test_fausts_own_arithmetic_never_commits_again_after_a_first_chunk_of_one_record() -> None:
    """The fault that makes ours necessary; when this fails, Faust has mended it."""
    assert await chunks(consumer(driver.Consumer), 0, 500, 501, 4000) == [1, None, None, None]


def test_nothing_acked_commits_nothing() -> None:
    assert consumer(Consumer)._new_offset(SPOT) is None


def test_an_ack_of_an_earlier_generation_is_forgotten() -> None:
    made = consumer(Consumer)
    late = Message(77, 3)
    made._unacked_messages.add(late)

    assert not made.ack(late)
    assert late.acked
    assert not made._unacked_messages
    assert made._new_offset(SPOT) is None
    assert made.ack(Message(5, 4))
    assert made._new_offset(SPOT) == 6


async def test_acks_between_revocation_and_assignment_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    made = consumer(Consumer)
    made.ack(Message(5, 4))
    done: list[Any] = []

    async def stock(_self: Any, assigned: set[Any], generation_id: int = 0) -> None:
        done.append((assigned, generation_id))

    monkeypatch.setattr(driver.Consumer, "on_partitions_assigned", stock)
    await made.on_partitions_assigned({SPOT}, 5)

    assert done == [({SPOT}, 5)]
    assert made._new_offset(SPOT) is None


def fetching(fetched: dict[TP, list[Any]]) -> tuple[Any, list[str]]:
    made = consumer(Consumer)
    calls: list[str] = []

    async def records(_timeout: float) -> tuple[Any, Any]:
        return fetched, {SPOT, TP("t", 1)}

    async def seek() -> None:
        calls.append("seek")

    made._wait_next_records = records
    made.perform_seek = seek
    made.highwater = lambda _tp: 0
    made.app.monitor = SimpleNamespace(track_tp_end_offset=lambda *_: None)
    made._to_message = lambda tp, record: SimpleNamespace(tp=tp, offset=record.offset, value=None)
    made._stopped = SimpleNamespace(is_set=lambda: False)
    made._crashed = SimpleNamespace(is_set=lambda: False)
    made._buffered_partitions = set()
    made.flow_active = True
    return made, calls


def rows(*offsets: int) -> list[Any]:
    return [SimpleNamespace(offset=offset) for offset in offsets]


async def test_one_message_per_partition_carries_all_its_records() -> None:
    made, _ = fetching({SPOT: rows(3, 4, 5), TP("t", 1): rows(9), TP("t", 2): rows(1), TP("t", 3): []})
    found = [(tp, message.offset, len(message.value)) async for tp, message in made.getmany(1.0)]
    assert found == [(SPOT, 5, 3), (TP("t", 1), 9, 1)]  # 2 is not ours any more


async def test_a_rebalance_in_between_ends_the_round() -> None:
    made, _ = fetching({SPOT: rows(3), TP("t", 1): rows(9)})
    found = []
    async for tp, _message in made.getmany(1.0):
        found.append(tp)
        made.app.consumer_generation_id = 5
    assert found == [SPOT]


async def test_a_second_rebalance_while_the_first_is_sought_is_no_crash() -> None:
    made, _ = fetching({SPOT: rows(3)})
    made._committed_offset[SPOT] = 7
    made.flow_active = False

    async def seek() -> None:
        raise IllegalStateError(SPOT)

    made.perform_seek = seek
    assert [tp async for tp, _ in made.getmany(1.0)] == []


async def test_what_was_fetched_while_the_flow_was_stopped_is_fetched_again() -> None:
    """Faust goes back to what is committed; where nothing is, only we can: a new group lost its first chunk so."""
    committed, gone = TP("t", 1), TP("t", 2)
    made, calls = fetching({SPOT: rows(3, 4), committed: rows(9), gone: rows(5)})
    made._committed_offset[committed] = 7

    async def seek(tp: TP, offset: int) -> None:
        if tp == gone:
            raise IllegalStateError(tp)
        calls.append(f"{tp.partition}->{offset}")

    made.seek = seek
    made.flow_active = False
    assert [one async for one in made.getmany(1.0)] == []
    assert calls == ["seek", "0->3"]


@pytest.mark.parametrize("gone", [False, True])
async def test_where_nothing_is_committed_every_resumption_begins_at_the_beginning(gone: bool) -> None:
    """Two rebalances close together: the flow of the first begins in the second, whose end empties the queues."""
    committed, zero = TP("t", 1), TP("t", 2)
    begun: list[TP] = []

    class Thread:
        async def seek_to_committed(self) -> dict[TP, int | None]:
            return {SPOT: None, committed: 7, zero: 0}

        async def seek_to_beginning(self, *spots: TP) -> None:
            begun.extend(spots)
            if gone:
                raise IllegalStateError(SPOT)

    made = consumer(Consumer)
    made._thread = Thread()
    made._read_offset = {}
    await made.perform_seek()
    assert begun == [SPOT, zero]
    assert made._read_offset == {SPOT: None, committed: 7, zero: 0}


def test_faust_finds_it_by_its_scheme() -> None:
    transport.register()
    assert by_url("batch://127.0.0.1:9092") is Transport
    assert asyncio.iscoroutinefunction(Consumer.committed)
