"""What can be measured: quantity -> canonical unit, plausible range, words key.

Ranges are physical plausibility, not alarm limits: outside of them a value is a defect of the feed. Units follow
UCUM where it has one (`Cel`, `ug/m3`, `hPa`).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

Unit = Literal[
    "ug/m3", "mg/m3", "ppm", "Cel", "%", "hPa", "m/s", "deg", "mm", "m", "m3/s", "1", "mg/L", "Pt-Co", "uS/cm",
    "dB", "W/m2", "MW", "V",
]  # fmt: skip
UNITS: tuple[Unit, ...] = get_args(Unit)

EnvironmentQuantity = Literal[
    "pm1", "pm25", "pm10", "tsp", "o3", "no", "no2", "so2", "co", "nh3", "h2s", "co2", "hg_air", "o2_air",
    "temperature", "humidity", "pressure", "wind_speed", "wind_gust", "wind_direction", "rain", "solar_radiation",
    "dew_point", "noise", "uv_index", "aqi_reported",
    "water_level", "flow", "water_temperature", "ph", "cod", "bod", "tss", "nh4", "tp", "tn", "toc", "chlorine",
    "colour", "phosphate", "conductivity", "dissolved_oxygen", "battery", "watch",
]  # fmt: skip


class Measure(NamedTuple):
    """Canonical unit and the plausible range [low, high] in that unit."""

    unit: Unit
    low: float
    high: float


ENVIRONMENT: dict[EnvironmentQuantity, Measure] = {
    "pm1": Measure("ug/m3", 0, 5000),
    "pm25": Measure("ug/m3", 0, 5000),
    "pm10": Measure("ug/m3", 0, 10000),
    "tsp": Measure("ug/m3", 0, 20000),
    "o3": Measure("ug/m3", 0, 5000),
    "no": Measure("ug/m3", 0, 10000),
    "no2": Measure("ug/m3", 0, 10000),
    "so2": Measure("ug/m3", 0, 20000),
    "co": Measure("ug/m3", 0, 200000),
    "nh3": Measure("ug/m3", 0, 50000),
    "h2s": Measure("ug/m3", 0, 50000),
    "co2": Measure("ppm", 0, 20000),
    "hg_air": Measure("ug/m3", 0, 1000),
    "o2_air": Measure("%", 0, 100),
    "temperature": Measure("Cel", -40, 60),
    "humidity": Measure("%", 0, 100),
    "pressure": Measure("hPa", 800, 1100),
    "wind_speed": Measure("m/s", 0, 120),
    "wind_gust": Measure("m/s", 0, 150),
    "wind_direction": Measure("deg", 0, 360),
    "rain": Measure("mm", 0, 2000),
    "solar_radiation": Measure("W/m2", 0, 1600),
    "dew_point": Measure("Cel", -60, 45),
    "noise": Measure("dB", 0, 194),
    "uv_index": Measure("1", 0, 30),
    "aqi_reported": Measure("1", 0, 1000),
    "water_level": Measure("m", -20, 400),
    "flow": Measure("m3/s", -100, 200000),
    "water_temperature": Measure("Cel", -2, 60),
    "ph": Measure("1", 0, 14),
    "cod": Measure("mg/L", 0, 100000),
    "bod": Measure("mg/L", 0, 100000),
    "tss": Measure("mg/L", 0, 100000),
    "nh4": Measure("mg/L", 0, 10000),
    "tp": Measure("mg/L", 0, 10000),
    "tn": Measure("mg/L", 0, 10000),
    "toc": Measure("mg/L", 0, 100000),
    "chlorine": Measure("mg/L", 0, 1000),
    "colour": Measure("Pt-Co", 0, 10000),
    "phosphate": Measure("mg/L", 0, 10000),
    "conductivity": Measure("uS/cm", 0, 200000),
    "dissolved_oxygen": Measure("mg/L", 0, 50),
    "battery": Measure("V", 0, 60),
    "watch": Measure("1", 0, 1),  # what `ioc watch` sends: 1 and 0 in turn
}
"""Plausible ranges: WMO-No. 8 (2021) extremes for weather, instrument full scale for gases, dust and water."""
