"""An event as one line of line protocol (names: `ioc.sinks.fields`). The hot path of the sink: 3 µs an event.

A source speaks often and stands still, so measurement and tags, and the place, are written once and remembered; what
is left per event is a handful of fields and the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from ioc.events import DOMAINS, Domain
from ioc.events.codec import Observed
from ioc.sinks.cardinality import Guard
from ioc.sinks.fields import (
    COMMON_FIELDS,
    DOMAIN_FIELDS,
    DOMAIN_TAGS,
    EPOCH,
    FORMS,
    LANES,
    PLACE_FIELDS,
    Field,
    Kind,
    domain_of,
    number,
    point_ns,
    quoted,
    spread,
    tag,
)
from ioc.sinks.place_names import place_name
from ioc.sinks.rollup import FIVE_MINUTES

REMEMBERED: Final = 65_536
"""Combinations of tags whose text is kept, some 300 bytes each; beyond that all are forgotten and written anew."""
WINDOW_NS: Final = FIVE_MINUTES.width_s * 1_000_000_000

_PLAIN_TAGS = ("feed", "quality", "quantity", "source", "unit")
_TAGS: dict[Domain, tuple[str, ...]] = {d: (*_PLAIN_TAGS, *DOMAIN_TAGS[d]) for d in DOMAINS}
_TAG_VALUES: dict[Domain, Callable[[Any], tuple[str | None, ...]]] = {d: attrgetter(*_TAGS[d]) for d in DOMAINS}
_PLAIN_FIELDS = ("value", "id", "received_ms")
"""Fields that every event has; the others are written where they say something."""


def _optional(domain: Domain) -> list[Field]:
    return [field for field in (*COMMON_FIELDS, *DOMAIN_FIELDS[domain]) if field.name not in _PLAIN_FIELDS]


_FORMS = {d: [(f",{field.name}=", FORMS[field.kind]) for field in _optional(d)] for d in DOMAINS}
_VALUES: dict[Domain, Callable[[Any], tuple[Any, ...]]] = {
    d: attrgetter(*(field.attribute or field.name for field in _optional(d))) for d in DOMAINS
}
_NOTHING: dict[Domain, tuple[Any, ...]] = {
    d: tuple(() if field.kind == "words" else None for field in _optional(d)) for d in DOMAINS
}
"""What most readings have to say beside their value."""
_PLACE: Sequence[tuple[str, Kind]] = [(field.name, field.kind) for field in PLACE_FIELDS]


@lru_cache(maxsize=REMEMBERED)
def _place(*values: float | None) -> str:
    """Fields of a place; ValueError for a number that is none."""
    return "".join(
        f",{name}={FORMS[kind](value)}" for (name, kind), value in zip(_PLACE, values, strict=True) if value is not None
    )


class EventLines:
    """Writes lines; `guard` bounds how many series they make."""

    def __init__(self, guard: Guard | None = None) -> None:
        self.guard = guard or Guard()
        self._known: dict[tuple[object, ...], tuple[str, str]] = {}
        self._touched: set[tuple[Domain, int]] = set()

    def touched(self) -> list[tuple[Domain, int]]:
        """Windows of five minutes (domain, start in epoch s) that events since the last call lie in, drills left out."""
        found = [(domain, index * FIVE_MINUTES.width_s) for domain, index in self._touched]
        self._touched.clear()
        return sorted(found)

    def line(self, event: Observed, replay: str = "") -> str:
        """One line without a newline at its end; ValueError for a number that is none and for an impossible time."""
        domain = domain_of(event)
        place = event.location
        lane = spread(event) // 1_000_000 % LANES[domain] if domain in LANES else -1
        ahead = bool(event.flags) and "time_ahead" in event.flags
        commune = None if place is None else place.commune
        values = _TAG_VALUES[domain](event)
        key = (domain, values, commune, lane, event.drill, ahead, replay)
        start, folded = self._known.get(key) or self._series(key)
        received = event.received_at - EPOCH
        ms = received.days * 86_400_000 + received.seconds * 1000 + received.microseconds // 1000
        parts = [f"{start}{number(event.value)},id={quoted(event.id)},received_ms={ms}i"]
        more = _VALUES[domain](event)
        if more != _NOTHING[domain]:
            for (name, form), value in zip(_FORMS[domain], more, strict=True):
                if value is not None and value != ():
                    parts += (name, form(value))
        if place is not None:
            parts.append(_place(place.lat, place.lon, place.error_m))
        if folded:
            parts.append(folded)
        at = point_ns(event)
        parts.append(f" {at}")
        if not event.drill:
            self._touched.add((domain, at // WINDOW_NS))
        return "".join(parts)

    def _series(self, key: tuple[Any, ...]) -> tuple[str, str]:
        """Measurement and tags, sorted by name as InfluxDB keeps them, up to the first value; and what was folded."""
        domain, values, commune, lane, drill, ahead, replay = key
        tags = {name: value for name, value in zip(_TAGS[domain], values, strict=True) if value}
        worked_out = {
            "lane": f"{lane:x}" if lane >= 0 else "",
            "commune": commune,
            "place": place_name(commune),
            "replay": replay,
            "drill": "1" if drill else "",
            "ahead": "1" if ahead else "",
        }
        tags |= {name: value for name, value in worked_out.items() if value}
        folded = self.guard.admit(domain, tags)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        start = domain + "".join(tag(name, tags[name]) for name in sorted(tags)) + " value="
        made = self._known[key] = (start, folded_field(folded))
        return made


def folded_field(folded: dict[str, str]) -> str:
    """The field that keeps true tag values where the guard wrote "other"; "" where it did not."""
    text = " ".join(f"{name}={value}" for name, value in sorted(folded.items()))
    return f",folded={quoted(text)}" if folded else ""


def to_line(event: Observed, replay: str = "") -> bytes:
    """One line with nothing folded."""
    return EventLines().line(event, replay).encode("utf-8", "replace")
