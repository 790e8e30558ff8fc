"""The built-in province at the gateway's door: each feed's bytes, with its own key, when they are due.

The hours before the start are sent first, so that the wall shows a province and not an empty map. Nothing is skipped: a
machine that slept sends what became due meanwhile, as real senders do.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from ioc.client import Client
from ioc.embedded.courier import Courier
from ioc.embedded.pace import Pace, paced
from ioc.embedded.province import FEEDS, World, messages
from ioc.embedded.province.native import HOUR, MINUTE, SECOND, local_iso
from ioc.embedded.scenarios import named
from ioc.ports import Clock
from ioc.words import Lang, say

BEFORE: Final = 2 * HOUR
"""What is sent of the time before the start."""
LONG_BEFORE: Final[Mapping[str, int]] = {
    "firms-viirs": 26 * HOUR,
    "firms-modis": 26 * HOUR,
    "rain-gauges": 6 * HOUR,
    "tn-aqi": 6 * HOUR,
}
"""The same for feeds that speak seldom: two passes of each satellite, some hours of hourly data."""
AHEAD_MS: Final = SECOND
"""How far ahead messages are made."""
TOGETHER: Final = 500
"""Messages of the hours before that are made before any is sent: lines of one feed then travel together."""
TELL_EVERY: Final = MINUTE
PATIENCE_S: Final = 60.0
_log = logging.getLogger("ioc.feeder")
Sleep = Callable[[float], Awaitable[None]]


class Door(NamedTuple):
    """Where to send: the gateway's address, and the file (feed -> key) that it writes for the province."""

    url: str
    keys_file: Path

    def keys(self) -> dict[str, str]:
        """The keys as they are now; none while there is no file."""
        try:
            found = json.loads(self.keys_file.read_bytes())
        except (OSError, ValueError):
            return {}
        return {str(feed): str(key) for feed, key in found.items()} if isinstance(found, dict) else {}


class Play(NamedTuple):
    """What is asked of the province: a scenario (empty: the default one), how much faster, by which chance."""

    scenario: str = ""
    speed: float = 1.0
    seed: int = 1
    lang: Lang = "vi"


async def feed(
    door: Door, play: Play, clock: Clock, stop: asyncio.Event, *, ready: Callable[[], None] = lambda: None
) -> None:
    """Send until `stop` is set; `ready` is called when the gateway has taken the hours before the start.

    Raises Permanent for a scenario or a speed that does not exist.
    """
    async with Client(door.url, door.keys(), patience=PATIENCE_S) as client:
        playing = asyncio.ensure_future(Feeder(client, door, play, clock).run(ready))
        stopped = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait((playing, stopped), return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                playing.result()
        finally:
            for task in (playing, stopped):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


class Feeder:
    """The province at work. `sleep` is there for tests."""

    def __init__(self, client: Client, door: Door, play: Play, clock: Clock, *, sleep: Sleep = asyncio.sleep) -> None:
        self._client = client
        self._door = door
        self._play = play
        self._clock = clock
        self._sleep = sleep
        self._couriers: dict[str, Courier] = {}
        self._behind = 0

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Send for ever."""
        scenario = named(self._play.scenario)
        paced(scenario, self._play.speed, 0)
        while not self._client.keys:
            # The gateway writes the keys when it starts; it may be starting now.
            await self._sleep(0.2)
            self._renew()
        pace = paced(scenario, self._play.speed, _now(self._clock))
        world = World(self._play.seed, scenario.story(scenario.begin(pace.begin)))
        lang = self._play.lang
        for name in FEEDS:
            if name in self._client.keys:
                self._couriers[name] = Courier(name, self._client, self._renew, lang)
        self._tell_begin(pace)
        async with asyncio.TaskGroup() as group:
            for courier in self._couriers.values():
                group.create_task(courier.run())
            await self._before(world, pace)
            _log.info(say("feeder.backfilled", lang, records=sum(self._collected().values())))
            ready()
            await self._go_on(world, pace)

    def _renew(self) -> None:
        self._client.keys = self._door.keys() or self._client.keys

    async def _before(self, world: World, pace: Pace) -> None:
        """Send the hours before the start, and return when they are taken."""
        spans: dict[int, set[str]] = {}
        for name in self._couriers:
            spans.setdefault(LONG_BEFORE.get(name, BEFORE), set()).add(name)
        for span, names in spans.items():
            for nth, message in enumerate(messages(world, pace.begin - span, pace.begin, frozenset(names)), 1):
                await self._couriers[message.feed].take(message)
                if nth % TOGETHER == 0:
                    await asyncio.sleep(0)
        for courier in self._couriers.values():
            await courier.emptied()

    async def _go_on(self, world: World, pace: Pace) -> None:
        done, told = pace.begin, _now(self._clock)
        feeds = frozenset(self._couriers)
        while True:
            until = done + max(1, round(AHEAD_MS * pace.speed_at(done)))
            for message in messages(world, done, until, feeds):
                self._behind = await self._due(pace.wall_of(message.at))
                await self._couriers[message.feed].take(message)
            done = until
            await self._due(pace.wall_of(done) - AHEAD_MS)
            if _now(self._clock) - told >= TELL_EVERY:
                told = _now(self._clock)
                self._tell_minute()

    async def _due(self, at: int) -> int:
        """Return at that time; gives how late it is, in ms. Looks again every second: the clock may be set."""
        while (left := at - _now(self._clock)) > 0:
            await self._sleep(min(left, SECOND) / SECOND)
        return -left

    def _collected(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for courier in self._couriers.values():
            found.update(courier.fates)
            courier.fates.clear()
        return found

    def _tell_begin(self, pace: Pace) -> None:
        lang = self._play.lang
        scenario = named(self._play.scenario)
        title = say(f"scenario.{scenario.name}", lang)
        if pace.speed != self._play.speed:
            _log.info(say("feeder.real_time", lang, scenario=title))
        values = {"at": local_iso(pace.begin), "speed": f"{pace.speed:g}", "feeds": len(self._couriers)}
        _log.info(say("feeder.begins", lang, scenario=title, **values))
        without = [name for name in FEEDS if name not in self._couriers]
        if without:
            _log.warning(say("feeder.without", lang, feeds=", ".join(without)))

    def _tell_minute(self) -> None:
        lang = self._play.lang
        fates = self._collected()
        shown = ", ".join(f"{count} {say(f'fate.{fate}', lang)}" for fate, count in sorted(fates.items())) or "-"
        waiting = sum(courier.waiting for courier in self._couriers.values())
        values = {"records": sum(fates.values()), "fates": shown, "waiting": waiting}
        _log.info(say("feeder.minute", lang, behind=f"{self._behind / SECOND:.1f}", **values))


def _now(clock: Clock) -> int:
    return round(clock.now().timestamp() * SECOND)
