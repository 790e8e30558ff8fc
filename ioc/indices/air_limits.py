"""Limits of ambient air: QCVN 05:2023/BTNMT (Circular 01/2023/TT-BTNMT, in force from 12 September 2023).

Limits are ug per cubic metre at 25 degrees Celsius and 760 mmHg, for a mean over the time named.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, NamedTuple

Averaging = Literal["1h", "8h", "24h", "year"]

LIMITS: Final[Mapping[str, Mapping[Averaging, float]]] = {
    "so2": {"1h": 350, "24h": 125, "year": 50},
    "co": {"1h": 30_000, "8h": 10_000},
    "no2": {"1h": 200, "24h": 100, "year": 40},
    "o3": {"1h": 200, "8h": 120},
    "tsp": {"1h": 300, "24h": 200, "year": 100},
    "pm10": {"24h": 100, "year": 50},
    "pm25": {"24h": 50, "year": 25},
    "h2s": {"1h": 42},
    "nh3": {"1h": 200},
}
"""Tables 1 and 2, for the quantities that stations here measure."""
STRICTER: Final[Mapping[tuple[str, Averaging], tuple[date, float]]] = {("pm25", "24h"): (date(2026, 1, 1), 45)}
"""Limits that change: from which day on, and to what."""
MOLAR_VOLUME: Final = 24.45
"""Litres of one mole of an ideal gas at 25 degrees Celsius and 760 mmHg."""
MOLAR_MASS: Final[Mapping[str, float]] = {
    "o3": 48.00,
    "no2": 46.01,
    "so2": 64.07,
    "co": 28.01,
    "nh3": 17.03,
    "h2s": 34.08,
}
"""Grams a mole (IUPAC standard atomic weights)."""


class Exceedance(NamedTuple):
    """A mean held against its limit; `share` is 1.0 at the limit."""

    limit: float
    share: float
    exceeded: bool


def limit_of(quantity: str, averaging: Averaging, on: date) -> float | None:
    """The limit in force on a day, ug/m3; None where the standard has none."""
    if (change := STRICTER.get((quantity, averaging))) is not None and on >= change[0]:
        return change[1]
    return LIMITS.get(quantity, {}).get(averaging)


def judge(quantity: str, averaging: Averaging, mean: float, on: date) -> Exceedance | None:
    """A mean (ug/m3) over `averaging` that ended on a day, against its limit; None where there is none."""
    limit = limit_of(quantity, averaging, on)
    return None if limit is None else Exceedance(limit, mean / limit, mean > limit)


def from_ppb(gas: str, ppb: float) -> float:
    """Parts per billion by volume -> ug/m3 at the standard's conditions; KeyError for what is no gas of the table."""
    return ppb * MOLAR_MASS[gas] / MOLAR_VOLUME
