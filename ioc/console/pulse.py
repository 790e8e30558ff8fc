"""What every beat tells: whether the desk keeps up, channels deliver, feeds live, and which replays run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ioc.console.deps import Deps
from ioc.console.feeds import FeedState, judge_all
from ioc.console.text import shown
from ioc.desk import board, storms
from ioc.desk.moment import ms_of
from ioc.desk.outbox import Health
from ioc.desk.storms import Standing
from ioc.desk.untold import Untold, untold
from ioc.errors import Retryable
from ioc.events import DOMAINS
from ioc.ports import Heard, Scope

log = logging.getLogger(__name__)

LOOK_S = 5.0
"""How often history and outbox are asked."""
DAY = timedelta(days=1)
REPLAY_RUNS = timedelta(minutes=10)
"""A replay that wrote something this recently still stands on the wall."""


class ReplaySpan(NamedTuple):
    """The data that a replay brought to one domain: times of the oldest and newest value that stand, epoch ms."""

    name: str
    since: int
    until: int


class Looked(NamedTuple):
    """What was seen at the desk at one moment."""

    channels: Mapping[str, Health]
    refused: int
    untold: Untold
    storm: Standing


class Pulse:
    """Asks now and then, so that pages need not."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._since: datetime = deps.desk.clock.now()
        self._heard: Mapping[str, Heard] | None = {}
        self._desk = Looked({}, 0, Untold(), Standing())
        self._asked = False
        self.simulated = deps.simulated
        self.replays: Mapping[str, ReplaySpan] = {}

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Ask once; what cannot be answered is unknown, not as it was."""
        await self._look_at_history()
        await self.look_at_desk()
        self._asked = True

    async def look_at_desk(self) -> None:
        """Ask the desk alone, as after an act of its own."""
        try:
            self._desk = await asyncio.to_thread(self._look_at_desk)
        except Retryable as error:
            log.warning("the outbox cannot be read: %s", error)

    async def _look_at_history(self) -> None:
        try:
            self._heard = (await self._deps.history.freshness()).feeds
            self.replays = await self._running_replays()
        except Retryable as error:
            log.warning("the history cannot be read: %s", error)
            self._heard = None
        except Exception:
            log.exception("the history cannot be read")
            self._heard = None

    async def _running_replays(self) -> Mapping[str, ReplaySpan]:
        """Per domain the replay that runs there; the one written last where there are several."""
        oldest = self._deps.desk.clock.now() - REPLAY_RUNS
        found: dict[str, ReplaySpan] = {}
        for replay in await self._deps.history.replays():
            if replay.written_at < oldest:
                break
            for domain in DOMAINS:
                if domain in found:
                    continue
                readings = await self._deps.history.latest(domain, scope=Scope(replay=replay.name))
                if readings:
                    times = [ms_of(reading.observed_at) for reading in readings]
                    found[domain] = ReplaySpan(replay.name, min(times), max(times))
        return found

    def _look_at_desk(self) -> Looked:
        deps, now = self._deps, self._deps.desk.now()
        since = ms_of(deps.desk.clock.now() - DAY)
        with deps.desk.store.reading() as session:
            return Looked(
                board.channels(session, deps.channels, since),
                board.refused(session, since),
                untold(session, deps.routing, deps.channels, now) if deps.routing is not None else Untold(),
                storms.standing(session, now),
            )

    def feeds(self) -> list[FeedState]:
        """Each feed as it is now, the worst first."""
        now = self._deps.desk.clock.now()
        return judge_all(self._deps.catalogue, self._heard if self._asked else {}, self._since, now)

    def channels(self) -> Mapping[str, Health]:
        """Each channel as it was last seen."""
        return {name: self._desk.channels.get(name, Health(0, None, 0, 0, None, None)) for name in self._deps.channels}

    @property
    def refused(self) -> int:
        """Alert records of the last 24 hours that could not be read."""
        return self._desk.refused

    @property
    def untold(self) -> Untold:
        """Who should be told and cannot be."""
        return self._desk.untold

    @property
    def storm(self) -> Standing:
        """How storm mode stands."""
        return self._desk.storm

    @property
    def storm_offered(self) -> bool:
        """Whether storm mode is offered."""
        routing = self._deps.routing
        return routing is not None and self.storm.offered(routing.file.limits.storm_over)

    @property
    def behind_s(self) -> int:
        """Age of the oldest record that the desk has not applied, seconds."""
        return self._deps.desk.progress.oldest_age_s(self._deps.desk.now())

    @property
    def failing(self) -> str | None:
        """Why the desk cannot read or write now."""
        return self._deps.desk.progress.failing

    async def facts(self) -> dict[str, Any]:
        """For the beat: no words, so that one message serves both languages."""
        return {
            "behind": self.behind_s,
            "failing": self.failing,
            "refused": self.refused,
            "channels": [_channel(name, health) for name, health in self.channels().items()],
            "feeds": [_feed(state) for state in self.feeds()],
            "untold": _untold(self.untold),
            "storm": _storm(self.storm, offered=self.storm_offered),
        }


def channel_state(health: Health) -> str:
    """`ok`, `waiting` (will leave at once), `refused` (some were), `fail` (the receiver does not take them)."""
    if health.failing:
        return "fail"
    if health.refused:
        return "refused"
    return "waiting" if health.waiting else "ok"


def channel_count(health: Health) -> int:
    """The number that stands beside the state."""
    return health.refused if channel_state(health) == "refused" else health.waiting


def _channel(name: str, health: Health) -> dict[str, Any]:
    return {"name": name, "state": channel_state(health), "count": channel_count(health)}


def _untold(found: Untold) -> dict[str, Any]:
    duties = 0 if found.empty else len(found.duties)
    return {"alerts": found.alerts, "notices": found.notices, "duties": duties, "empty": found.empty}


def _storm(found: Standing, *, offered: bool) -> dict[str, Any]:
    since, by = (found.on.since, shown(found.on.by)) if found.on is not None else (None, "")
    return {"since": since, "by": by, "together": found.together, "new": found.new, "offered": offered}


def _feed(state: FeedState) -> dict[str, Any]:
    return {
        "name": state.feed.name,
        "domain": state.feed.domain,
        "state": state.state,
        "heard": state.heard,
        "data_of": state.data_of,
        "expected": state.expected,
    }
