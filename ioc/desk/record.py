"""What a record of `ioc.alerts` says: a transition, a list of open alerts, or nothing that can be read.

Records come from our own workers, but the desk trusts no bytes: one that cannot be read is kept aside with its
reason, and the next one is still applied.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from ioc.alerts import alert, open_alerts
from ioc.alerts.alert import Transition
from ioc.alerts.open_alerts import HEADER, OpenAlerts
from ioc.events.envelope import clip

LATEST_MS = 4_102_444_800_000
"""2100-01-01: no honest time of an alert lies beyond, and every screen can write it."""


class LogRecord(Protocol):
    """One record as the log keeps it; `timestamp` is epoch ms."""

    @property
    def offset(self) -> int: ...  # noqa: D102 - named as Kafka names it
    @property
    def timestamp(self) -> int: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...  # noqa: D102


class Chunk(Protocol):
    """Records of one partition, in order, as fetched; `next_offset` follows the last, `highwater` ends the partition.

    `lost` counts offsets that retention took before anybody read them.
    """

    @property
    def cluster_id(self) -> str: ...  # noqa: D102
    @property
    def topic_id(self) -> str: ...  # noqa: D102
    @property
    def partition(self) -> int: ...  # noqa: D102
    @property
    def records(self) -> Sequence[LogRecord]: ...  # noqa: D102
    @property
    def next_offset(self) -> int: ...  # noqa: D102
    @property
    def highwater(self) -> int: ...  # noqa: D102
    @property
    def lost(self) -> int: ...  # noqa: D102


class Unread(NamedTuple):
    """A record that is neither; `excerpt` is what it looked like."""

    reason: str
    excerpt: str


def read(record: LogRecord) -> Transition | OpenAlerts | Unread:
    """Judge one record."""
    raw = record.value
    if raw is None:
        return Unread("no value", "")
    try:
        if any(name == HEADER for name, _ in record.headers):
            return open_alerts.decode(raw)
        found = alert.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Unread(clip(str(error), 200), excerpt(raw))
    wrong = _implausible(found)
    return Unread(wrong, excerpt(raw)) if wrong else found


def excerpt(raw: bytes | None) -> str:
    """The beginning of a value, for people."""
    return clip((raw or b"")[:200].decode("utf-8", "replace"), 200)


def _implausible(found: Transition) -> str | None:
    """What the types cannot say, and what would break a screen or a later sum."""
    times = (found.at, found.clock, found.opened_at, found.last_seen, *(e.observed_at for e in found.evidence))
    if not all(0 <= t < LATEST_MS for t in times):
        return "a time outside 1970 to 2100"
    if not 0 < len(found.alert_id) <= 64 or not 1 <= found.revision < 2**31:
        return "an alert id or revision that cannot be"
    place = (found.lat, found.lon)
    if any(
        v is not None and not (math.isfinite(v) and abs(v) <= limit) for v, limit in zip(place, (90, 180), strict=True)
    ):
        return "a place that is not on the earth"
    return None
