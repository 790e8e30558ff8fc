"""An event as one line of line protocol (names: `ioc.sinks.fields`). The hot path of the sink: 4 µs an event.

A source speaks often and stands still, so measurement and tags, and the place, are written once and remembered; what
is left per event is a handful of fields and the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import isfinite
from operator import attrgetter
from typing import Any, Final
from zlib import crc32

from ioc.events import DOMAINS, Domain
from ioc.events.codec import Observed
from ioc.sinks.cardinality import Guard
from ioc.sinks.fields import (
    COMMON_FIELDS,
    DOMAIN_FIELDS,
    DOMAIN_TAGS,
    EPOCH,
    FORMS,
    FURTHEST_NS,
    LANES,
    OUT_OF_TIME,
    PLACE_FIELDS,
    Field,
    Kind,
    domain_of,
    number,
    quoted,
    tag,
)
from ioc.sinks.place_names import place_name
from ioc.sinks.rollup import FIVE_MINUTES

REMEMBERED: Final = 65_536
"""Combinations of tags whose text is kept, some 300 bytes each; beyond that all are forgotten and written anew."""
WINDOW_MS: Final = FIVE_MINUTES.width_s * 1000

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


def _rest(domain: Domain, values: tuple[Any, ...]) -> str:
    """Fields that only some events have."""
    return "".join(
        name + form(value)
        for (name, form), value in zip(_FORMS[domain], values, strict=True)
        if value is not None and value != ()
    )


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
        lines, refused = self.block([event], replay)
        if refused:
            raise ValueError(refused[0][1])
        return lines[0]

    def block(self, events: Sequence[Observed], replay: str = "") -> tuple[list[str], list[tuple[int, str]]]:
        """The lines of events in their order; and those that have none, by their place, with the reason.

        One long loop on purpose: a call for each part of a line costs more than the part.
        """
        lines: list[str] = []
        refused: list[tuple[int, str]] = []
        known, touched, window = self._known, self._touched, None
        for nth, event in enumerate(events):
            domain = domain_of(event)
            place, flags, value, name = event.location, event.flags, event.value, event.id
            number_below = crc32(name.encode("utf-8", "replace"))
            key = (
                domain,
                _TAG_VALUES[domain](event),
                None if place is None else place.commune,
                number_below // 1_000_000 % LANES[domain] if domain in LANES else -1,
                event.drill,
                bool(flags) and "time_ahead" in flags,
                replay,
            )
            since = event.observed_at - EPOCH
            ms = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
            at = ms * 1_000_000 + number_below % 1_000_000
            if not -FURTHEST_NS <= at <= FURTHEST_NS:
                refused.append((nth, OUT_OF_TIME))
                continue
            try:
                if not isfinite(value):
                    number(value)
                where = "" if place is None else _place(place.lat, place.lon, place.error_m)
                more = _VALUES[domain](event)
                rest = "" if more == _NOTHING[domain] else _rest(domain, more)
            except ValueError as error:
                refused.append((nth, str(error)))
                continue
            start, folded = known.get(key) or self._series(key)
            since = event.received_at - EPOCH
            received = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
            shown = f'"{name}"' if name.isalnum() else quoted(name)
            lines.append(f"{start}{float(value)!r},id={shown},received_ms={received}i{rest}{where}{folded} {at}")
            if (domain, ms // WINDOW_MS) != window and not event.drill:
                window = (domain, ms // WINDOW_MS)
                touched.add(window)
        return lines, refused

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
