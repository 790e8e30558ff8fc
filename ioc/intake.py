"""Raw bytes of a feed -> judged records: parsed by the feed's adapter, placed on the map, marked, told apart.

Shared by the gateway, `ioc convert`, replay and the intake role, so that a record has the same fate at every door.
Pure: the time of receipt is an argument. What needs memory beyond one call (late, and duplicates of earlier calls) is
the engine's to judge; the fate given here is the fate so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ioc.adapters import ADAPTERS, Raw, station_text
from ioc.adapters.measured import override
from ioc.adapters.parsed import Ignored, Parsed
from ioc.catalogue import Catalogue, Feed, KnownHeat, Source
from ioc.events import Event, Fate, Flag, Location, Rejected
from ioc.places.sphere import Point, distance_km

CLOCK_SLACK = timedelta(seconds=60)
"""Beyond this an event that lies ahead of its receipt is marked `time_ahead`: clocks kept by NTP agree far better."""
REMEMBERED = 500_000
"""Event ids kept to find duplicates within one call: this many at least, twice as many at most (about 80 MB)."""
PLACES = 20_000
"""Coordinates whose commune is remembered within one call."""


class Coded(Protocol):
    """A commune, as far as its code."""

    @property
    def code(self) -> str:
        """Five digits."""
        ...


class Map(Protocol):
    """`ioc.places.boundaries.Boundaries`, as far as intake asks."""

    def commune_at(self, lat: float, lon: float, observed_at: datetime) -> Coded | None:
        """The commune at a point and time, None outside the province."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """One record after intake. `events` are those to publish (none for a duplicate); `received_at` its own, if it has one.

    Rejections beside events name fields that were left out: the record is accepted in part.
    """

    record: int
    fate: Fate
    events: tuple[Event, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    ignored: Ignored | None = None
    received_at: datetime | None = None


def judge(
    raw: Raw,
    feed: Feed,
    catalogue: Catalogue,
    boundaries: Map,
    received_at: datetime,
    *,
    origin: str = "",
    change: Callable[[Parsed], Parsed] | None = None,
) -> Iterator[Judged]:
    """Every record of `raw` in order, each with one fate.

    `origin` is the file's name, which alone tells the station of a station text file; `change` is what a replay does
    to a record before it is judged (`ioc.replay.Changes`). Raises Unreadable, before the first record, where the input
    is not the feed's format at all.
    """
    feed = fitted(feed, origin)
    desk = _Desk(feed, catalogue, boundaries)
    for parsed in ADAPTERS[feed.adapter](raw, feed, received_at):
        yield desk.judged(parsed if change is None else change(parsed))


def fitted(feed: Feed, origin: str) -> Feed:
    """The feed as a file of this name has it: a station text file is of one station, told by its name alone."""
    return station_text.narrowed(feed, origin) if feed.adapter == "station_text" and origin else feed


class _Desk:
    """What one call remembers while it judges record after record."""

    def __init__(self, feed: Feed, catalogue: Catalogue, boundaries: Map) -> None:
        self.feed = feed
        self.heat: Sequence[KnownHeat] = catalogue.heat if feed.domain == "hotspot" else ()
        self.map = boundaries
        self.ahead = timedelta(seconds=feed.ahead)
        self.seen = _Seen()
        self.twins = _Twins(feed)
        self.communes: dict[tuple[float, float, int], str | None] = {}

    def judged(self, parsed: Parsed) -> Judged:
        """The record's fate, its events placed and marked."""
        if not parsed.events:
            return Judged(parsed.record, parsed.fate, (), parsed.rejected, parsed.ignored, parsed.received_at)
        fresh = [event for event in parsed.events if self.seen.first(event.id)]
        if not fresh:
            return Judged(parsed.record, "duplicate", (), parsed.rejected, None, parsed.received_at)
        future = all(event.observed_at > event.received_at + self.ahead for event in fresh)
        events = tuple(self._marked(event) for event in fresh)
        fate: Fate = "future" if future else "accepted"
        return Judged(parsed.record, fate, events, parsed.rejected, None, parsed.received_at)

    def _marked(self, event: Event) -> Event:
        """The event with its place and every flag that is known here."""
        flags: list[Flag] = list(event.flags)
        source = self.feed.source_of(event.source)
        location = self._placed(event, source, flags)
        if event.observed_at > event.received_at + CLOCK_SLACK:
            flags.append("time_ahead")
        update: dict[str, object] = {}
        if event.type != "environment":
            known = override(self.feed, source, "*")
            if known.flag is not None:
                flags.append(known.flag)
            if known.quality is not None:
                update["quality"] = known.quality
        if location is not event.location:
            update["location"] = location
        if len(flags) != len(event.flags):
            update["flags"] = tuple(dict.fromkeys(flags))
        return event.model_copy(update=update) if update else event

    def _placed(self, event: Event, source: Source | None, flags: list[Flag]) -> Location | None:
        location = event.location
        if location is None:
            if source is None or source.lat is None or source.lon is None:
                return None
            location = Location(lat=source.lat, lon=source.lon)
            flags.append("place_from_source")
        code = self._commune(location, event.observed_at)
        if code is None:
            flags.append("out_of_area")
        if self.twins.shared(location, event.source):
            flags.append("shared_coordinates")
        if self.heat and any(_warm(location, place) for place in self.heat):
            flags.append("static_heat_source")
        return location if code is None else location.model_copy(update={"commune": code})

    def _commune(self, location: Location, observed_at: datetime) -> str | None:
        """By point and local day: the map changes at a midnight of +07:00."""
        day = (observed_at + timedelta(hours=7)).toordinal()
        key = (location.lat, location.lon, day)
        if key not in self.communes:
            if len(self.communes) >= PLACES:
                self.communes.clear()
            found = self.map.commune_at(location.lat, location.lon, observed_at)
            self.communes[key] = found.code if found else None
        return self.communes[key]


