"""Walls filled by the pipeline itself out of real files: adapters, intake, rules, desk, console, sink.

Each file is read and judged as `ioc replay` does it; then its time is moved so that an eventful moment of it is now, what
lies after that moment is left out, and the mark of the replay is taken off: to the walls it is a live day. Weather and
rivers, of which there are no real files, come in their feeds' own form through the same adapters.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ioc import metrics
from ioc.alerts.alert import Transition
from ioc.alerts.arrival import epoch_ms
from ioc.console import health, standing
from ioc.console.deps import Deps
from ioc.desk.desk import Desk
from ioc.events.codec import Observed, decode, encode
from ioc.intake import judge
from ioc.places.boundaries import Boundaries
from ioc.settings import load_catalogue
from ioc.sinks.influx_walls import InfluxWalls
from tests.acceptance.replayed import judged_alone, read
from tests.acceptance.situations import SITUATIONS
from tests.desk.made import Clock, Office


class Moment(NamedTuple):
    """Which days of a situation's file are read (none: all), and its moment that becomes now; alerts are open there, by the golden lists."""

    days: tuple[str, ...]
    now: str


MOMENTS = {
    "stations": Moment(("2026-05-19", "2026-05-20"), "2026-05-20T05:00:00+00:00"),
    "hotspots_on_dinh_hoa": Moment(("2022-03-30", "2022-03-31"), "2022-03-31T06:30:00+00:00"),
    "suricata_wrccdc_2017": Moment((), "2017-03-25T21:45:00+00:00"),
}
PARTITIONS = 1
SPAN = timedelta(hours=25)
CHUNK = 1_000
"""Events of one write, as few as a recorder has at a calm hour."""


class Day(NamedTuple):
    """What a day left in the log: events, alert transitions, records by fate."""

    events: list[Observed]
    transitions: list[Transition]
    fates: Counter[str]


def day(data: Path, place: Path, now: datetime) -> Day:
    """The day before `now`; `place` holds the lines of the files that are read."""
    made = Day([], [], Counter())
    for situation in SITUATIONS:
        if situation.name in MOMENTS:
            chosen = MOMENTS[situation.name]
            then = datetime.fromisoformat(chosen.now)
            cut = situation._replace(file=_cut(data / situation.file, place, chosen.days))
            with read(cut, place, PARTITIONS) as found:
                made.fates.update(found.fates)
                bodies = [found.replay.record(step).value for step in found.replay.steps() if step.nth >= 0]
                told = judged_alone(found.replay, PARTITIONS)
            shift = now - then
            made.events.extend(
                _moved(one, shift)
                for one in map(decode, filter(None, bodies))
                if then - SPAN <= one.observed_at <= then and (one.location is None or one.location.commune)
            )
            made.transitions.extend(_told(one, shift) for one in told if one.at <= epoch_ms(then))
    made.events.extend(around(now))
    return made


def _cut(file: Path, place: Path, days: tuple[str, ...]) -> str:
    """A file of its header and the lines of these days, as they stand; the whole file where none are named."""
    first, *lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [first, *(line for line in lines if not days or any(day in line for day in days))]
    (place / file.name).write_text("".join(kept), encoding="utf-8")
    return file.name


def _moved(event: Observed, shift: timedelta) -> Observed:
    changed: Any = event
    made: Observed = msgspec.structs.replace(
        changed, observed_at=event.observed_at + shift, received_at=event.received_at + shift
    )
    return made


def _told(one: Transition, shift: timedelta) -> Transition:
    by = shift // timedelta(milliseconds=1)
    return msgspec.structs.replace(
        one,
        replay="",
        at=one.at + by,
        clock=one.clock + by,
        opened_at=one.opened_at + by,
        last_seen=one.last_seen + by,
        evidence=tuple(msgspec.structs.replace(e, observed_at=e.observed_at + by) for e in one.evidence),
    )


def around(now: datetime) -> Iterator[Observed]:
    """Twelve dry days at two weather stations, and the rivers of this hour, as their feeds send them."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    weather = [
        {
            "station": name,
            "time": (hour - timedelta(hours=nth)).isoformat(),
            "temp_c": warm,
            "rh": damp,
            "rain_mm": 0,
            "wind_ms": 1.8,
        }
        for nth in range(12 * 24)
        for name, warm, damp in (("dinh-hoa", 31.0, 52), ("thai-nguyen", 33.5, 61))
    ]
    rivers = [
        {"tram": name, "thoi_gian": hour.isoformat(), "muc_nuoc_cm": level}
        for name, level in (("Gia Bẩy", 2643), ("Chã", 812))
    ]
    lines = "\n".join(json.dumps(one) for one in weather)
    catalogue, map_ = load_catalogue(), Boundaries.builtin()
    for feed, raw in (("weather", lines), ("kttv-water", json.dumps(rivers))):
        for one in judge(raw.encode(), catalogue.by_feed[feed], catalogue, map_, now):
            assert one.fate == "accepted", one
            yield from (decode(encode(event)) for event in one.events)


async def fill_day(history: InfluxWalls, seeded: Day, now: datetime, place: Path) -> Deps:
    """Record it, let the desk and the console do what they do, and tell the walls."""
    for first in range(0, len(seeded.events), CHUNK):
        assert not await history.write(seeded.events[first : first + CHUNK])
    assert not await history.tell(seeded.transitions)
    clock = Clock()
    office = Office(place, clock=clock)
    for one in sorted(seeded.transitions, key=lambda told: (told.clock, told.alert_id, told.revision)):
        clock.ms = one.clock + 1_400
        office.receive(one)
    clock.ms = epoch_ms(now)
    for role in ("gateway", "intake", "evaluate", "correlate", "record", "console"):
        metrics.STARTED_SECONDS.labels(role).set((now - timedelta(hours=9)).timestamp())
    for number in range(PARTITIONS):
        metrics.JUDGED_SECONDS.labels("ioc.environment", str(number)).set(now.timestamp() - 2)
    metrics.HISTORY_WAITING.set(0)
    deps = Deps(Desk(office.store, clock), history, load_catalogue(), Boundaries.builtin())
    before = await health.read([], (now - timedelta(seconds=10)).timestamp())
    for fate, count in seeded.fates.items():
        metrics.RECORDS.labels("intake", "environment", "stations", fate).inc(count)
    since = now - timedelta(hours=1)
    await standing.tell(deps, history, since, [], before)
    await history.show(now, await standing.tell_air(deps, history))
    return deps
