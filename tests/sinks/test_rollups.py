"""Rollups by every door: what they say is what the events themselves say, whatever order the events came in."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Literal

import pytest

from ioc.events import Domain
from ioc.events.codec import Observed
from ioc.histories import Rollups
from ioc.ports import History, Step
from tests.sinks.history_events import FrozenClock, event, place

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WIDTHS: tuple[Literal[300, 3600], ...] = (300, 3600)


@pytest.fixture
def start(now: datetime) -> datetime:
    """An hour's start, three hours ago or a little more."""
    return now.replace(minute=0) - 3 * HOUR


async def roll(history: History, clock: FrozenClock) -> int:
    """Two minutes later, until nothing is due; windows that were worked out."""
    assert isinstance(history, Rollups)
    clock.at += 2 * MINUTE
    worked = 0
    while found := await history.roll():
        worked += found
        assert worked < 1000
    return worked


async def compare(history: History, start: datetime, sources: dict[str, str], domain: Domain = "environment") -> int:
    """Rollups against the events, for each source and width; steps that were compared."""
    assert isinstance(history, Rollups)
    compared = 0
    until = start + 4 * HOUR
    for source, quantity in sources.items():
        for width in WIDTHS:
            raw = await history.series(domain, source, quantity, since=start, until=until, step_s=width)
            rolled = await history.rolled(domain, source, quantity, since=start, until=until, step_s=width)
            assert [one._replace(mean=0.0) for one in rolled] == [one._replace(mean=0.0) for one in raw]
            assert [one.mean for one in rolled] == pytest.approx([one.mean for one in raw])
            compared += len(raw)
    return compared


def readings(start: datetime, number: int, seed: int) -> list[Observed]:
    """Over two hours and some, of three stations; one in ten is no good reading, one in ten rehearsed."""
    rng = random.Random(seed)
    made = []
    for n in range(number):
        at = start + timedelta(milliseconds=rng.randrange(140 * 60_000))
        quality = rng.choice(["valid"] * 8 + ["suspect", "calibration"])
        where = rng.choice([place(), place(commune="05725"), None])
        made.append(
            event(
                at=at,
                source=f"s{n % 3}",
                value=rng.uniform(-5, 90),
                quality=quality,
                drill=n % 10 == 9,
                n=n,
                location=where,
            )
        )
    return made


async def test_a_window_is_worked_out_after_its_end_and_written_at_its_start(
    history: History, clock: FrozenClock, start: datetime
) -> None:
    assert isinstance(history, Rollups)
    clock.at = start + 5 * MINUTE
    await history.write([event(at=start + n * MINUTE, source="s", value=10.0 * n) for n in range(5)])
    clock.at += timedelta(seconds=89)
    assert await history.roll() == 0

    clock.at += timedelta(seconds=1)
    assert await history.roll() == 1
    asked = {"since": start, "until": start + HOUR}
    window = Step(start, 20.0, 0.0, 40.0, 5)
    assert await history.rolled("environment", "s", "pm25", **asked, step_s=300) == [window]
    assert await history.rolled("environment", "s", "pm25", **asked, step_s=3600) == [window]


@pytest.mark.parametrize("seed", [1, 2])
async def test_rollups_say_what_the_events_say(
    history: History, clock: FrozenClock, start: datetime, seed: int
) -> None:
    made = readings(start, 400, seed)
    random.Random(seed).shuffle(made)
    for at in range(0, len(made), 97):
        await history.write(made[at : at + 97])
        await roll(history, clock)

    assert await compare(history, start, dict.fromkeys(("s0", "s1", "s2"), "pm25")) > 60


async def test_working_out_again_changes_nothing(history: History, clock: FrozenClock, start: datetime) -> None:
    assert isinstance(history, Rollups)
    made = readings(start, 200, 3)
    for _ in range(3):
        await history.write(made)
        await roll(history, clock)

    assert await compare(history, start, dict.fromkeys(("s0", "s1", "s2"), "pm25"))
    await roll(history, clock)
    assert await history.roll() == 0


async def test_a_late_event_makes_its_window_and_its_hour_new(
    history: History, clock: FrozenClock, start: datetime
) -> None:
    assert isinstance(history, Rollups)
    await history.write([event(at=start, source="s", value=10.0)])
    await roll(history, clock)
    await history.write(
        [event(at=start + MINUTE, source="s", value=30.0), event(at=start + 50 * MINUTE, source="s", value=2.0)]
    )
    await roll(history, clock)

    asked = {"since": start, "until": start + HOUR}
    assert await history.rolled("environment", "s", "pm25", **asked, step_s=3600) == [Step(start, 14.0, 2.0, 30.0, 3)]
    assert await compare(history, start, {"s": "pm25"}) == 3


@pytest.mark.parametrize("domain", ["camera", "hotspot", "netsec"])
async def test_every_domain_is_rolled_up(history: History, clock: FrozenClock, start: datetime, domain: Domain) -> None:
    made = [event(domain, at=start, n=n, source="a b,c=d", location=place()) for n in range(20)]
    await history.write(made)
    await roll(history, clock)

    assert await compare(history, start, {"a b,c=d": made[0].quantity}, domain) == 2


async def test_a_replay_and_a_drill_are_not_rolled_up(history: History, clock: FrozenClock, start: datetime) -> None:
    await history.write([event(at=start)], replay="r")
    await history.write([event(at=start, drill=True)])

    assert await roll(history, clock) == 0


async def test_what_leaves_history_soon_is_not_rolled_up_again(
    history: History, clock: FrozenClock, now: datetime
) -> None:
    """Half of its window may be gone by then: the rollup that stands knows more."""
    assert isinstance(history, Rollups)
    await history.write([event(at=now - timedelta(days=29, hours=12))])

    assert await roll(history, clock) == 0


async def test_a_long_catching_up_is_done_in_parts_the_oldest_first(
    history: History, clock: FrozenClock, start: datetime
) -> None:
    assert isinstance(history, Rollups)
    await history.write([event(at=start - n * 5 * MINUTE, source="s") for n in range(60)])

    clock.at += 2 * MINUTE
    assert await history.roll() == 48
    early = {"since": start - 6 * HOUR, "until": start - 55 * MINUTE}
    assert len(await history.rolled("environment", "s", "pm25", **early, step_s=300)) == 48
    await roll(history, clock)
    assert await compare(history, start - 6 * HOUR, {"s": "pm25"})
