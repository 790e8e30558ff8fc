"""The feeder before the real gateway (its log kept in memory), in virtual time and, once, in real time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from ioc.client import Client
from ioc.embedded.courier import Courier
from ioc.embedded.feeder import BEFORE, LONG_BEFORE, Door, Feeder, Play, feed
from ioc.embedded.province import FEEDS, Native, World, messages
from ioc.embedded.scenarios import named
from ioc.errors import Permanent
from ioc.events.domains import DOMAINS
from ioc.gateway.keys import DEMO_FILE
from tests.embedded.virtual import catalogue
from tests.gateway import gateway_door
from tests.serving import served


class Enough(Exception):
    """The test has seen what it wanted."""


class Posted(httpx.AsyncBaseTransport):
    """The way to the gateway: notes every body, and can be cut."""

    def __init__(self, app: object) -> None:
        self._inner = httpx.ASGITransport(app)  # type: ignore[arg-type]  # FastAPI is an ASGI app
        self.bodies: defaultdict[str, list[bytes]] = defaultdict(list)
        self.down = False
        self.refusals = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            self.refusals += 1
            return httpx.Response(503, headers={"retry-after": "1"})
        response = await self._inner.handle_async_request(request)
        if response.status_code in (200, 202, 422):
            self.bodies[request.url.path.split("/")[3]].append(await request.aread())
        return response


class Stage:
    """Gateway, feeder and a clock that moves only when everything that is due has been taken."""

    def __init__(self, folder: Path, play: Play, seconds: float, *feeds: str) -> None:
        self.gateway = gateway_door.Door(folder, *catalogue().feeds, heat=catalogue().heat)
        self.clock = self.gateway.clock
        self.start = self.clock.now()
        self.door = Door("http://gateway", self.gateway.keys.provide_demo(feeds or catalogue().by_feed, self.start))
        self.way = Posted(self.gateway.app)
        self.end = self.start + timedelta(seconds=seconds)
        self.ready_after: float | None = None
        self.at: Callable[[float], None] = lambda _: None
        self.play = play
        self.client = Client("http://gateway", self.door.keys(), transport=self.way, sleep=lambda _: asyncio.sleep(0))
        self.feeder = Feeder(self.client, self.door, play, self.clock, sleep=self.sleep)

    @property
    def elapsed(self) -> float:
        return (self.clock.now() - self.start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.at(self.elapsed)
        if not self.way.down:
            for courier in self.feeder._couriers.values():
                await courier.emptied()
        self.clock.pass_(seconds)
        await asyncio.sleep(0)
        if self.clock.now() >= self.end:
            raise Enough

    def _ready(self) -> None:
        self.ready_after = self.elapsed

    async def run(self) -> None:
        with contextlib.suppress(BaseExceptionGroup):
            await self.feeder.run(self._ready)
        for courier in self.feeder._couriers.values():
            assert courier.waiting == 0

    def complete(self, name: str) -> bool:
        """Whether the feed was sent all of the province, once and in order, up to the last second at least."""
        sent = b"".join(self.way.bodies[name])
        return self._due(name, self.elapsed - 1.5) in sent and self._due(name, self.elapsed).startswith(sent)

    def _due(self, name: str, until: float) -> bytes:
        scenario = named(self.play.scenario)
        start = round(self.start.timestamp() * 1000)
        world = World(self.play.seed, scenario.story(scenario.begin(start)))
        since = start - LONG_BEFORE.get(name, BEFORE)
        return b"".join(one.body for one in messages(world, since, start + round(until * 1000), frozenset({name})))


async def test_the_hours_before_are_there_when_it_is_ready_and_every_domain_has_something(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Play(), 1)
    await stage.run()
    assert stage.ready_after == 0
    assert {event.type for event in stage.gateway.log.events} == set(DOMAINS)
    newest = max(event.observed_at for event in stage.gateway.log.events if event.type == "environment")
    assert stage.start - newest < timedelta(minutes=10)


async def test_every_byte_of_the_province_is_posted_once_and_in_order(tmp_path: Path) -> None:
    names = ("stations", "frigate", "firms-viirs", "suricata")
    stage = Stage(tmp_path, Play("forest-fire"), 90, *names)
    await stage.run()
    assert [name for name in names if not stage.complete(name)] == []


async def test_the_fire_is_in_the_log_within_a_second_of_its_time(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Play("forest-fire"), 40, "firms-viirs", "frigate")
    await stage.run()
    fire = [
        event
        for event in stage.gateway.log.events
        if event.type == "hotspot" and event.location is not None and event.location.commune == "05818"
    ]
    smoke = [event for event in stage.gateway.log.events if event.type == "camera" and event.kind == "smoke"]
    assert [round((one.received_at - stage.start).total_seconds()) for one in fire] == [5, 5]
    assert all((one.received_at - one.observed_at).total_seconds() < 1.1 for one in smoke)
    assert len(smoke) >= 3


async def test_nothing_is_lost_while_the_gateway_cannot_take_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Play("forest-fire"), 60, "frigate", "weather")

    def cut(elapsed: float) -> None:
        stage.way.down = 10 <= elapsed < 40

    stage.at = cut
    await stage.run()
    assert stage.way.refusals > 0
    assert stage.complete("frigate")


async def test_a_machine_that_slept_sends_what_became_due(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Play("quiet"), 700, "stations")

    def doze(elapsed: float) -> None:
        if 10 <= elapsed < 20:
            stage.clock.pass_(600)

    stage.at = doze
    await stage.run()
    assert stage.complete("stations")


async def test_new_keys_are_read_when_the_old_ones_are_refused(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Play("forest-fire"), 40, "frigate")
    waits: list[float] = []

    def change(elapsed: float) -> None:
        if not waits and elapsed >= 5:
            waits.append(elapsed)
            (tmp_path / DEMO_FILE).unlink()
            stage.gateway.keys.provide_demo(["frigate"], stage.clock.now())

    stage.at = change
    await stage.run()
    assert stage.complete("frigate")


async def test_a_feed_that_is_refused_for_good_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        refused = request.url.path.startswith("/v1/feeds/gone/")
        return httpx.Response(404 if refused else 202, json={"error": {"code": "feed_gone"}} if refused else {})

    async with Client("http://ioc", {}, transport=httpx.MockTransport(handle)) as client:
        couriers = [Courier(name, client, lambda: None, "en") for name in ("gone", "there")]
        tasks = [asyncio.ensure_future(courier.run()) for courier in couriers]
        for courier in couriers:
            await courier.take(Native(courier.feed, 0, b"{}", "application/json"))
            await courier.emptied()
        for task in tasks:
            task.cancel()
    assert [record.getMessage() for record in caplog.records if record.name == "ioc.feeder"] == [
        "The gateway refuses data of gone (feed_gone); the next ones are sent."
    ]


async def test_lines_that_came_together_travel_together_and_files_do_not() -> None:
    sent: list[bytes] = []

    async def handle(request: httpx.Request) -> httpx.Response:
        sent.append(await request.aread())
        return httpx.Response(202, json={})

    async with Client("http://ioc", {}, transport=httpx.MockTransport(handle)) as client:
        for kind in ("application/x-ndjson", "text/plain"):
            courier = Courier("one", client, lambda: None, "en")
            for nth in range(3):
                await courier.take(Native("one", nth, b"%d\n" % nth, kind))
            task = asyncio.ensure_future(courier.run())
            await courier.emptied()
            task.cancel()
    assert sent == [b"0\n1\n2\n", b"0\n", b"1\n", b"2\n"]


async def test_it_tells_each_minute_what_became_of_the_records(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ioc.feeder")
    stage = Stage(tmp_path, Play("forest-fire", lang="en"), 130, "weather", "frigate")
    await stage.run()
    told = [record.getMessage() for record in caplog.records if record.name == "ioc.feeder"]
    assert told[0].startswith('Scenario "Forest fire in La Bang" begins at 2026-05-14T10:00:00+07:00, 1 times')
    assert sum(line.startswith("The last minute: ") for line in told) == 2


@contextlib.asynccontextmanager
async def playing(door: Door, play: Play, stop: asyncio.Event) -> AsyncIterator[asyncio.Future[None]]:
    class Real:
        def now(self) -> datetime:
            return datetime.now(UTC)  # noqa: TID251 - this test plays in real time

    ready = asyncio.Event()
    running = asyncio.ensure_future(feed(door, play, Real(), stop, ready=ready.set))
    waiting = asyncio.ensure_future(ready.wait())
    done, _ = await asyncio.wait((running, waiting), timeout=30, return_when=asyncio.FIRST_COMPLETED)
    assert done
    yield running
    waiting.cancel()


async def test_in_real_time_over_http_it_is_ready_within_seconds_and_stops_at_once(tmp_path: Path) -> None:
    gateway = gateway_door.Door(tmp_path, *catalogue().feeds, heat=catalogue().heat)
    gateway.clock.at = datetime.now(UTC)  # noqa: TID251 - the gateway's clock stands at the real time
    keys = gateway.keys.provide_demo(catalogue().by_feed, gateway.clock.now())
    stop = asyncio.Event()
    with served(gateway.app) as url:
        async with playing(Door(url, keys), Play(), stop) as running:
            assert not running.done()
            stop.set()
            await asyncio.wait_for(running, 2)
    assert {event.type for event in gateway.log.events} == set(DOMAINS)
    assert {event.feed for event in gateway.log.events} == set(FEEDS)


@pytest.mark.parametrize("play", [Play("flood"), Play("smog", speed=0.5)])
async def test_what_cannot_be_played_ends_with_one_sentence(tmp_path: Path, play: Play) -> None:
    stop = asyncio.Event()
    async with playing(Door("http://127.0.0.1:1", tmp_path / "none.json"), play, stop) as running:
        with pytest.raises(Permanent):
            await running


async def test_it_waits_for_the_keys_of_a_gateway_that_is_still_starting(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Play("forest-fire"), 20, "weather")
    text = stage.door.keys_file.read_bytes()
    stage.door.keys_file.unlink()
    stage.client.keys = {}

    def write(elapsed: float) -> None:
        if elapsed >= 2:
            stage.door.keys_file.write_bytes(text)

    stage.at = write
    await stage.run()
    assert stage.ready_after is not None
    assert 2 <= stage.ready_after < 3
