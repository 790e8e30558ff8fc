"""What walls are told of desk and feeds: counted as the board counts, and told again after an outage."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest

from ioc.alerts.alert import Transition
from ioc.console import standing
from ioc.desk import board
from ioc.errors import Retryable
from ioc.histories import AirPoint, Health, Listed, Standing, Waiting
from ioc.ports import Refusal
from tests.console.looking import fires
from tests.console.room import Room


class Walls:
    """Keeps what it is told; raises first where it is asked to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.failures = failures
        self.stood: list[tuple[Sequence[Waiting], Sequence[Standing]]] = []
        self.boards: dict[str, Sequence[Listed]] = {}
        self.healths: list[Health] = []
        self.again = asyncio.Event()

    async def tell(self, transitions: Sequence[Transition]) -> Sequence[Refusal]:
        raise AssertionError(transitions)

    async def stand(self, at: datetime, waiting: Sequence[Waiting], feeds: Sequence[Standing]) -> None:
        if self.failures:
            self.failures -= 1
            raise Retryable("history_busy")
        assert at.tzinfo is not None
        self.stood.append((waiting, feeds))

    async def show(self, at: datetime, boards: Mapping[str, Sequence[Listed]]) -> None:
        assert at.tzinfo is not None
        self.boards = {**self.boards, **boards}

    async def health(self, at: datetime, health: Health) -> None:
        assert at.tzinfo is not None
        self.healths.append(health)

    async def air(self, points: Sequence[AirPoint]) -> None:
        assert not points, "no station here measures dust"
        self.again.set()


def counted(room: Room) -> dict[str, int]:
    with room.office.store.reading() as session:
        return {one.severity: one.alerts for one in standing.waiting(board.snapshot(session).matters)}


def test_live_alerts_that_nobody_accepted_are_counted_by_severity(room: Room) -> None:
    fires(room, 1, severity="extreme", ago_min=9)
    fires(room, 2, severity="extreme", ago_min=3)
    fires(room, 3, severity="minor")
    fires(room, 4, severity="extreme", drill=True)
    fires(room, 5, severity="extreme", replay="a file")
    assert counted(room) == {"minor": 1, "moderate": 0, "severe": 0, "extreme": 2}


def test_the_age_is_that_of_the_oldest_and_none_where_nothing_waits(room: Room) -> None:
    fires(room, 1, severity="severe")
    with room.office.store.reading() as session:
        matters = board.snapshot(session).matters
    ages = {one.severity: one.oldest_at for one in standing.waiting(matters)}
    assert ages["extreme"] is None
    assert ages["severe"] is not None
    assert int(ages["severe"].timestamp() * 1000) == matters[0].stored_at


async def test_an_outage_of_history_is_outlived(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "EVERY_S", 0.0)
    monkeypatch.setattr(standing, "AIR_EVERY", 1)
    walls = Walls(failures=2)
    telling = asyncio.create_task(standing.tell_walls(room.deps, walls))
    try:
        async with asyncio.timeout(10):
            await walls.again.wait()
    finally:
        telling.cancel()
    _, feeds = walls.stood[0]
    assert {feed.feed for feed in feeds} == {feed.name for feed in room.catalogue.feeds}
    assert {feed.state for feed in feeds} == {0}
