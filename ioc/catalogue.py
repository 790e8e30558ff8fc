"""Who sends what, from where, how often: feeds and sources as registered by the province (pure data).

`config/feeds/*.yaml` hold one feed each with its sources; `ioc.settings` reads the files, this module judges them.
A source that is not registered still passes (its feed may grow), but only registered ones are missed when silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ioc.events.domains import Domain
from ioc.events.envelope import Flag, Quality
from ioc.events.quantities import EnvironmentQuantity

FROZEN = ConfigDict(frozen=True, extra="forbid")
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]


class Title(BaseModel):
    """One text in both languages."""

    model_config = FROZEN
    vi: Annotated[str, Field(min_length=1, max_length=200)]
    en: Annotated[str, Field(min_length=1, max_length=200)]


class Owner(BaseModel):
    """Who answers for a feed."""

    model_config = FROZEN
    unit: Title
    phone: str = ""
    email: str = ""


class Override(BaseModel):
    """What we know better than the feed says: applied to one parameter (sender's name), or to all with `*`.

    `unit` is what the number really is, whatever the label says (UCUM or the sender's spelling); `scale` multiplies
    after the unit; `flag` and `quality` mark the events.
    """

    model_config = FROZEN
    unit: str | None = None
    scale: float | None = None
    flag: Flag | None = None
    quality: Quality | None = None


class Schedule(BaseModel):
    """When data are due: `every` seconds, plus `grace`; the wall calls it late after that and lost after `lost`.

    FIRMS three hours old is fresh, an SOS box five minutes silent is not: each feed says its own.
    """

    model_config = FROZEN
    every: Annotated[int, Field(gt=0, le=7 * 86400)]
    grace: Annotated[int, Field(ge=0, le=7 * 86400)] = 60
    lost: Annotated[int, Field(gt=0, le=30 * 86400)] | None = None

    @property
    def late_after(self) -> int:
        """Seconds of silence after which data are late."""
        return self.every + self.grace

    @property
    def lost_after(self) -> int:
        """Seconds of silence after which data are lost: stated, or three periods."""
        return self.lost or 3 * self.every + self.grace


_SPAN = re.compile(r"(?:\d{1,3}[hms]){1,3}", re.ASCII)
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_UNIT = {"h": 3600, "m": 60, "s": 1}


def _span(text: Any) -> int:
    if not isinstance(text, str) or not _SPAN.fullmatch(text):
        raise PydanticCustomError("span", "span")
    return sum(int(number) * _UNIT[unit] for number, unit in re.findall(r"(\d+)([hms])", text, re.ASCII))


def _clock(text: Any) -> int:
    if not isinstance(text, str) or not _CLOCK.fullmatch(text):
        raise PydanticCustomError("clock_time", "clock_time")
    return int(text[:2]) * 3600 + int(text[3:]) * 60


DAY_S = 86_400
Span = Annotated[int, BeforeValidator(_span), Field(ge=0, le=DAY_S)]
"""Seconds, written `20m` or `1h30m`; at most a day."""


class Expect(BaseModel):
    """At which times of the day something is due (+07:00), for rules of absence with `period: schedule`.

    Either `every` (a whole part of a day) with `at`, the time past its beginning - `every: 1h, at: 5m` is 00:05,
    01:05, ... - or `times`: `["01:30", "13:30"]`. What comes from `early` before the due time on counts for it; it is
    missed `grace` after it.
    """

    model_config = FROZEN
    every: Span | None = None
    at: Span = 0
    times: Annotated[tuple[Annotated[int, BeforeValidator(_clock)], ...], Field(max_length=48)] = ()
    """Seconds after midnight."""
    grace: Span
    early: Span = 0

    @model_validator(mode="after")
    def _whole(self) -> Expect:
        if (self.every is None) == (not self.times):
            raise PydanticCustomError("expect_one", "expect_one")
        if self.every is not None and (not self.every or DAY_S % self.every or self.at >= self.every):
            raise PydanticCustomError("expect_every", "expect_every")
        if self.times and self.at:
            raise PydanticCustomError("expect_at", "expect_at")
        if len(set(self.times)) < len(self.times) or self.early >= self.shortest:
            raise PydanticCustomError("expect_early", "expect_early")
        return self

    @cached_property
    def of_day(self) -> tuple[int, ...]:
        """All due times of a day, seconds after midnight, rising."""
        return tuple(sorted(self.times or range(self.at, DAY_S, self.every or DAY_S)))

    @property
    def shortest(self) -> int:
        """Seconds between the two due times that lie closest."""
        due = self.of_day
        return min(later - sooner for sooner, later in zip(due, (*due[1:], due[0] + DAY_S), strict=True))


class Source(BaseModel):
    """One registered camera, station, satellite or sensor."""

    model_config = FROZEN
    id: Annotated[str, Field(min_length=1, max_length=128)]
    names: tuple[str, ...] = ()
    """What the sender calls it (station name, camera name, datastream id); matched exactly, after NFC."""
    title: Title
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    quantity: EnvironmentQuantity | None = None
    """For feeds whose messages do not name the quantity (a SensorThings datastream)."""
    unit: str | None = None
    schedule: Schedule | None = None
    expect: Expect | None = None
    """Due times of its own; default: its feed's."""
    expected: bool = True
    """Whether its silence is an alert, even before it was ever heard."""
    overrides: dict[str, Override] = {}


class Columns(BaseModel):
    """Which column (CSV) or key (JSON, dotted path) holds what, in plain readings.

    Long form: `parameter` and `value` name columns. Wide form: `quantities` maps column -> quantity.
    """

    model_config = FROZEN
    time: str | tuple[str, ...] = "time"
    """One column, or several joined by a space (year, month, day, hour)."""
    time_format: str | None = None
    """strptime form where it is not ISO 8601 or epoch seconds."""
    source: str | None = None
    """None: the feed's single source."""
    parameter: str | None = None
    value: str | None = None
    unit: str | None = None
    lat: str | None = None
    lon: str | None = None
    ingest_time: str | None = None
    quality: str | None = None
    quantities: dict[str, EnvironmentQuantity] = {}
    names: dict[str, EnvironmentQuantity] = {}
    """Sender's parameter name -> quantity, for the long form; matched in lower case."""
    units: dict[str, str] = {}
    """Unit per sender's parameter, where no unit column says it."""
    ignore: tuple[str, ...] = ()
    """Parameters that are recognised and say nothing to us (fate: ignored)."""
    missing: tuple[str, ...] = ("", "NA", "NaN", "null", "-999", "-9999")


class Limits(BaseModel):
    """What the gateway takes from this feed."""

    model_config = FROZEN
    body_bytes: Annotated[int, Field(gt=0, le=64 * 1024 * 1024)] = 1024 * 1024
    records: Annotated[int, Field(gt=0, le=100_000)] = 5000
    per_second: Annotated[float, Field(gt=0)] = 200.0
    """Sustained records a second; ten seconds' worth may come at once."""


class Feed(BaseModel):
    """One integrator's stream of one kind."""

    model_config = FROZEN
    name: Name
    adapter: Name
    domain: Domain
    title: Title
    owner: Owner
    zone: str = "+07:00"
    """IANA name or fixed offset given to times that come without one."""
    schedule: Schedule
    expect: Expect | None = None
    """Due times of each of its sources, where they keep to the clock (a satellite's passes, an hourly gauge)."""
    lateness: Annotated[int, Field(ge=0, le=7 * 86400)] = 600
    """Seconds an event may lie behind its source's newest before it is late."""
    ahead: Annotated[int, Field(ge=0, le=86400)] = 300
    """Seconds an event may lie ahead of its receipt before it is future."""
    columns: Columns | None = None
    overrides: dict[str, Override] = {}
    sources: tuple[Source, ...] = ()
    source_prefix: str | None = None
    """Prefix of source ids that are made from the sender's names; default: the feed's name and a colon."""
    limits: Limits = Limits()
    demo: bool = False
    """Fed by the built-in province where it runs; without it nobody waits for these sources."""

    @property
    def prefix(self) -> str:
        """Prefix of the ids of unregistered sources."""
        return self.source_prefix if self.source_prefix is not None else f"{self.name}:"

    @cached_property
    def by_name(self) -> Mapping[str, Source]:
        """Sender's name or id -> registered source."""
        return {name: source for source in self.sources for name in (source.id, *source.names)}

    def source_of(self, name: str) -> Source | None:
        """The registered source that the sender calls so."""
        return self.by_name.get(name)


class KnownHeat(BaseModel):
    """A place that is warm by nature of its work: a steel mill, a cement kiln."""

    model_config = FROZEN
    title: Title
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    radius_km: Annotated[float, Field(gt=0, le=20)]
    kind: Literal["industrial", "permit"] = "industrial"


class Catalogue(BaseModel):
    """All feeds and known places; names are unique, source ids unique over all feeds."""

    model_config = FROZEN
    feeds: tuple[Feed, ...] = ()
    heat: tuple[KnownHeat, ...] = ()

    @cached_property
    def by_feed(self) -> Mapping[str, Feed]:
        """Feed name -> feed."""
        return {feed.name: feed for feed in self.feeds}

    @cached_property
    def by_source(self) -> Mapping[str, tuple[Feed, Source]]:
        """Source id -> its feed and itself."""
        return {source.id: (feed, source) for feed in self.feeds for source in feed.sources}

    def expected(self, domain: Domain) -> Iterable[tuple[Feed, Source]]:
        """Sources of a domain whose silence matters, in id order."""
        found = [(f, s) for f in self.feeds if f.domain == domain for s in f.sources if s.expected]
        return sorted(found, key=lambda pair: pair[1].id)

    def schedule_of(self, feed: Feed, source: Source | None) -> Schedule:
        """The source's own schedule, else its feed's."""
        return source.schedule if source and source.schedule else feed.schedule

    def expect_of(self, feed: Feed, source: Source) -> Expect | None:
        """When the source's data are due by the clock: its own due times, else its feed's."""
        return source.expect or feed.expect
