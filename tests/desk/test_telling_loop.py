"""The loop that moves chains on lives through what the database does to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ioc.desk.desk import Desk
from ioc.desk.inbox import Inbox
from ioc.desk.store import Store
from ioc.desk.tables_duty import WantRow
from ioc.desk.telling import Teller
from ioc.desk.telling_loop import telling_loop
from ioc.errors import Retryable
from ioc.places.boundaries import Boundaries
from tests.desk.made import Office, transition
from tests.desk.night import Night
from tests.desk.test_deliver import until


class Blinking(Store):
    """Cannot be read for so many times; can be written."""

    blinks = 0

    @contextmanager
    def reading(self) -> Iterator[Session]:
        if self.blinks:
            self.blinks -= 1
            raise Retryable("desk_busy", retry_after=0.01, why="restarting")
        with super().reading() as session:
            yield session


async def test_a_database_that_is_away_for_a_moment_ends_no_telling(office: Office) -> None:
    night = Night(office)
    office.inbox = Inbox(Boundaries.builtin(), ())
    with Blinking(office.url or f"sqlite:///{office.path / 'desk.sqlite'}") as store:
        desk = Desk(store, office.clock)
        task = asyncio.create_task(telling_loop(desk, night.teller))
        try:
            for nth in (1, 2):
                office.receive(transition(nth))
                desk.bell.ring()
                await until(lambda nth=nth: task.done() or told(office) == nth)  # type: ignore[misc]  # bound early
                assert not task.done(), task
                store.blinks = 3 if nth == 1 else 0
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert desk.progress.failing == "desk_busy"


async def test_a_telling_that_breaks_as_a_whole_is_said_and_tried_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ioc.desk.telling_loop.LONGEST_S", 0.01)
    night = Night(office)
    office.inbox = Inbox(Boundaries.builtin(), ())
    breaks = [2]

    class Breaking(Teller):
        """Breaks as a whole for so many times: a list of the desk that nobody can read."""

        def run(self, session: Session, now: int) -> int | None:
            if breaks[0]:
                breaks[0] -= 1
                raise ValueError("a shift that ends before it begins")
            return super().run(session, now)

    teller = Breaking(night.routing, Boundaries.builtin())
    with Store(office.url or f"sqlite:///{office.path / 'desk.sqlite'}") as store:
        desk = Desk(store, office.clock)
        office.receive(transition(1))
        task = asyncio.create_task(telling_loop(desk, teller))
        try:
            await until(lambda: task.done() or told(office) == 1)
            assert not task.done(), task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert breaks == [0]
    assert desk.progress.failing == "desk_untold"


def told(office: Office) -> int:
    """Alerts of which somebody is told."""
    with office.store.reading() as session:
        return len(set(session.scalars(select(WantRow.alert_id))))
