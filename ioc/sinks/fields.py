"""What history keeps of an event, by name: tags to group and filter by, fields to show; and the line that carries them.

Dashboards are built from these names. A measurement is a domain. Tags are bounded: registered names, codes and short
lists; ids, addresses and texts are fields, because every new tag value is a new series that InfluxDB keeps in memory.

A line's time is the event's, in nanoseconds: whole milliseconds of `observed_at` plus an offset below one millisecond
taken from the event's id. So two events of one series at one time stay two, and the same event sent twice is one point.
Where many events of one series share a time by nature (a satellite's minute of hotspots, a burst on one signature), the
tag `lane`, also taken from the id, spreads them further. What remains: of 1,000 events in one series and millisecond, the
chance that any two meet is 2 in 1,000 for hotspots and 3 in 100 for network security.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal, NamedTuple
from zlib import crc32

from ioc.events import DOMAINS, MODELS, Domain
from ioc.events.codec import STRUCTS, Observed

Kind = Literal["float", "integer", "text", "boolean", "words", "time"]
"""How a field is written: `words` is a list joined by single spaces, `time` integer epoch ms. A field has one kind for
ever: InfluxDB refuses a second one."""


class Field(NamedTuple):
    """One field of a line; its name is the event's attribute unless `attribute` says another."""

    name: str
    kind: Kind
    attribute: str = ""


COMMON_TAGS = ("ahead", "commune", "drill", "feed", "lane", "quality", "quantity", "replay", "source", "unit")
"""Tags of every domain. `ahead` and `drill` are "1" or absent: observed later than received beyond the feed's
allowance, and rehearsed. `replay` is a replay's name, absent on live data. `commune` is absent outside the province."""

DOMAIN_TAGS: dict[Domain, tuple[str, ...]] = {
    "camera": ("kind", "phase", "severity"),
    "hotspot": ("instrument", "satellite", "surface"),
    "environment": (),
    "netsec": ("action", "category", "severity", "signature_id"),
}
"""Tags of one domain, attributes of the same name. `kind` is a detector's label, `signature_id` a rule of the sensor's
rule set: bounded by what is installed."""

LABEL: dict[Domain, str] = {"camera": "kind", "hotspot": "satellite", "environment": "", "netsec": "category"}
"""The tag that says in one word what an event of the domain is (`Reading.label`)."""

COMMON_FIELDS = (
    Field("value", "float"),
    Field("id", "text"),
    Field("received_ms", "time", "received_at"),
    Field("flags", "words"),
    Field("title", "text"),
)
PLACE_FIELDS = (Field("lat", "float"), Field("lon", "float"), Field("error_m", "float"))
"""Attributes of the event's location, where it has one."""
DOMAIN_FIELDS: dict[Domain, tuple[Field, ...]] = {
    "camera": (Field("track", "text"), Field("zones", "words"), Field("stationary", "boolean")),
    "hotspot": (
        Field("confidence", "float"),
        Field("brightness_k", "float"),
        Field("day", "boolean"),
        Field("version", "text"),
    ),
    "environment": (Field("period_s", "integer"),),
    "netsec": (
        Field("src_ip", "text"),
        Field("src_port", "integer"),
        Field("dest_ip", "text"),
        Field("dest_port", "integer"),
        Field("proto", "text"),
        Field("app_proto", "text"),
        Field("flow", "text"),
    ),
}

HEARD = "heard"
"""Measurement with tags `feed` and `source` and the integer field `received_ms`: one point per source and minute in
which it was heard. It tells a source that still sends, though its data are old, from one that is silent."""
REPLAYS = "replays"
"""Measurement beside the replays: one point per replay (tag `replay`, integer field `written_ms`), written over."""

LANES: dict[Domain, int] = {"hotspot": 256, "netsec": 16}
"""Lanes per domain; the others have one event per source, quantity and time, or few. More lanes are more series: a
province has few hotspots, each sensor has hundreds of signatures."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_MS = 60_000
FURTHEST_NS = 9_214_646_400_000_000_000
"""1 January 2262 and, before 1970, the same distance: InfluxDB's range (models.MinNanoTime) with a margin."""
_MS = timedelta(milliseconds=1)
_UNSAFE_IN_TAG = re.compile(r"[\x00-\x1f\x7f-\x9f\\%\u2028\u2029]")
_SEPARATOR_IN_TAG = re.compile(r"([ ,=])")
_DOMAIN_OF: dict[type, Domain] = {kind: domain for domain in DOMAINS for kind in (STRUCTS[domain], MODELS[domain])}


def domain_of(event: Observed) -> Domain:
    """The domain of an event, as model or as struct of the hot path."""
    return _DOMAIN_OF[type(event)]


def epoch_ms(at: datetime) -> int:
    """Epoch milliseconds, rounded down."""
    return (at - EPOCH) // _MS


def is_ahead(event: Observed) -> bool:
    """Whether intake found the event's clock ahead of its receipt."""
    return "time_ahead" in event.flags


def point_ns(event: Observed) -> int:
    """Time of the event's point: its whole milliseconds, and below them an offset out of its id.

    ValueError outside the years 1678 to 2261, for which 64 bits of nanoseconds suffice.
    """
    at = epoch_ms(event.observed_at) * 1_000_000 + _spread(event) % 1_000_000
    if abs(at) > FURTHEST_NS:
        raise ValueError("time outside 1678 to 2261")
    return at


