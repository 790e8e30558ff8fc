"""Role grafana: what it tells Grafana, and that trouble there only makes it wait."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, NamedTuple

import pytest

from ioc.alerts.alert import Transition, encode
from ioc.errors import IocError, Permanent, Retryable
from ioc.streams.fetched import Fetched
from ioc.streams.mark import Marker
from ioc.streams.topics import ALERTS
from ioc.words import Lang
from tests.sinks.test_alert_points import change


class Kept(NamedTuple):
    """A record of `ioc.alerts`."""

    value: bytes | None
    offset: int = 0
    timestamp: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class Door:
    """A Grafana that fails as it is told to, in turn."""

    def __init__(self) -> None:
        self.told: list[Transition] = []
        self.troubles: list[IocError] = []
        self.opened = 0

    def open(self) -> Door:
        self.opened += 1
        return self

    def tell(self, transition: Transition, lang: Lang) -> None:  # noqa: ARG002 - Grafana's shape
        if self.troubles:
            raise self.troubles.pop(0)
        self.told.append(transition)


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def marker(door: Door, waits: list[float]) -> Marker:
    async def pause(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    return Marker(door.open, "vi", pause)


async def give(marker: Marker, *told: Transition) -> None:
    fetched: Any = Fetched(ALERTS, 0, 1, [Kept(encode(one)) for one in told])
    finish = await marker(fetched)
    if finish is not None:
        await finish


async def test_an_alert_is_told_once_while_it_stands_and_once_when_it_ends(marker: Marker, door: Door) -> None:
    end = change(4, status="resolved", change="cleared")
    await give(marker, change(), change(2, change="raised"))
    await give(marker, change(3, change="raised"), end)
    assert [(one.revision, one.status) for one in door.told] == [(1, "firing"), (4, "resolved")]


async def test_an_alert_that_opens_again_is_told_again(marker: Marker, door: Door) -> None:
    await give(marker, change(), change(2, status="resolved", change="cleared"), change(3))
    assert [one.revision for one in door.told] == [1, 2, 3]


async def test_what_is_no_live_alert_asks_grafana_nothing(marker: Marker, door: Door) -> None:
    await give(marker, change(shadow=True), change(replay="r"), change(emit="signal"))
    assert (door.told, door.opened) == ([], 0)


async def test_a_record_that_cannot_be_read_stops_nothing(marker: Marker, door: Door) -> None:
    fetched: Any = Fetched(ALERTS, 0, 1, [Kept(b"{"), Kept(None), Kept(encode(change()))])
    finish = await marker(fetched)
    assert finish is not None
    await finish
    assert len(door.told) == 1


async def test_an_outage_only_makes_it_wait_ever_longer(
    marker: Marker, door: Door, waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    door.troubles = [Retryable("grafana_unreachable", url="http://g/", detail="down") for _ in range(9)]
    with caplog.at_level(logging.WARNING):
        await give(marker, change())
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert len(door.told) == 1
    assert marker.waiting is None
    assert len(caplog.messages) == 2


async def test_a_longer_wait_that_grafana_asks_for_is_kept(marker: Marker, door: Door, waits: list[float]) -> None:
    door.troubles = [Retryable("grafana_failing", retry_after=120.0, url="u", detail="d", status=429)]
    await give(marker, change())
    assert waits == [120.0]


async def test_a_token_that_is_refused_is_read_again_from_its_file(
    marker: Marker, door: Door, waits: list[float]
) -> None:
    door.troubles = [Permanent("grafana_denied", url="u", detail="d")] * 2
    await give(marker, change())
    assert (door.opened, waits, len(door.told)) == (3, [60, 60], 1)


async def test_one_mark_that_is_refused_for_ever_is_passed_over(marker: Marker, door: Door) -> None:
    door.troubles = [Permanent("grafana_refused", url="u", detail="d", status=400)]
    await give(marker, change(), change(alert_id="b2" * 16))
    assert [one.alert_id for one in door.told] == ["b2" * 16]


async def test_a_token_file_that_is_gone_is_waited_for(door: Door, waits: list[float]) -> None:
    missing = [Permanent("secret_unread", file="f")]

    def opening() -> Door:
        if missing:
            raise missing.pop()
        return door.open()

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    await give(Marker(opening, "vi", pause), change())
    assert (len(door.told), waits) == (1, [60])
