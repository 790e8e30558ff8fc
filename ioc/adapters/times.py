"""Times as feeds write them -> an aware UTC time, and whether its zone had to be assumed.

Taken: RFC 3339 and what real devices make of it (`+0700` or `+07`, a space for `T`, one-digit months and hours, a comma
before the fraction, nanoseconds, 24:00, second 60), compact `YYYYMMDDhhmmss` and `YYYYMMDDhhmm`, epoch seconds,
milli-, micro- and nanoseconds (told apart by the count of digits), or a stated strptime form.
Refused: day/month/year order (two readings), years beyond 9999, times of a clock that was never set.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ioc.adapters.refusal import Refusal

EARLIEST = datetime(2000, 1, 2, tzinfo=UTC)
"""Clocks that were never set say 1970-01-01 (Unix) or 2000-01-01 (most real-time clock chips); no feed is older."""
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
"""Later ones cannot be shown in another zone."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_ISO = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[Tt ]\s*+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d++))?)?)?\s*+(Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_DIGITS = re.compile(r"\d++", re.ASCII)
_BASIC = re.compile(r"(\d{8})[Tt](\d{6})(Z|z|[+-]\d\d:?\d\d)?", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?", re.ASCII)
_EPOCH_DIVISOR = {10: 1, 13: 1_000, 16: 1_000_000, 19: 1_000_000_000}
LONGEST = 64


class Instant(NamedTuple):
    """A UTC time; `assumed` where the sender named no zone and the feed's was used."""

    at: datetime
    assumed: bool = False


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """IANA name or fixed offset -> tzinfo; ValueError for anything else (the catalogue's mistake, not the feed's)."""
    if name in ("Z", "z", "UTC", "GMT"):
        return UTC
    if found := _OFFSET.fullmatch(name):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours > 15 or minutes > 59:
            raise ValueError(f"no zone: {name!r}")
        shift = timedelta(hours=hours, minutes=minutes)
        return timezone(-shift if found[1] == "-" else shift)
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"no zone: {name!r}") from error


def instant(given: Any, zone: str, form: str | None = None) -> Instant:
    """Any of the forms above -> Instant; `zone` is the feed's, for times that come without one.

    Refusal `missing`, `empty`, `wrong_type`, `not_a_time`, or `out_of_range` for a clock that was never set.
    """
    try:
        found = _read(given, zone, form)
    except (ValueError, OverflowError) as error:
        raise Refusal("not_a_time") from error
    if found.at < EARLIEST:
        raise Refusal("out_of_range", variant="clock")
    if found.at >= LATEST:
        raise Refusal("not_a_time")
    return found


def _read(given: Any, zone: str, form: str | None) -> Instant:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise Refusal("missing" if given is None else "wrong_type", wanted="time")
    if isinstance(given, int | float):
        return Instant(_epoch(str(int(given)), given))
    text = given.strip()
    if not text:
        raise Refusal("empty")
    if len(text) > LONGEST:
        raise ValueError(text)
    if form is not None:
        at = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is given to it just below
        return _placed(at, zone) if at.tzinfo is None else Instant(at.astimezone(UTC))
    if found := _ISO.fullmatch(text):
        return _iso(found, zone)
    if found := _BASIC.fullmatch(text):
        at = _compact(found[1] + found[2])
        return _placed(at, zone) if not found[3] else Instant(at.replace(tzinfo=zone_of(found[3])).astimezone(UTC))
    whole, _, fraction = text.partition(".")
    if not _DIGITS.fullmatch(whole) or (fraction and not _DIGITS.fullmatch(fraction)):
        raise ValueError(text)
    if len(whole) in (12, 14) and not fraction:
        return _placed(_compact(whole), zone)
    return Instant(_epoch(whole, float(text) if fraction else int(whole)))


def _iso(found: re.Match[str], zone: str) -> Instant:
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    hours, seconds = int(hour or 0), int(second or 0)
    micro = int(fraction[:6].ljust(6, "0")) if fraction else 0
    extra = timedelta()
    if hours == 24 and int(minute) == seconds == micro == 0:
        hours, extra = 0, timedelta(days=1)
    if seconds == 60:
        seconds, extra = 59, timedelta(seconds=1)
    at = datetime(int(year), int(month), int(day), hours, int(minute or 0), seconds, micro)  # noqa: DTZ001 - see above
    at += extra
    if offset is None:
        return _placed(at, zone)
    return Instant(at.replace(tzinfo=zone_of(offset)).astimezone(UTC))


def _compact(digits: str) -> datetime:
    year, month, day, hour, minute = digits[:4], digits[4:6], digits[6:8], int(digits[8:10]), digits[10:12]
    second = digits[12:14] or "0"
    extra = timedelta()
    if hour == 24 and int(minute) == int(second) == 0:
        hour, extra = 0, timedelta(days=1)
    return datetime(int(year), int(month), int(day), hour, int(minute), int(second)) + extra  # noqa: DTZ001 - as above


def _placed(at: datetime, zone: str) -> Instant:
    return Instant(at.replace(tzinfo=zone_of(zone)).astimezone(UTC), assumed=True)


def _epoch(digits: str, value: float) -> datetime:
    divisor = _EPOCH_DIVISOR.get(len(digits))
    if divisor is None:
        raise ValueError(digits)
    if isinstance(value, int):
        seconds, rest = divmod(value, divisor)
        return EPOCH + timedelta(seconds=seconds, microseconds=rest * 1_000_000 // divisor)
    return EPOCH + timedelta(seconds=value / divisor)


def acquired(day: Any, clock: Any) -> Instant:
    """FIRMS: `acq_date` YYYY-MM-DD with `acq_time` HHMM, UTC; the hour may have lost its zeros (`41` is 00:41)."""
    if day is None or clock is None:
        raise Refusal("missing")
    minutes = str(clock).strip().replace(":", "")
    if not _DIGITS.fullmatch(minutes) or len(minutes) > 4:
        raise Refusal("not_a_time", variant="firms")
    padded = minutes.zfill(4)
    try:
        return instant(f"{str(day).strip()}T{padded[:2]}:{padded[2:]}:00Z", "UTC")
    except Refusal as refusal:
        if refusal.code != "not_a_time":
            raise
        raise Refusal("not_a_time", variant="firms") from refusal
