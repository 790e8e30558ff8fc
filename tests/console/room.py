"""A console over a real desk and a real history, with a clock that the test moves; and the same, served to browsers."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ioc.alerts.alert import Transition
from ioc.alerts.routing import Routing
from ioc.catalogue import Catalogue, Feed, Owner, Schedule, Source, Title
from ioc.console.app import Console, create_app
from ioc.console.deps import Deps
from ioc.console.serve import Listen, serve
from ioc.desk.desk import Desk
from ioc.desk.inbox import Applied
from ioc.events import Domain
from ioc.places.boundaries import Boundaries
from ioc.sinks.sqlite import SqliteConfig, SqliteHistory
from tests.desk.made import Clock as Standing
from tests.desk.made import Office
from tests.sinks.history_events import event, place

DOMAIN_FEEDS: dict[str, tuple[Domain, Title, int]] = {
    "firms": ("hotspot", Title(vi="Điểm nóng vệ tinh VIIRS", en="VIIRS hotspots"), 43_200),
    "frigate": ("camera", Title(vi="Camera giám sát (Frigate)", en="Cameras (Frigate)"), 60),
    "tn-air": ("environment", Title(vi="Trạm quan trắc không khí", en="Air stations"), 3_600),
    "suricata": ("netsec", Title(vi="Cảm biến an ninh mạng", en="Network sensors"), 60),
}


def feed(name: str, **given: Any) -> Feed:
    """One feed of the test's province."""
    domain, title, every = DOMAIN_FEEDS[name]
    known: dict[str, Any] = {
        "name": name,
        "adapter": "readings",
        "domain": domain,
        "title": title,
        "owner": Owner(unit=Title(vi="Sở", en="Department")),
        "schedule": Schedule(every=every, grace=60),
        "sources": (Source(id=f"{name}:1", title=Title(vi=f"Thiết bị {name} số 1", en=f"{name} unit 1")),),
    }
    return Feed(**{**known, **given})


def catalogue(**given: Any) -> Catalogue:
    """Four feeds, one per domain."""
    return Catalogue(feeds=tuple(feed(name) for name in DOMAIN_FEEDS), **given)


def apart(work: Coroutine[Any, Any, None]) -> None:
    """Run to its end in a thread of its own: Playwright holds an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@dataclass
class Room:
    """Everything a console reads, under `path`."""

    path: Path
    clock: Standing = field(default_factory=Standing)
    channels: Sequence[str] = ("webhook",)
    catalogue: Catalogue = field(default_factory=catalogue)
    routing: Routing | None = None

    def __post_init__(self) -> None:
        self.office = Office(self.path, self.channels, clock=self.clock)
        self.desk = Desk(self.office.store, self.clock)
        self.history = SqliteHistory(SqliteConfig(path=self.path / "history.sqlite"), self.clock)
        places = Boundaries.builtin()
        self.deps = Deps(self.desk, self.history, self.catalogue, places, self.channels, routing=self.routing)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.console: Console | None = None

    def receive(self, *transitions: Transition) -> Applied:
        """Apply transitions, as the desk's loop would; a running console hears of it."""
        applied = self.office.receive(*transitions)
        self.ring()
        return applied

    def ring(self) -> None:
        """Wake the console."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.desk.bell.ring)

    def refresh(self) -> None:
        """Let the running console look at its desk and its history, now."""
        assert self._loop
        assert self.console
        for look in (self.console.pulse.look, self.console.live.refresh):
            asyncio.run_coroutine_threadsafe(look(), self._loop).result(10)

    async def hear(self, ago: timedelta = timedelta(seconds=5), *feeds: str, replay: str = "", **given: Any) -> None:
        """Each of these feeds (all when none is named) sent an event that long ago."""
        now = self.clock.now()
        for name in feeds or DOMAIN_FEEDS:
            domain = DOMAIN_FEEDS[name][0]
            known = {"at": now - ago, "received_at": now - ago, "feed": name, "source": f"{name}:1", **given}
            await self.history.write([event(domain, location=place(), **known)], replay)

    def hear_all(self, ago: timedelta = timedelta(seconds=5), *feeds: str, **given: Any) -> None:
        """The same for tests that are not async."""
        apart(self.hear(ago, *feeds, **given))

    def close(self) -> None:
        """Let go of files."""
        apart(self.history.close())
        self.office.store.close()

    @contextlib.contextmanager
    def served(self, port: int = 0) -> Iterator[str]:
        """Base address of this console, served in a thread until the end of the block."""
        up = threading.Event()
        told: list[str] = []
        wrong: list[BaseException] = []
        stop: list[Callable[[], object]] = []

        async def run() -> None:
            ending = asyncio.Event()
            self._loop = loop = asyncio.get_running_loop()
            stop.append(lambda: loop.call_soon_threadsafe(ending.set))

            def ready(url: str) -> None:
                told.append(url.rstrip("/"))
                up.set()

            app = create_app(self.deps)
            self.console = app.state.console
            await serve(app, Listen(port=port), stop=ending, ready=ready)

        def work() -> None:
            try:
                asyncio.run(run())
            except BaseException as error:  # noqa: BLE001 - told to the test below
                wrong.append(error)
            finally:
                self._loop = None
                up.set()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        assert up.wait(20)
        if wrong:
            raise wrong[0]
        try:
            yield told[0]
        finally:
            stop[0]()
            thread.join(10)
            assert not thread.is_alive(), "the console did not stop"


class Real(Standing):
    """The time of day, for tests that look at a running page."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - browsers have no other
