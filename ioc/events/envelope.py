"""What every event carries, whatever its domain; and what is said of a record that yields none.

Times: `observed_at` is when the world was so, `received_at` when we heard of it. Both are UTC inside, +07:00 on
screens. `id` comes from content (source + natural key), so the same observation sent twice has one id.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

Severity = Literal["unknown", "minor", "moderate", "severe", "extreme"]
"""CAP 1.2 severity, in rising order."""
SEVERITIES: tuple[Severity, ...] = ("unknown", "minor", "moderate", "severe", "extreme")
Certainty = Literal["possible", "likely", "observed"]
"""CAP 1.2 certainty, in rising order (its `unlikely` and `unknown` never alert)."""

Quality = Literal["valid", "suspect", "calibration", "fault"]
"""What is known of a reading: only `valid` and `suspect` meet rules; the others say something of the device."""

Flag = Literal[
    "time_ahead",
    "zone_assumed",
    "unit_overridden",
    "unit_assumed",
    "scale_suspect",
    "shared_coordinates",
    "out_of_area",
    "place_from_source",
    "static_heat_source",
    "saturated",
    "repeated_frp",
    "text_cut",
    "confidence_low",
]
"""Defects and corrections that were seen on the way in; they travel with the event and are shown beside it."""

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)


def _rfc3339(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("not an RFC 3339 time with a zone")
    return value


def iso(at: datetime) -> str:
    """RFC 3339 in UTC with `Z`; milliseconds or microseconds only where there are any."""
    at = at.astimezone(UTC)
    spec = "seconds" if not at.microsecond else "milliseconds" if at.microsecond % 1000 == 0 else "microseconds"
    return at.isoformat(timespec=spec).replace("+00:00", "Z")


Timestamp = Annotated[
    AwareDatetime, Field(strict=False), BeforeValidator(_rfc3339), PlainSerializer(iso, when_used="json")
]
"""RFC 3339 with a zone; a time without one is refused here and must be given its zone at intake."""

STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True)


class Location(BaseModel):
    """WGS 84 degrees; `commune` is the five-digit code of the unit since July 2025, None outside the province."""

    model_config = STRICT
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    commune: Annotated[str, Field(min_length=5, max_length=5)] | None = None
    error_m: Annotated[float, Field(ge=0, le=1e6)] | None = None


class Media(BaseModel):
    """A link to a picture or clip; the picture itself never travels through Kafka."""

    model_config = STRICT
    kind: Literal["image", "clip", "stream"]
    url: Annotated[str, Field(min_length=1, max_length=500)]
    taken_at: Timestamp | None = None


class Envelope(BaseModel):
    """Fields common to all domains; `source` is the registered camera, station, satellite or sensor, and Kafka's key."""

    model_config = STRICT
    id: Annotated[str, Field(min_length=16, max_length=64)]
    feed: Annotated[str, Field(min_length=1, max_length=64)]
    source: Annotated[str, Field(min_length=1, max_length=128)]
    observed_at: Timestamp
    received_at: Timestamp
    value: Annotated[float, Field(ge=-1e9, le=1e9)]
    location: Location | None = None
    quality: Quality = "valid"
    flags: tuple[Flag, ...] = ()
    title: Annotated[str, Field(max_length=300)] | None = None
    media: tuple[Media, ...] = ()
    drill: bool = False


def event_id(source: str, *natural_key: object) -> str:
    """32 hex digits of BLAKE2b-128 over source and natural key; the parts are separated, so `a,bc` is not `ab,c`."""
    text = "\x1f".join((source, *(str(part) for part in natural_key)))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


Reason = Literal[
    "not_this_format",
    "not_text",
    "empty",
    "too_long",
    "too_deep",
    "missing",
    "not_a_number",
    "not_finite",
    "not_a_time",
    "not_a_coordinate",
    "out_of_range",
    "unknown_quantity",
    "unknown_unit",
    "unknown_value",
    "unknown_source",
    "wrong_type",
    "wrong_shape",
    "contract",
]
"""Why a record, or one field of it, was refused; words key `reason.<code>`."""

Fate = Literal["accepted", "duplicate", "late", "future", "ignored", "rejected"]
"""Every record ends in exactly one; `future` is counted apart from `late` but judged alike: it meets no rule."""
FATES: tuple[Fate, ...] = ("accepted", "duplicate", "late", "future", "ignored", "rejected")


class Rejected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record, or one field of it, that was refused: where it stands, which field, why, and what it looked like.

    `record` counts from 1 in its input. `field` is the sender's own name for it (a Vietnamese column stays one).
    `excerpt` is at most 200 characters of what came, control characters replaced. `values` fill the words.
    """

    record: int
    field: str
    code: Reason
    excerpt: str = ""
    values: dict[str, str] = {}


class Tick(NamedTuple):
    """Time as a record: the log clock of one partition, epoch ms; `replay` names the replay whose clock it is."""

    clock: int
    replay: str = ""


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, controls (and bidirectional overrides) replaced by U+FFFD."""
    shown = text[:limit]
    return "".join("\ufffd" if ord(c) < 32 or ord(c) == 127 or c in _BIDI else c for c in shown)


_BIDI = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def plain(values: Mapping[str, object]) -> dict[str, str]:
    """Values for the words, each at most 80 characters."""
    return {k: clip(str(v), 80) for k, v in values.items()}