def _warm(location: Location, place: KnownHeat) -> bool:
    if abs(location.lat - place.lat) > place.radius_km / 110:  # most lie far away, and a degree has 110.6 km at least
        return False
    return distance_km(Point(location.lat, location.lon), Point(place.lat, place.lon)) <= place.radius_km


class _Seen:
    """Ids of this call's events, the newest half million at least."""

    def __init__(self) -> None:
        self._new: set[int] = set()
        self._old: set[int] = set()

    def first(self, event_id: str) -> bool:
        """Whether this id is met for the first time; remembers its first 64 bits, which no two ids of a file share."""
        known = int(event_id[:16], 16)
        if known in self._new or known in self._old:
            return False
        self._new.add(known)
        if len(self._new) >= REMEMBERED:
            self._old, self._new = self._new, set()
        return True


class _Twins:
    """Finds stations that stand on one coordinate under different names, by the catalogue and by what the feed says.

    Only for stations that measure a place: two cameras on one mast, or two sensors in one room, are in order.
    """

    LIMIT = 10_000

    def __init__(self, feed: Feed) -> None:
        self._active = feed.domain == "environment"
        self._first: dict[tuple[float, float], str] = {}
        self._shared: set[tuple[float, float]] = set()
        for source in feed.sources:
            if source.lat is not None and source.lon is not None:
                self._note((round(source.lat, 5), round(source.lon, 5)), source.id)

    def _note(self, spot: tuple[float, float], source: str) -> None:
        if len(self._first) < self.LIMIT and self._first.setdefault(spot, source) != source:
            self._shared.add(spot)

    def shared(self, location: Location, source: str) -> bool:
        """Whether another source of the feed is known at this place (to a metre); remembers this one."""
        if not self._active:
            return False
        spot = (round(location.lat, 5), round(location.lon, 5))
        self._note(spot, source)
        return spot in self._shared
