"""A gateway over a log kept in memory, for tests of what a sender sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from ioc.catalogue import Catalogue, Columns, Feed, KnownHeat, Limits, Owner, Schedule, Source, Title
from ioc.errors import Retryable
from ioc.events import Domain, Event
from ioc.gateway.app import create_app
from ioc.gateway.keys import KeyStore
from ioc.gateway.receive import Receiver
from ioc.places.boundaries import Boundaries
from ioc.streams.rejects import RejectedRecord

NOW = datetime(2026, 5, 14, 3, 0, tzinfo=UTC)
TITLE = Title(vi="Mưa", en="Rain")
ROW: dict[str, object] = {"station": "one", "time": "2026-05-14T09:50:00+07:00", "rain_mm": 1.5}


def feed(name: str = "rain", **more: Any) -> Feed:
    """A feed of rain gauges in wide JSON or CSV."""
    given: dict[str, Any] = {
        "name": name,
        "adapter": "readings",
        "domain": "environment",
        "title": TITLE,
        "owner": Owner(unit=TITLE),
        "schedule": Schedule(every=600),
        "columns": Columns(
            source="station", quantities={"rain_mm": "rain", "rh": "humidity"}, units={"rain_mm": "mm", "rh": "%"}
        ),
        "sources": (Source(id=f"{name}:one", names=("one",), title=TITLE, lat=21.6, lon=105.8),),
    }
    return Feed(**(given | more))


@dataclass
class FrozenClock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def elapsed(self) -> float:
        return (self.at - NOW).total_seconds()

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class MemoryLog:
    """Keeps what was published; `down` refuses the next sends."""

    connected: bool = True
    down: bool = False
    events: list[Event] = field(default_factory=list)
    refused: list[RejectedRecord] = field(default_factory=list)

    async def publish_events(self, domain: Domain, events: Sequence[Event]) -> None:
        self._judge()
        assert all(event.type == domain for event in events)
        self.events += events

    async def publish_refused(self, feed: str, records: Sequence[RejectedRecord]) -> None:
        self._judge()
        assert all(record.feed == feed for record in records)
        self.refused += records

    def _judge(self) -> None:
        if self.down:
            raise Retryable("kafka_unavailable", retry_after=5, topic="ioc.environment", reason="NotEnoughReplicas")


class Door:
    """A gateway with its parts at hand, and a client that sends with the key of feed `rain`."""

    def __init__(self, folder: Path, *feeds: Feed, heat: Sequence[KnownHeat] = ()) -> None:
        self.clock = FrozenClock()
        self.log = MemoryLog()
        self.keys = KeyStore(folder / "feed-keys.json")
        self.catalogue = Catalogue(feeds=feeds or (feed(), feed("snow")), heat=tuple(heat))
        self.receiver = Receiver(self.catalogue, Boundaries.builtin(), self.log, self.clock)
        self.app: FastAPI = create_app(self.receiver, self.keys, elapsed=self.clock.elapsed)
        self.key = self.keys.issue(self.catalogue.feeds[0].name, NOW).text
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://gateway",
            headers={"authorization": f"Bearer {self.key}"},
        )

    async def post(self, content: Any, kind: str = "application/json", **headers: str) -> httpx.Response:
        """Send to the first feed."""
        return await self.client.post(
            f"/v1/feeds/{self.catalogue.feeds[0].name}/events",
            content=content,
            headers={"content-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}},
        )


SMALL = Limits(body_bytes=2000, records=5, per_second=1.0)
