"""What is usual at this hour of the day: for each hour a mean and a variance over days, the newest counting most.

An hour enters once it has been over for `OPEN` hours less one, so that events which come late by less are in it whatever
their order; it is asked for a day later at the earliest. The weight of a day falls by a seventh with each that follows:
mean and variance by the exponentially weighted recurrence of T. Finch, "Incremental calculation of weighted mean and
variance" (2009). Hours are numbered from the epoch; the hour of the day is that of +07:00.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

import msgspec

from ioc.alerts.sums import GRID

HOUR_MS: Final = 3_600_000
EAST: Final = 7
"""Hours that the local day is ahead of UTC."""
OPEN: Final = 4
"""Hours that still take events: the newest and those before it."""
DAYS: Final = 3
"""Days that make an hour of the day known."""
WEEK: Final = 7
"""The newest day weighs one part in so many; starting value."""
MOST: Final = (1 << 14) - 1
"""Events of one hour of the day that are told apart; more are taken as so many."""

_NEWEST: Final = Struct("<Id")
_USUAL: Final = Struct("<Hd")
_SPREAD: Final = Struct("<Hff")
_DAYS_SHIFT: Final = 14


class Usual(NamedTuple):
    """One hour of the day over the days before: the figure's mean and variance, and the events that it rests on."""

    mean: float
    variance: float
    events: int


class Daily(msgspec.Struct, array_like=True, gc=False):
    """The hours of one group in at most 300 bytes. `hour` is the newest, `lived` how many it is from the first (255: more).

    What is kept is its user's word, the same in every call. `counted` > 0: a day's figure is the hour's count of events
    times `counted`, and an hour without events is a day of none; 0: it is the mean of the hour's values, and an hour
    without is no day. `spread`: the variance too, mean and variance then to seven digits.
    """

    hour: int = 0
    lived: int = 0
    packed: bytearray = msgspec.field(default_factory=lambda: bytearray(_NEWEST.size * OPEN))

    def turn(self, now: int, *, counted: float, spread: bool) -> None:
        """Let time pass to `now` (ms): hours that take no more events enter the days."""
        hour = now // HOUR_MS
        if not self.hour:
            self.hour = hour
        while self.hour < hour:
            self.hour += 1
            self.lived = min(self.lived + 1, 255)
            place = self.hour % OPEN * _NEWEST.size
            count, total = _NEWEST.unpack_from(self.packed, place)
            _NEWEST.pack_into(self.packed, place, 0, 0.0)
            closed = self.hour - OPEN
            if counted and self.lived >= OPEN:
                self._close(closed, count, count * counted, spread=spread)
            elif not counted and count:
                self._close(closed, count, total / count / GRID, spread=spread)

    def add(self, at: int, value: float) -> None:
        """Take one event at `at` (ms) into its hour, time having been moved on at least that far."""
        hour = at // HOUR_MS
        if hour <= self.hour - OPEN:
            return
        self.lived = max(self.lived, self.hour - hour)
        place = hour % OPEN * _NEWEST.size
        count, total = _NEWEST.unpack_from(self.packed, place)
        _NEWEST.pack_into(self.packed, place, count + 1, total + round(value * GRID))

    def usual(self, at: int, *, spread: bool) -> Usual | None:
        """What is usual at the hour of `at` (ms); None where fewer than `DAYS` days are known."""
        known, mean, variance = self._of_day(at // HOUR_MS, spread=spread)
        return Usual(mean, variance, known & MOST) if known >> _DAYS_SHIFT >= DAYS else None

    def _place(self, hour: int, form: Struct) -> int:
        """Where an hour of the day lies behind the newest hours."""
        begin = _NEWEST.size * OPEN
        if len(self.packed) == begin:
            self.packed.extend(bytes(form.size * 24))
        return begin + (hour + EAST) % 24 * form.size

    def _of_day(self, hour: int, *, spread: bool) -> tuple[int, float, float]:
        form = _SPREAD if spread else _USUAL
        held = form.unpack_from(self.packed, self._place(hour, form))
        return held[0], held[1], held[2] if spread else 0.0

    def _close(self, hour: int, count: int, figure: float, *, spread: bool) -> None:
        known, mean, variance = self._of_day(hour, spread=spread)
        days, events = known >> _DAYS_SHIFT, known & MOST
        off = figure - mean
        if days:
            mean, variance = mean + off / WEEK, (WEEK - 1) / WEEK * (variance + off * off / WEEK)
        else:
            mean = figure
        known = min(days + 1, DAYS) << _DAYS_SHIFT | min(events + count, MOST)
        form = _SPREAD if spread else _USUAL
        form.pack_into(self.packed, self._place(hour, form), known, mean, *((variance,) if spread else ()))
