"""The desk's times are epoch milliseconds UTC; clocks speak aware datetimes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ioc.ports import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def ms_of(at: datetime) -> int:
    """Epoch ms of an aware time; what is below a millisecond is cut off."""
    return (at - _EPOCH) // _MS


def time_of(ms: int) -> datetime:
    """Aware UTC time; raises OverflowError beyond the year 9999."""
    return _EPOCH + ms * _MS


def now_ms(clock: Clock) -> int:
    """The clock's time in epoch ms."""
    return ms_of(clock.now())
