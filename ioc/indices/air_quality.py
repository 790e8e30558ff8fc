"""VN_AQI, the air quality index of Viet Nam: Decision 1459/QD-TCMT of 12 November 2019, table 2 and its method.

Concentrations are in ug/m3 for every pollutant, carbon monoxide included; hours end at their time stamp, so a day runs
from 01:00 to 24:00. The index is a whole number from 0 to 500, rounded half up.

One departure from the text: where an hour of the last twelve is missing, its weight is left out of the sum below the
line too. The decision's form for w = 1/2 does not do so, and shows cleaner air than there was whenever an hour is
missing; with twelve hours present both give the same number to the second decimal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

Pollutant = Literal["pm25", "pm10", "o3", "no2", "so2", "co"]
"""Named as the quantities of `ioc.events.quantities`."""
Hours = Sequence[float | None]
"""Hourly means, ug/m3; None where the hour has none."""

INDEX: Final = (0, 50, 100, 150, 200, 300, 400, 500)
"""Table 2, first column."""
BREAKPOINTS: Final[Mapping[str, tuple[float, ...]]] = {
    "o3": (0, 160, 200, 300, 400, 800, 1000, 1200),
    "o3_8h": (0, 100, 120, 170, 210, 400),
    "co": (0, 10_000, 30_000, 45_000, 60_000, 90_000, 120_000, 150_000),
    "so2": (0, 125, 350, 550, 800, 1600, 2100, 2630),
    "no2": (0, 100, 200, 700, 1200, 2350, 3100, 3850),
    "pm10": (0, 50, 150, 250, 350, 420, 500, 600),
    "pm25": (0, 25, 50, 80, 150, 250, 350, 500),
}
"""Table 2, ug/m3; `o3_8h` ends at 400, above which the one-hour value alone speaks. What lies beyond the end is 500."""
DUST: Final = ("pm25", "pm10")
"""At least one of them must be there, or there is no index."""
NOWCAST_HOURS: Final = 12
OZONE_HOURS: Final = 8
ENOUGH: Final = 0.75
"""Share of the hours of a mean that must be there: 18 of 24, 6 of 8. Starting value; the decision names none."""


class Band(NamedTuple):
    """One band of the scale: its highest index, words key (`aqi.<name>`), and official colour (red, green, blue)."""

    name: str
    top: int
    colour: tuple[int, int, int]


BANDS: Final = (
    Band("good", 50, (0, 228, 0)),
    Band("moderate", 100, (255, 255, 0)),
    Band("poor", 150, (255, 126, 0)),
    Band("bad", 200, (255, 0, 0)),
    Band("very_bad", 300, (143, 63, 151)),
    Band("hazardous", 500, (126, 0, 35)),
)
"""Table 1 of the decision."""


class AirIndex(NamedTuple):
    """An index with what made it: the pollutant that decides, and the index of each that was measured."""

    value: int
    band: Band
    pollutant: Pollutant
    parts: Mapping[Pollutant, int]


def band_of(value: int) -> Band:
    """The band of an index from 0 to 500."""
    return next((band for band in BANDS if value <= band.top), BANDS[-1])


def sub_index(scale: str, concentration: float) -> float | None:
    """Index of one pollutant before rounding; `scale` is a key of `BREAKPOINTS`, the concentration at least 0 ug/m3.

    None for an eight-hour ozone mean beyond its scale.
    """
    points = BREAKPOINTS[scale]
    for nth in range(1, len(points)):
        if concentration <= points[nth]:
            low, high = points[nth - 1], points[nth]
            return (INDEX[nth] - INDEX[nth - 1]) / (high - low) * (concentration - low) + INDEX[nth - 1]
    return None if scale == "o3_8h" else float(INDEX[-1])


def nowcast(latest_first: Hours) -> float | None:
    """The weighted mean of up to twelve hours of dust, the present hour first, ug/m3.

    None where fewer than two of the newest three hours are there.
    """
    hours = latest_first[:NOWCAST_HOURS]
    if sum(hour is not None for hour in hours[:3]) < 2:
        return None
    present = [hour for hour in hours if hour is not None]
    greatest = max(present)
    if not greatest:
        return 0.0
    weight = max(min(present) / greatest, 0.5)
    weights = [0.0 if hour is None else weight**nth for nth, hour in enumerate(hours)]
    return math.fsum(w * (hour or 0.0) for w, hour in zip(weights, hours, strict=True)) / math.fsum(weights)


def hourly(latest_first: Mapping[Pollutant, Hours]) -> AirIndex | None:
    """The index of the present hour: dust by its nowcast, gases by their newest hour; None without any dust."""
    parts: dict[Pollutant, float | None] = {}
    for pollutant, hours in latest_first.items():
        value = nowcast(hours) if pollutant in DUST else next(iter(hours), None)
        parts[pollutant] = None if value is None else sub_index(pollutant, value)
    return _whole(parts)


def daily(hours: Mapping[Pollutant, Hours], ozone_before: Hours = ()) -> AirIndex | None:
    """The index of a day out of its 24 hourly means from 01:00 to 24:00; None without any dust.

    Dust by the mean of the day, ozone by the worse of its highest hour and its highest mean over eight hours, the
    other gases by their highest hour. `ozone_before` are ozone's last seven hours of the day before, from 18:00:
    eight-hour means of the first hours reach back to them.
    """
    parts: dict[Pollutant, float | None] = {}
    for pollutant, values in hours.items():
        present = [value for value in values if value is not None]
        if pollutant in DUST:
            mean = _mean(values, 24)
            parts[pollutant] = None if mean is None else sub_index(pollutant, mean)
        elif present:
            found = [sub_index(pollutant, max(present))]
            if pollutant == "o3" and (longest := highest_mean([*ozone_before, *values], OZONE_HOURS)) is not None:
                found.append(sub_index("o3_8h", longest))
            parts[pollutant] = max(one for one in found if one is not None)
    return _whole(parts)


def highest_mean(hours: Hours, span: int) -> float | None:
    """The highest running mean over `span` hours with at least three quarters of them present; None without one."""
    means = [_mean(hours[end - span : end], span) for end in range(span, len(hours) + 1)]
    return max((mean for mean in means if mean is not None), default=None)


def _mean(hours: Hours, span: int) -> float | None:
    present = [hour for hour in hours if hour is not None]
    if len(present) < ENOUGH * span:
        return None
    return math.fsum(present) / len(present)


def _whole(parts: Mapping[Pollutant, float | None]) -> AirIndex | None:
    found: dict[Pollutant, int] = {name: math.floor(part + 0.5) for name, part in parts.items() if part is not None}
    if not any(name in found for name in DUST):
        return None
    worst = max(found, key=lambda name: found[name])
    return AirIndex(found[worst], band_of(found[worst]), worst, found)
