from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select

from ioc.desk import board, loop
from ioc.desk.desk import Desk
from ioc.desk.loop import desk_loop
from ioc.desk.record import Chunk
from ioc.desk.tables import TransitionRow
from ioc.errors import Retryable
from tests.desk.made import CLUSTER, LOG, MINUTE, NOON, Fetched, Office, Record, alert_name, chunk, records, transition


class Identity(NamedTuple):
    cluster_id: str = CLUSTER
    topic_id: str = LOG
    partitions: int = 4


class Broker:
    """A log in memory with one partition that speaks, followed like the real one."""

    def __init__(self, *log: Record) -> None:
        self.log = list(log)
        self.identity = Identity()
        self.asked: list[int] = []
        self.grown = asyncio.Event()
        self.outages = 0
        self.size = 3

    async def describe(self) -> Identity:
        if self.outages:
            self.outages -= 1
            raise Retryable("kafka_unreachable", retry_after=0.01)
        return self.identity

    async def follow(self, offsets: Mapping[int, int]) -> AsyncIterator[Chunk]:
        at = offsets.get(0, 0)
        self.asked.append(at)
        while True:
            while part := self.log[at : at + self.size]:
                at += len(part)
                yield Fetched(0, part, at, len(self.log), self.identity.cluster_id, self.identity.topic_id)
            self.grown.clear()
            await self.grown.wait()

    def append(self, *found: Record) -> None:
        self.log += found
        self.grown.set()


def labels(office: Office) -> list[str]:
    with office.store.reading() as session:
        return sorted(m.label for m in board.snapshot(session).matters)


async def reaches(office: Office, desk: Desk, count: int) -> None:
    """Return when that many alerts are stored."""
    waiter = desk.bell.waiter()
    async with asyncio.timeout(10):
        while len(labels(office)) < count:
            await waiter.wait()


async def run(office: Office, broker: Broker, desk: Desk, count: int) -> None:
    """The desk's loop until that many alerts are stored."""
    task = asyncio.create_task(desk_loop(desk, office.inbox, broker.follow, broker.describe))
    try:
        done = asyncio.create_task(reaches(office, desk, count))
        await asyncio.wait({task, done}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            done.cancel()
            await task
        await done
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office.store, office.clock)


async def test_it_applies_what_is_there_and_what_comes(office: Office, desk: Desk) -> None:
    broker = Broker(*records(*(transition(n) for n in range(1, 8))))

    await run(office, broker, desk, 7)
    broker.append(*records(transition(8), start=7))
    await run(office, broker, desk, 8)

    assert broker.asked == [0, 7], "the second life reads on where the first one stopped"


async def test_a_broker_that_does_not_answer_is_waited_for_and_shown(office: Office, desk: Desk) -> None:
    broker = Broker(*records(transition(1)))
    broker.outages = 3
    seen: list[tuple[str | None, int]] = []
    fails = desk.fails

    def spy(error: Retryable) -> None:
        fails(error)
        seen.append((desk.progress.failing, desk.progress.oldest_age_s(NOON + MINUTE)))

    object.__setattr__(desk, "fails", spy)
    await run(office, broker, desk, 1)

    assert seen == [("kafka_unreachable", 60)] * 3
    assert desk.progress.failing is None


async def test_another_log_is_read_from_its_start(office: Office, desk: Desk) -> None:
    await run(office, Broker(*records(transition(1), transition(2))), desk, 2)

    anew = Broker(*records(transition(1), transition(2), transition(3)))
    anew.identity = Identity("cluster-b", "20" * 16)
    await run(office, anew, desk, 3)

    assert anew.asked == [0]


async def test_a_log_that_is_replaced_while_it_is_followed_is_read_from_its_start(office: Office, desk: Desk) -> None:
    broker = Broker(*records(transition(1)))
    task = asyncio.create_task(desk_loop(desk, office.inbox, broker.follow, broker.describe))
    await reaches(office, desk, 1)

    broker.identity = Identity("cluster-b", "20" * 16)
    broker.append(*records(transition(2), start=1))
    await reaches(office, desk, 2)

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert broker.asked == [0, 0]


async def test_a_record_that_breaks_the_desk_is_set_aside_and_the_rest_applied(
    office: Office, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = type(office.inbox).tell

    def breaks(self: Any, out: Any, row: Any, found: Any, now: int) -> None:
        if found.alert_id == alert_name(2):
            raise ZeroDivisionError("a fault of ours")
        tell(self, out, row, found, now)

    monkeypatch.setattr(type(office.inbox), "tell", breaks)
    broker = Broker(*records(transition(1), transition(2), transition(3)))

    await run(office, broker, desk, 2)

    with office.store.reading() as session:
        assert sorted(m.alert_id for m in board.snapshot(session).matters) == [alert_name(1), alert_name(3)]
        assert board.refused(session, 0) == 1


async def test_a_desk_that_was_overtaken_goes_on_from_the_new_place(
    office: Office, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "STAND_BACK_S", 0.01)
    broker = Broker(*records(transition(1)))
    task = asyncio.create_task(desk_loop(desk, office.inbox, broker.follow, broker.describe))
    await reaches(office, desk, 1)

    office.begin()
    office.apply(chunk(records(transition(2), start=1)))
    broker.append(*records(transition(2), transition(3), start=1))
    await reaches(office, desk, 3)

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert broker.asked == [0, 2]
    with office.store.reading() as session:
        assert len(session.scalars(select(TransitionRow.id)).all()) == 3, "nothing is applied twice"


async def test_how_far_behind_it_is_can_be_told(office: Office, desk: Desk) -> None:
    broker = Broker(*[r._replace(timestamp=NOON - 90_000) for r in records(*(transition(n) for n in range(1, 7)))])
    ages: list[int] = []
    apply = type(office.inbox).apply

    class Spy(type(office.inbox)):  # type: ignore[misc]  # the class is taken from the object
        def apply(self, *given: Any) -> Any:
            ages.append(desk.progress.oldest_age_s(NOON))
            return apply(self, *given)

    office.inbox = Spy(office.inbox.boundaries, office.inbox.channels)
    await run(office, broker, desk, 6)

    assert ages == [90, 90]
    assert desk.progress.oldest_age_s(NOON) == 0
