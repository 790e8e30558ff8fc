"""How desk, feeds and air stand, told to a history that walls read: every few seconds, calm or not."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ioc.console.air import indices
from ioc.console.deps import Deps
from ioc.console.feeds import FeedState, Freshness, judge_all
from ioc.desk import board
from ioc.desk.moment import time_of
from ioc.errors import Retryable
from ioc.events import SEVERITIES
from ioc.ports import AlertHistory, Standing, Waiting

log = logging.getLogger(__name__)
EVERY_S = 10.0
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


async def tell_walls(deps: Deps, history: AlertHistory) -> None:
    """Tell until cancelled; what history does not take is not kept for later: the next telling says how it is then."""
    since = deps.desk.clock.now()
    failing = False
    for nth in itertools.count():
        try:
            await _tell(deps, history, since)
            if nth % AIR_EVERY == 0:
                await history.air(await indices(deps.history, deps.desk.clock.now()))
            failing = False
        except Retryable as error:
            if not failing:
                log.warning("walls are not told how desk and feeds stand: %s", error)
            failing = True
        await asyncio.sleep(EVERY_S)


async def _tell(deps: Deps, history: AlertHistory, since: datetime) -> None:
    now = deps.desk.clock.now()
    matters = await asyncio.to_thread(_matters, deps)
    states = judge_all(deps.catalogue, (await deps.history.freshness()).feeds, since, now)
    await history.stand(now, waiting(matters), [standing(state) for state in states])


def _matters(deps: Deps) -> Sequence[board.Matter]:
    with deps.desk.store.reading() as session:
        return board.snapshot(session).matters
