"""How desk, feeds and air stand, told to a history that walls read: every few seconds, calm or not."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from ioc.console import boards, health, surroundings
from ioc.console.air import indices
from ioc.console.deps import Deps
from ioc.console.feeds import FeedState, Freshness, judge_all
from ioc.desk import board
from ioc.desk.handled import Handled, handled, last_drill
from ioc.desk.moment import ms_of, time_of
from ioc.desk.outbox import Health as Channel
from ioc.errors import Retryable
from ioc.events import SEVERITIES
from ioc.histories import AlertHistory, Standing, Waiting

log = logging.getLogger(__name__)
EVERY_S = 10.0
DAY_MS = 86_400_000
AIR_EVERY = 30
"""Every so many tellings the air's indices are worked out: they change once an hour, or when a late reading comes."""
STATES: dict[Freshness, Literal[0, 1, 2] | None] = {
    "on_time": 0,
    "late": 1,
    "lost": 2,
    "pending": None,
    "unknown": None,
}


def waiting(matters: Sequence[board.Matter]) -> list[Waiting]:
    """Live alerts that nobody has accepted, counted by severity, the gravest last; drills and replays left out."""
    found = []
    for severity in SEVERITIES[1:]:
        since = [
            one.stored_at
            for one in matters
            if one.state == "waiting"
            and one.transition.severity == severity
            and not one.transition.drill
            and not one.transition.replay
        ]
        found.append(Waiting(severity, len(since), time_of(min(since)) if since else None))
    return found


def standing(state: FeedState) -> Standing:
    """A feed as walls are told of it."""
    heard = None if state.heard is None else time_of(state.heard)
    expected = None if state.expected is None else time_of(state.expected)
    feed = state.feed
    return Standing(feed.name, feed.title.vi, feed.domain, STATES[state.state], heard, expected)


async def tell_walls(deps: Deps, history: AlertHistory, pages: Sequence[str] = ()) -> None:
    """Tell until cancelled; what history does not take is not kept for later: the next telling says how it is then.

    `pages` are the counters of processes that do not share this one's.
    """
    since = deps.desk.clock.now()
    failing = False
    before: health.Reading | None = None
    around: boards.Boards = {}
    for nth in itertools.count():
        try:
            before = await tell(deps, history, since, pages, before)
            if nth % AIR_EVERY == 0:
                around = await tell_air(deps, history)
            await history.show(deps.desk.clock.now(), around)
            failing = False
        except Retryable as error:
            if not failing:
                log.warning("walls are not told how desk and feeds stand: %s", error)
            failing = True
        await asyncio.sleep(EVERY_S)


async def tell_air(deps: Deps, history: AlertHistory) -> boards.Boards:
    """Tell the air's indices; the lists of what is measured around, to be told with each telling until the next look."""
    now = deps.desk.clock.now()
    await history.air(surroundings.named(await indices(deps.history, now), deps.catalogue, deps.boundaries, now))
    return await surroundings.boards(deps.history, deps.catalogue, now)


async def tell(
    deps: Deps, history: AlertHistory, since: datetime, pages: Sequence[str], before: health.Reading | None
) -> health.Reading:
    """Tell once: desk, feeds, the lists of the walls, and what the pipeline did since `before`."""
    now = deps.desk.clock.now()
    matters, channels, dealt, drilled = await asyncio.to_thread(_desk, deps)
    states = judge_all(deps.catalogue, (await deps.history.freshness()).feeds, since, now)
    await history.stand(now, waiting(matters), [standing(state) for state in states])
    reading = await health.read(pages, now.timestamp())
    found = health.health(reading, before, matters)
    await history.health(now, found)
    await history.show(
        now,
        {
            **boards.alert_boards(matters, states, deps.boundaries, deps.catalogue, now=ms_of(now), drilled=drilled),
            **boards.feed_boards(states, ms_of(now)),
            **boards.handled_board(dealt),
            **health.health_boards(reading, found.behind_s, channels),
        },
    )
    return reading


def _desk(deps: Deps) -> tuple[Sequence[board.Matter], Mapping[str, Channel], Handled, int | None]:
    now = ms_of(deps.desk.clock.now())
    with deps.desk.store.reading() as session:
        return (
            board.snapshot(session).matters,
            board.channels(session, deps.channels, now - DAY_MS),
            handled(session, now - 7 * DAY_MS),
            last_drill(session),
        )
