"""Whether an event arrives in time, judged by its own source's clock alone.

A source's watermark is the newest `observed_at` it has sent: one bad clock cannot move another source's time. Late is
what lies more than the feed's `lateness` behind that watermark, future what lies more than the feed's `ahead` ahead of
its receipt; both are counted, meet no rule, and never move the watermark. Times are epoch milliseconds UTC.

A source that sends nothing for `IDLE_MS` of the log clock is idle: its time moves on with the log clock from where its
watermark stood, so that holds, settles and windows end. That borrowed time judges nobody late: a station that returns
from an outage and sends its buffer in order loses none of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ioc.events.envelope import Fate

IDLE_MS: Final = 60_000
"""Log-clock time without a newer event after which a source is idle; starting value."""
LATENESS_S: Final = 600
"""For feeds that the catalogue does not know; the default of `Feed.lateness`."""
AHEAD_S: Final = 300
"""For feeds that the catalogue does not know; the default of `Feed.ahead`."""


def epoch_ms(at: datetime) -> int:
    """Epoch milliseconds of an aware time, rounded to the nearest."""
    return round(at.timestamp() * 1000)


def judge(watermark: int, observed: int, received: int, lateness: int, ahead: int) -> Fate:
    """`accepted`, `late` or `future`; all arguments in milliseconds, `watermark` 0 where the source was never heard.

    What lies before 1970 comes from a clock that was never set: late.
    """
    if observed > received + ahead:
        return "future"
    if observed < watermark - lateness or observed <= 0:
        return "late"
    return "accepted"


def source_time(watermark: int, marked: int, clock: int) -> int:
    """The source's time at `clock`: its watermark, and while it is idle the log time since `marked` on top.

    `marked` is the log clock at which the watermark last moved.
    """
    silent = clock - marked
    return watermark + silent if silent >= IDLE_MS else watermark


class Arrivals:
    """Watermarks of many sources of one feed, for a run over a file (`ioc convert`); the engine keeps its own.

    `lateness` and `ahead` are seconds, as in `ioc.catalogue.Feed`. Memory: one number per source.
    """

    def __init__(self, lateness: int = LATENESS_S, ahead: int = AHEAD_S) -> None:
        self._lateness = lateness * 1000
        self._ahead = ahead * 1000
        self._watermarks: dict[str, int] = {}

    def judge(self, source: str, observed_at_ms: int, received_at_ms: int) -> Fate:
        """The fate of one event, in the order of arrival; an accepted one may move its source's watermark."""
        watermark = self._watermarks.get(source, 0)
        fate = judge(watermark, observed_at_ms, received_at_ms, self._lateness, self._ahead)
        if fate == "accepted" and observed_at_ms > watermark:
            self._watermarks[source] = observed_at_ms
        return fate
