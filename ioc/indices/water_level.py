"""Flood alarm levels I to III of rivers (Decision 05/2020/QD-TTg) and the marks of reservoirs.

Levels are metres above the gauge's own datum. Some services report the height above another datum, or millimetres:
`above_zero` takes the gauge's zero off.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, Literal, NamedTuple

Alarm = Literal[0, 1, 2, 3]
"""0 below alarm I; 1 to 3 alarm I to III."""


class Gauge(NamedTuple):
    """One river gauge: the levels at which alarms I to III begin, m; `record` the highest known, m."""

    alarms: tuple[float, float, float]
    record: float | None
    source: str


class Reservoir(NamedTuple):
    """One reservoir: normal level and highest flood level, m, and the highest release, m3/s."""

    normal: float
    flood: float
    release: float
    source: str


class Standing(NamedTuple):
    """Where a level stands: the alarm reached, metres above it (below alarm I negative), and metres to the next."""

    alarm: Alarm
    above: float
    to_next: float | None


GIA_BAY: Final = Gauge(
    (25.00, 26.00, 27.00),
    29.90,
    "báo động III: bản tin lũ sông Cầu 09/09/2024 (28,90 m là trên báo động III 1,90 m); "
    "báo động I, II theo Quyết định 05/2020/QĐ-TTg: giá trị khởi đầu, cần đối chiếu; đỉnh 29,90 m ngày 08/10/2025",
)
"""The Cau river in the city."""
NUI_COC: Final = Reservoir(46.20, 48.25, 850.0, "quy trình vận hành hồ Núi Cốc; giá trị khởi đầu, cần đối chiếu")


def above_zero(reported_m: float, zero_m: float) -> float:
    """Metres above the gauge's zero, out of a height above the datum that `zero_m` is measured from."""
    return reported_m - zero_m


def check(gauge: Gauge) -> None:
    """Raise ValueError where alarms do not rise."""
    if any(low >= high for low, high in pairwise(gauge.alarms)):
        raise ValueError("alarm levels must rise")


def alarm_of(level: float, gauge: Gauge) -> Alarm:
    """The alarm that a level has reached: at the mark itself it is reached."""
    return _ALARMS[sum(level >= mark for mark in gauge.alarms)]


def standing(level: float, gauge: Gauge) -> Standing:
    """How far above its alarm a level is, and how far from the next, m."""
    alarm = alarm_of(level, gauge)
    base = gauge.alarms[max(0, alarm - 1)]
    return Standing(alarm, level - base, None if alarm == 3 else gauge.alarms[alarm] - level)


def fullness(level: float, reservoir: Reservoir) -> float:
    """Share of the flood zone that is taken: 0 at the normal level and below, 1 at the highest flood level."""
    return min(1.0, max(0.0, (level - reservoir.normal) / (reservoir.flood - reservoir.normal)))


_ALARMS: Final[tuple[Alarm, ...]] = (0, 1, 2, 3)
