"""What a scenario changes in the province: values, silences, sights, attacks, passes, each with its time.

A story is data. Its effects are written relative to its beginning and asked for in absolute time; one with a period
repeats, in both directions, so that the hours before a start have their effects too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar


class Level(NamedTuple):
    """A quantity runs from `first` to `last` (its sender's unit) over [since, until), whatever it would have been."""

    source: str
    since: int
    until: int
    quantity: str
    first: float
    last: float

    def value(self, at: int) -> float:
        """The value at a time within."""
        return self.first + (self.last - self.first) * (at - self.since) / (self.until - self.since)


class Extra(NamedTuple):
    """A reading outside of the schedule, observed at `since`."""

    source: str
    since: int
    until: int


class Hush(NamedTuple):
    """Nothing is sent after `since` and before `until` (times of sending, not of observation).

    `framed`: something is sent exactly at `since` and at `until`. `kept`: what was not sent comes afterwards, the
    oldest last, as stations do that were cut off.
    """

    source: str
    since: int
    until: int
    framed: bool = False
    kept: bool = False


class Dark(NamedTuple):
    """A camera is offline on [since, until), and its server says so."""

    source: str
    since: int
    until: int


class Sight(NamedTuple):
    """A camera sees one object: messages at `since` + offset (ms) with the score so far; the last one ends it."""

    source: str
    since: int
    until: int
    label: str
    scores: tuple[tuple[int, float], ...]


class Attack(NamedTuple):
    """`alerts` alerts of one signature (`ioc.embedded.province.signatures`), evenly over [since, until)."""

    source: str
    since: int
    until: int
    signature: int
    alerts: int
    blocked: bool = False


class Oddity(NamedTuple):
    """`anomalies` packets that break their protocol's rules, evenly over [since, until)."""

    source: str
    since: int
    until: int
    anomalies: int


class Pixel(NamedTuple):
    """One warm pixel: degrees, radiative power in MW, VIIRS confidence (`l`, `n`, `h`)."""

    lat: float
    lon: float
    frp: float
    confidence: str = "n"


class Overpass(NamedTuple):
    """A satellite's pass, published at `since`, that flew over `age` milliseconds before."""

    source: str
    since: int
    until: int
    age: int
    pixels: tuple[Pixel, ...] = ()


Effect = Level | Extra | Hush | Dark | Sight | Attack | Oddity | Overpass
Kind = TypeVar("Kind", Level, Extra, Hush, Dark, Sight, Attack, Oddity, Overpass)


class Story:
    """The effects of one scenario that began at `begin`; `period` 0 for one that happens once."""

    def __init__(self, effects: Iterable[Effect] = (), begin: int = 0, period: int = 0) -> None:
        self.begin = begin
        self.period = period
        found: defaultdict[tuple[type, str], list[Effect]] = defaultdict(list)
        for effect in sorted(effects, key=lambda one: (one.since, one.until)):
            found[type(effect), effect.source].append(effect)
        self._found: Mapping[tuple[type, str], list[Effect]] = dict(found)
        self._sources = {source for _, source in found}
        self._quantities = {(e.source, e.quantity) for many in found.values() for e in many if isinstance(e, Level)}

    def of(self, kind: type[Kind], source: str, since: int, until: int) -> list[Kind]:
        """Effects of one kind that touch [since, until), in absolute time and in order."""
        known = self._found.get((kind, source))
        if not known:
            return []
        found: list[Kind] = []
        for begin in self._begins(since, until):
            for effect in known:
                if begin + effect.since < until and begin + max(effect.until, effect.since + 1) > since:
                    moved = effect._replace(since=begin + effect.since, until=begin + effect.until)
                    assert isinstance(moved, kind)  # noqa: S101 - the key is the kind
                    found.append(moved)
        return found

    def _begins(self, since: int, until: int) -> Iterable[int]:
        """Beginnings whose effects may touch the span; no effect is longer than its period."""
        if not self.period:
            return (self.begin,)
        first = (since - self.begin) // self.period - 1
        last = (until - self.begin) // self.period
        return (self.begin + turn * self.period for turn in range(first, last + 1))

    def level(self, source: str, quantity: str, at: int) -> float | None:
        """The value the story gives, None where it leaves the world alone."""
        if (source, quantity) not in self._quantities:
            return None
        found = [e for e in self.of(Level, source, at, at + 1) if e.quantity == quantity]
        return found[-1].value(at) if found else None

    def touches(self, source: str, at: int, margin: int) -> bool:
        """Whether any effect on the source lies within `margin` of a time."""
        if source not in self._sources:
            return False
        span = (at - margin, at + margin)
        kinds: tuple[type, ...] = (Level, Extra, Hush, Dark, Sight, Attack, Oddity, Overpass)
        return any(self.of(kind, source, *span) for kind in kinds)


class World(NamedTuple):
    """Everything the province is a function of, beside time."""

    seed: int
    story: Story
