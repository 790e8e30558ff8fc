"""Headers of our own on records of `ioc.*`: ticks, the clock of a replay, the origin of a record made from another.

ioc-tick    b""                                   the record is a tick and has no value
ioc-clock   b"<replay>:<epoch ms>"                the record brings its own clock
ioc-rules   b"<number>:<name>"                    on a tick: the newest order of rules that its writer knows
ioc-origin  b"<topic id>:<partition>:<offset>:<n>"  n-th output (from 0) of that input record
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ioc.alerts.open_alerts import HEADER

Header = tuple[str, bytes]
TICK = "ioc-tick"
CLOCK = "ioc-clock"
ORIGIN = "ioc-origin"
RULES = "ioc-rules"
OPEN = HEADER
"""The record is the list of alerts open in one input partition (`ioc.alerts.open_alerts`)."""
LATEST_MS = 253_402_300_799_999
"""The last millisecond of year 9999: a clock beyond it is no clock."""


class Origin(NamedTuple):
    """Where a record came from; origins of one partition grow with the order of its records."""

    topic_id: str
    partition: int
    offset: int
    nth: int


def clock_header(replay: str, clock: int) -> Header:
    """The clock that a replayed record brings, epoch ms."""
    return CLOCK, f"{replay}:{clock}".encode()


def order_header(number: int, name: str) -> Header:
    """What a tick says of the rules (`ioc.streams.orders`)."""
    return RULES, f"{number}:{name}".encode()


def origin_header(origin: Origin) -> Header:
    """What a derived record says of its input."""
    return ORIGIN, f"{origin.topic_id}:{origin.partition}:{origin.offset}:{origin.nth}".encode()


def value_of(headers: Iterable[Header], name: str) -> bytes | None:
    """Value of the last header of that name."""
    found = None
    for key, value in headers:
        if key == name:
            found = value
    return found


def read_clock(value: bytes) -> tuple[str, int] | None:
    """Replay name and epoch ms; None where the header is not one of ours."""
    name, colon, number = value.rpartition(b":")
    if not colon or not name or len(name) > 128 or not number.isdigit() or len(number) > 15:
        return None
    clock = int(number)
    try:
        return (name.decode(), clock) if clock <= LATEST_MS else None
    except UnicodeDecodeError:
        return None


def read_order(value: bytes) -> tuple[int, str] | None:
    """Number and name of an order; None where the header is not one of ours."""
    number, colon, name = value.partition(b":")
    if not colon or not number.isdigit() or len(number) > 15 or not name or len(name) > 64 or not name.isalnum():
        return None
    return int(number), name.decode("ascii")


def read_origin(value: bytes) -> Origin | None:
    """The origin; None where the header is not one of ours."""
    parts = value.split(b":")
    if len(parts) != 4 or not all(part.isdigit() and len(part) < 20 for part in parts[1:]):
        return None
    try:
        return Origin(parts[0].decode("ascii"), int(parts[1]), int(parts[2]), int(parts[3]))
    except UnicodeDecodeError:
        return None
