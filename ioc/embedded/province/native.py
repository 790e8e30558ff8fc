"""One message as a sender of the province writes it, and the ways in which senders write time.

Times are epoch milliseconds UTC throughout the province.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Literal, NamedTuple

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LOCAL = timezone(timedelta(hours=7))
"""Vietnam's only zone; it has had no summer time since 1975."""
LOCAL_MS = 7 * HOUR

ContentType = Literal["application/json", "application/x-ndjson", "text/csv", "text/plain"]


class Native(NamedTuple):
    """Bytes that are due at the gateway's door at `at`.

    `name` is the file's name where the format needs it (station text). Bodies of type `application/x-ndjson` of one
    feed may be joined; no other may.
    """

    feed: str
    at: int
    body: bytes
    content_type: ContentType
    name: str = ""


def utc(at: int) -> datetime:
    """The aware UTC time."""
    return datetime.fromtimestamp(at // 1000, UTC) + timedelta(milliseconds=at % 1000)


def local(at: int) -> datetime:
    """The aware local time."""
    return utc(at).astimezone(LOCAL)


def zulu(at: int) -> str:
    """`2026-05-14T03:00:00Z`, to the second."""
    return utc(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_iso(at: int) -> str:
    """`2026-05-14T10:00:00+07:00`, to the second."""
    return local(at).isoformat(timespec="seconds")


def compact(at: int) -> str:
    """`20260514100000`, local: the form of station files."""
    return local(at).strftime("%Y%m%d%H%M%S")


def midnight(at: int) -> int:
    """The local midnight at or before `at`."""
    return (at + LOCAL_MS) // DAY * DAY - LOCAL_MS


def hour_of_day(at: int) -> float:
    """Local hour, 0 to below 24."""
    return (at + LOCAL_MS) % DAY / HOUR
