"""Forest fire danger: the index P of V. G. Nesterov as calibrated for Viet Nam by Pham Ngoc Hung, and levels I to V.

P adds up, over the days since the last real rain, the temperature at 13:00 times the saturation deficit at 13:00
(hPa). Decree 156/2018/ND-CP article 46 names five levels; the table that leads from P to a level is set by each province and
differs between them, so a table is given by its owner's configuration and never assumed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

Level = Literal[1, 2, 3, 4, 5]
ROMAN: Final = ("I", "II", "III", "IV", "V")
"""How levels are written on signs."""
NAMES: Final = ("low", "moderate", "high", "dangerous", "extreme")
"""Words keys `fire.<name>`: thấp, trung bình, cao, nguy hiểm, cực kỳ nguy hiểm."""
DAILY_NOTICE: Final = 4
"""From this level on danger is made public every day (article 46.3)."""
RAIN_RESETS_MM: Final = 5.0
"""Rain of a day from which P begins anew (Pham Ngoc Hung); 7 mm is proposed by Chau and Quynh, 2009."""


class Day(NamedTuple):
    """One day: temperature (degrees Celsius) and relative humidity (percent) at 13:00, rain of the day in mm."""

    temperature: float
    humidity: float
    rain: float


class Table(NamedTuple):
    """Highest P of levels I to IV, rising, and whose table it is."""

    tops: tuple[float, float, float, float]
    source: str


NATIONAL: Final = Table((1000, 2500, 5000, 10_000), "nghiên cứu toàn quốc, bảng 1; giá trị khởi đầu, hỏi Kiểm lâm")
"""For a province whose own table is not at hand; said so wherever it is shown."""


def saturation_deficit(temperature: float, humidity: float) -> float:
    """What the air could still take up, hPa: Magnus' formula with the constants of Bolton (1980), at least 0."""
    saturated = 6.112 * math.exp(17.67 * temperature / (temperature + 243.5))
    return saturated * (1.0 - min(100.0, max(0.0, humidity)) / 100.0)


def advance(before: float, day: Day, resets_mm: float = RAIN_RESETS_MM) -> float:
    """P at the end of a day out of P of the day before; 0 on a day of real rain, and frost adds nothing."""
    if day.rain >= resets_mm:
        return 0.0
    return before + max(0.0, day.temperature) * saturation_deficit(day.temperature, day.humidity)


def nesterov(days: Iterable[Day], resets_mm: float = RAIN_RESETS_MM) -> float:
    """P after these days, oldest first, beginning at 0."""
    index = 0.0
    for day in days:
        index = advance(index, day, resets_mm)
    return index


def level_of(index: float, table: Table) -> Level:
    """Level I (1) to V (5) of a P."""
    return _LEVELS[sum(index > top for top in table.tops)]


_LEVELS: Final[tuple[Level, ...]] = (1, 2, 3, 4, 5)
