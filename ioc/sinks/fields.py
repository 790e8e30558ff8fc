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
from typing import Any, Literal, NamedTuple
from zlib import crc32

from ioc.events import DOMAINS, MODELS, Domain
from ioc.events.codec import STRUCTS, Observed
from ioc.sinks.cardinality import Guard

Kind = Literal["float", "integer", "text", "boolean", "words", "time"]
"""How a field is written: `words` is a list joined by single spaces, `time` integer epoch ms. A field has one kind for
ever: InfluxDB refuses a second one."""


class Field(NamedTuple):
    """One field of a line; its name is the event's attribute unless `attribute` says another."""

    name: str
    kind: Kind
    attribute: str = ""


COMMON_TAGS = (
    *("ahead", "commune", "drill", "feed", "lane", "place", "quality", "quantity", "replay", "source", "unit"),
)
"""Tags of every domain. `place` is the commune's name, absent where the table of communes has none. `ahead` and `drill`
are "1" or absent: observed later than received beyond the feed's allowance, and rehearsed. `replay` is a replay's name, absent on live data. `commune` is absent outside the province."""

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
OUT_OF_TIME = "time outside 1678 to 2261"
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


def point_ns(event: Observed) -> int:
    """Time of the event's point: its whole milliseconds, and below them an offset out of its id.

    ValueError outside the years 1678 to 2261, for which 64 bits of nanoseconds suffice.
    """
    since = event.observed_at - EPOCH
    ms = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    at = ms * 1_000_000 + spread(event) % 1_000_000
    if abs(at) > FURTHEST_NS:
        raise ValueError(OUT_OF_TIME)
    return at


def spread(event: Observed) -> int:
    """A number below 2^32 out of the event's id, the same every time."""
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
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
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


def heard_line(feed: str, source: str, ms: int, guard: Guard | None = None) -> str:
    """The line that says a source was heard, at its minute; `guard` bounds its series."""
    tags = {"feed": feed, "source": source}
    if guard is not None:
        guard.admit(HEARD, tags)
    series = tag("feed", tags["feed"]) + tag("source", tags["source"])
    return f"{HEARD}{series} received_ms={ms}i {ms // MINUTE_MS * MINUTE_MS}000000"


def replay_line(replay: str, written_at: datetime) -> str:
    """The line that says when a replay was last written."""
    return f"{REPLAYS}{tag('replay', replay)} written_ms={epoch_ms(written_at)}i 0"