def _spread(event: Observed) -> int:
    return crc32(event.id.encode("utf-8", "replace"))


def tag_value(text: str) -> str:
    """A tag's value as it is stored: control characters, backslash and per cent sign become %XX of their UTF-8.

    Line protocol cannot carry a newline in a tag, and a backslash before its separators changes what they mean.
    """
    return _UNSAFE_IN_TAG.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)


def plain_tag(stored: str) -> str:
    """Back from `tag_value`."""
    raw = re.sub(rb"%([0-9A-F]{2})", lambda found: bytes((int(found[1], 16),)), stored.encode())
    return raw.decode("utf-8", "replace")


def tag(name: str, value: str) -> str:
    """One tag as it stands in a line, with the comma before it."""
    escaped = _SEPARATOR_IN_TAG.sub(r"\\\1", tag_value(value))
    return f",{name}={escaped}"


def quoted(text: str) -> str:
    """A string field's value with its quotes; a newline inside them is carried as it is."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def number(value: float) -> str:
    """A float field's value; ValueError for NaN and infinity, which InfluxDB has no words for."""
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return repr(float(value))


FORMS: dict[Kind, Callable[[Any], str]] = {
    "float": number,
    "integer": lambda value: f"{value:d}i",
    "text": quoted,
    "boolean": lambda value: "true" if value else "false",
    "words": lambda value: quoted(" ".join(value)),
    "time": lambda value: f"{epoch_ms(value)}i",
}

_Getters = Sequence[tuple[str, Callable[[Any], str], Callable[[Any], Any]]]


def _getters(fields: Sequence[Field]) -> _Getters:
    return [(f",{field.name}=", FORMS[field.kind], attrgetter(field.attribute or field.name)) for field in fields]


_FIELDS: dict[Domain, _Getters] = {d: _getters((*COMMON_FIELDS[1:], *DOMAIN_FIELDS[d])) for d in DOMAINS}
_PLACE = _getters(PLACE_FIELDS)
_PLAIN_TAGS = ("feed", "quality", "quantity", "source", "unit")
_TAGS: dict[Domain, tuple[str, ...]] = {d: (*_PLAIN_TAGS, *DOMAIN_TAGS[d]) for d in DOMAINS}
_TAG_VALUES: dict[Domain, Callable[[Any], tuple[str | None, ...]]] = {d: attrgetter(*_TAGS[d]) for d in DOMAINS}


@lru_cache(maxsize=65_536)
def _series(domain: Domain, worked_out: tuple[tuple[str, str], ...], values: tuple[str | None, ...]) -> str:
    """Measurement and tags, sorted by name as InfluxDB keeps them; remembered, because a source speaks often."""
    tags = dict(worked_out) | {name: value for name, value in zip(_TAGS[domain], values, strict=True) if value}
    return domain + "".join(tag(name, tags[name]) for name in sorted(tags)) + " value="


def to_line(event: Observed, replay: str = "") -> bytes:
    """One line of line protocol, without a newline at its end; ValueError for a number that is none and for an impossible time."""
    domain = domain_of(event)
    place = event.location
    worked_out: list[tuple[str, str]] = []
    if domain in LANES:
        worked_out.append(("lane", f"{_spread(event) // 1_000_000 % LANES[domain]:x}"))
    if place is not None and place.commune:
        worked_out.append(("commune", place.commune))
    if replay:
        worked_out.append(("replay", replay))
    if event.drill:
        worked_out.append(("drill", "1"))
    if event.flags and is_ahead(event):
        worked_out.append(("ahead", "1"))
    parts = [_series(domain, tuple(worked_out), _TAG_VALUES[domain](event)), number(event.value)]
    for name, form, get in _FIELDS[domain]:
        value = get(event)
        if value is not None and value != ():
            parts += (name, form(value))
    if place is not None:
        for name, form, get in _PLACE:
            value = get(place)
            if value is not None:
                parts += (name, form(value))
    parts.append(f" {point_ns(event)}")
    return "".join(parts).encode("utf-8", "replace")


def heard(events: Sequence[Observed]) -> dict[tuple[str, str], int]:
    """(feed, source) -> epoch ms of its newest receipt; a drill is not heard."""
    newest: dict[tuple[str, str], datetime] = {}
    for event in events:
        if event.drill:
            continue
        key = (event.feed, event.source)
        at = newest.get(key)
        if at is None or at < event.received_at:
            newest[key] = event.received_at
    return {key: epoch_ms(at) for key, at in newest.items()}


def heard_line(feed: str, source: str, ms: int) -> bytes:
    """The line that says a source was heard, at its minute."""
    line = f"{HEARD}{tag('feed', feed)}{tag('source', source)} received_ms={ms}i {ms // MINUTE_MS * MINUTE_MS}000000"
    return line.encode("utf-8", "replace")


def replay_line(replay: str, written_at: datetime) -> bytes:
    """The line that says when a replay was last written."""
    return f"{REPLAYS}{tag('replay', replay)} written_ms={epoch_ms(written_at)}i 0".encode("utf-8", "replace")
