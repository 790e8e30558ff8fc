from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from ioc import metrics
from ioc.errors import Permanent
from ioc.streams.fetched import Fetched, Finish, Unread
from ioc.streams.turns import Turns


class Event:
    def __init__(self, partition: int, first: int, last: int, generation: int = 1) -> None:
        records: list[Any] = [SimpleNamespace(offset=offset) for offset in range(first, last + 1)]
        self.value = records
        self.message = SimpleNamespace(topic="t", partition=partition, generation_id=generation)
        self.acked = False

    def ack(self) -> None:
        self.acked = True


class Desk:
    """A handler whose finishes are let go by hand."""

    def __init__(self) -> None:
        self.judged: list[tuple[int, int]] = []
        self.gates: dict[tuple[int, int], asyncio.Event] = {}
        self.error: Exception | None = None
        self.late_error: Exception | None = None

    async def handle(self, fetched: Fetched) -> Finish:
        if self.error:
            raise self.error
        spot = fetched.partition, fetched.records[0].offset
        self.judged.append(spot)
        self.gates[spot] = asyncio.Event()
        return self._finish(self.gates[spot])

    async def _finish(self, gate: asyncio.Event) -> None:
        await gate.wait()
        if self.late_error:
            raise self.late_error


@pytest.fixture
def desk() -> Desk:
    return Desk()


def turns(desk: Desk) -> tuple[Turns, list[tuple[str, int, int]], list[int]]:
    acked: list[tuple[str, int, int]] = []
    codes: list[int] = []
    return Turns(desk.handle, lambda *spot: acked.append(spot), codes.append), acked, codes


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_partitions_go_side_by_side_and_chunks_of_one_wait_for_each_other(desk: Desk) -> None:
    made, acked, _ = turns(desk)
    first, other, second = Event(0, 0, 9), Event(1, 0, 4), Event(0, 10, 19)
    await made.take(first)
    await made.take(other)
    waiting = asyncio.create_task(made.take(second))
    await settle()
    assert desk.judged == [(0, 0), (1, 0)]
    assert not first.acked

    desk.gates[0, 0].set()
    await waiting
    assert first.acked
    assert acked == [("t", 0, 10)]
    assert desk.judged[-1] == (0, 10)
    assert not second.acked

    desk.gates[0, 10].set()
    desk.gates[1, 0].set()
    await made.drain(1)
    assert second.acked
    assert other.acked


@pytest.mark.parametrize("late", [False, True])
async def test_what_fails_is_not_acked_and_the_process_asks_for_a_restart(desk: Desk, late: bool) -> None:
    made, acked, codes = turns(desk)
    event = Event(0, 0, 9)
    if late:
        desk.late_error = RuntimeError("disk")
    else:
        desk.error = RuntimeError("disk")
    await made.take(event)
    for gate in desk.gates.values():
        gate.set()
    await made.drain(1)

    assert codes == [70]
    assert not event.acked
    assert acked == []


async def test_what_only_a_person_can_mend_ends_the_process_for_good(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    made, _, codes = turns(desk)
    desk.error = Permanent("generation_behind", topic="c", partition=3, highest=9, own=1)
    await made.take(Event(0, 0, 9))

    assert codes == [1]
    assert "ioc state rebase" in caplog.text


async def test_a_chunk_with_nothing_to_write_is_acked(desk: Desk) -> None:
    acked: list[Any] = []

    async def nothing(_fetched: Fetched) -> None:
        return None

    codes: list[int] = []
    made = Turns(nothing, lambda *spot: acked.append(spot), codes.append)
    event = Event(2, 5, 5)
    await made.take(event)
    await made.drain(1)
    assert event.acked
    assert acked == [("t", 2, 6)]


async def test_what_takes_too_long_at_the_stop_is_given_up_unacked(desk: Desk) -> None:
    made, _, codes = turns(desk)
    event = Event(0, 0, 9)
    await made.take(event)
    await made.drain(0.01)
    await settle()
    assert not event.acked
    assert codes == []


async def test_behind_a_chunk_that_was_given_up_at_a_stop_nothing_is_judged_or_acked(desk: Desk) -> None:
    made, acked, _ = turns(desk)
    first, second = Event(0, 0, 9), Event(0, 10, 19)
    await made.take(first)
    waiting = asyncio.create_task(made.take(second))
    await settle()
    await made.drain(0)
    await waiting
    for gate in desk.gates.values():
        gate.set()
    await settle()
    assert not first.acked
    assert not second.acked, "its commit would pass over what the first one has not written"
    assert acked == []
    assert desk.judged == [(0, 0)]


async def test_a_chunk_that_compaction_has_emptied_is_acked_and_not_judged(desk: Desk) -> None:
    made, acked, codes = turns(desk)
    event = Event(0, 5, 4)

    await made.take(event)

    assert event.acked
    assert (desk.judged, acked, codes) == ([], [], [])


async def test_a_batch_that_cannot_be_unpacked_is_handed_on_counted_and_said(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    made, acked, codes = turns(desk)
    event = Event(0, 5, 5)
    event.value = [Unread(5, 9, 1_000, "garbled")]
    before = metrics.BATCHES_UNREAD.labels("t")._value.get()

    await made.take(event)
    desk.gates[0, 9].set()
    await made.drain(1)

    assert (acked, codes) == ([("t", 0, 10)], [])
    assert metrics.BATCHES_UNREAD.labels("t")._value.get() == before + 1
    assert "t[0]" in caplog.text
    assert "garbled" in caplog.text
