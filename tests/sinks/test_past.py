"""Whole events out of each history: what was written comes back, but for pictures and what lies below a millisecond."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ioc.events import DOMAINS, Domain
from ioc.events.codec import Observed, decode, struct_of
from ioc.events.envelope import Location
from ioc.ports import History, Past
from ioc.sinks.influx_door import InfluxConfig
from ioc.sinks.influx_past import InfluxPast
from ioc.sinks.influx_past import event as event_of
from ioc.sinks.sqlite_past import SqlitePast
from tests.sinks.history_events import FrozenClock, event, place

FULL: dict[Domain, dict[str, Any]] = {
    "environment": {"period_s": 3600, "quality": "suspect", "flags": ("unit_assumed", "text_cut")},
    "hotspot": {"brightness_k": 345.5, "day": False, "version": "2.0NRT", "surface": "vegetation"},
    "camera": {"track": "t-1", "severity": "moderate", "zones": ("cổng", "sân"), "stationary": False},
    "netsec": {
        "signature_id": "2024056",
        "action": "allowed",
        "src_ip": "203.0.113.9",
        "src_port": 0,
        "proto": "TCP",
        "dest_ip": "192.0.2.1",
        "dest_port": 443,
        "app_proto": "tls",
        "flow": "9007199254740993",
    },
}


@pytest.fixture
async def past(request: pytest.FixtureRequest, history: History, clock: FrozenClock) -> Past:
    """The reading side of the same history."""
    name = request.node.callspec.params["history"]
    if name == "sqlite":
        return SqlitePast(request.getfixturevalue("tmp_path") / "history.sqlite")
    config: InfluxConfig = history._config  # type: ignore[attr-defined]  # every door to InfluxDB has one
    return InfluxPast(config, clock)


async def read(past: Past, domain: Domain, since: datetime, until: datetime, **more: int) -> list[Observed]:
    found = [decode(raw) async for page in past.events(domain, since, until, **more) for raw in page]
    await past.close()
    return found


@pytest.mark.parametrize("domain", DOMAINS)
async def test_an_event_comes_back_whole(history: History, past: Past, now: datetime, domain: Domain) -> None:
    kind: Any = struct_of(Location)
    where = kind(lat=21.594, lon=105.848, commune="05443", error_m=187.5)
    told = 'Khói ở bìa rừng, "sát" nhà\ndân'
    full = event(domain, at=now, location=where, title=told, drill=True, **FULL[domain])
    bare = event(domain, at=now - timedelta(milliseconds=1))
    outside = event(domain, at=now + timedelta(minutes=1), location=place(commune=None))
    assert await history.write([outside, full, bare]) == []

    assert await read(past, domain, now - timedelta(hours=1), now + timedelta(hours=1)) == [bare, full, outside]


async def test_the_end_of_a_span_does_not_belong_to_it(history: History, past: Past, now: datetime) -> None:
    events = [event(at=now + timedelta(minutes=n)) for n in range(4)]
    await history.write(events)

    assert await read(past, "environment", now + timedelta(minutes=1), now + timedelta(minutes=3)) == events[1:3]


async def test_pages_cut_a_moment_into_no_halves(history: History, past: Past, now: datetime) -> None:
    events = [event("netsec", at=now + timedelta(milliseconds=n // 4), n=n, src_ip="203.0.113.9") for n in range(60)]
    await history.write(events)

    found = await read(past, "netsec", now, now + timedelta(minutes=1), limit=7)
    assert sorted(one.id for one in found) == sorted(one.id for one in events)
    assert [one.observed_at for one in found] == sorted(one.observed_at for one in events)


async def test_what_was_replayed_is_no_past_of_the_province(history: History, past: Past, now: datetime) -> None:
    await history.write([event("hotspot", at=now)], replay="an old fire")

    assert await read(past, "hotspot", now - timedelta(hours=1), now + timedelta(hours=1)) == []


def test_a_tag_that_was_folded_is_unfolded() -> None:
    row = {
        "time": 0,
        "id": "0" * 32,
        "value": 1.0,
        "received_ms": 0,
        "feed": "ids",
        "quality": "valid",
        "quantity": "ids_alert",
        "unit": "1",
        "source": "other",
        "severity": "severe",
        "category": "other",
        "folded": "category=Web Attack source=ids:7",
    }
    made = event_of("netsec", row)
    assert (made["category"], made["source"]) == ("Web Attack", "ids:7")
