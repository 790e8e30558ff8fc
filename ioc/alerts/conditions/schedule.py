"""Due times by the clock of the day at +07:00, all year: which is the n-th after a moment. Epoch ms UTC in and out."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from ioc.catalogue import Expect

_DAY: Final = 86_400_000
_ZONE: Final = 7 * 3_600_000


def nth_due(expect: Expect, after: int, nth: int) -> int:
    """The `nth` due time (from 1) strictly after `after`."""
    local = after + _ZONE
    day, in_day = divmod(local, _DAY)
    times = expect.of_day
    # Due times are whole seconds: those at or before this second's beginning lie at or before `after`.
    place = bisect_right(times, in_day // 1000) + nth - 1
    days, place = divmod(place, len(times))
    return (day + days) * _DAY + times[place] * 1000 - _ZONE
