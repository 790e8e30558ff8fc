"""Files of automatic stations (Circular 10/2021/TT-BTNMT, annex 15): ambient air, and effluent of industrial parks.

Every five minutes, name TAB value TAB unit TAB local time TAB status, CRLF. Stations calibrate once a day: status 01,
with readings that would be alarming if they were meant (buffer solutions of pH 4.01 and 10.01, span gas).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ioc.embedded.province import defects
from ioc.embedded.province.beat import Beat, Form, sent
from ioc.embedded.province.chance import drift, pick, unit
from ioc.embedded.province.native import HOUR, MINUTE, SECOND, Native, compact, hour_of_day
from ioc.embedded.province.story import World
from ioc.embedded.province.weather import humidity, temperature, told

AIR, EFFLUENT = "stations", "effluent"
EVERY = 5 * MINUTE
CODES = {
    "station:hung-vuong": "TN_HUNGVUONG",
    "station:gang-thep": "TN_GANGTHEP",
    "station:song-cong": "TN_SONGCONG",
    "station:pho-yen": "TN_PHOYEN",
    "station:bac-kan": "TN_BACKAN",
    "effluent:song-cong": "XLNT_SONGCONG",
    "effluent:diem-thuy": "XLNT_DIEMTHUY",
    "effluent:yen-binh": "XLNT_YENBINH",
}
"""Source -> code in the file's name."""
CALIBRATION_H = 2.0
"""Local hour at which stations calibrate, for twenty minutes; each station's own minutes later."""

Reading = tuple[str, float, str, str, int]
"""Quantity, value, the file's symbol and unit, decimals."""


def traffic(at: int) -> float:
    """0-1: two rush hours."""
    return sum(math.exp(-(((hour_of_day(at) - hour) / 1.6) ** 2)) for hour in (7.3, 18.0))


def sunlight(at: int) -> float:
    """0-1 between six and eighteen o'clock."""
    return max(0.0, math.sin((hour_of_day(at) - 6) / 12 * math.pi))


def air(world: World, source: str, at: int) -> list[Reading]:
    """What an ambient station measures; medians near those of the province's own stations of May 2026 (PM2.5 20, PM10 28)."""

    def wander(name: str, hours: int) -> float:
        return drift(at, hours * HOUR, world.seed, name, source)

    base = 14 + 8 * unit(world.seed, "base", source)
    pm25 = max(1.0, base + 7 * traffic(at) + 5 * wander("pm25", 3))
    place = source.partition(":")[2]
    return [
        ("pm10", 1.4 * pm25 + 4 + 3 * wander("pm10", 2), "PM10", "ug/Nm3", 1),
        ("pm25", pm25, "PM2,5", "ug/Nm3", 1),
        ("so2", 26 + 10 * wander("so2", 4), "SO2", "ug/Nm3", 1),
        ("no2", 34 + 16 * traffic(at) + 10 * wander("no2", 2), "NO2", "ug/Nm3", 1),
        ("o3", 42 + 48 * sunlight(at) + 12 * wander("o3", 3), "O3", "ug/Nm3", 1),
        ("co", 0.6 + 0.3 * traffic(at) + 0.15 * wander("co", 2), "CO", "mg/Nm3", 2),
        ("temperature", temperature(world, place, at), "Temp", "oC", 1),
        ("humidity", humidity(world, place, at), "RH", "%", 0),
    ]


def effluent(world: World, source: str, at: int) -> list[Reading]:
    """What an outlet measures."""

    def wander(name: str, hours: int) -> float:
        return drift(at, hours * HOUR, world.seed, name, source)

    return [
        ("flow", 130 + 40 * traffic(at) + 20 * wander("flow", 1), "Flow", "m3/h", 1),
        ("water_temperature", 29 + 1.5 * wander("temp", 6), "Temp", "oC", 1),
        ("colour", 38 + 8 * wander("colour", 4), "Color", "Pt-Co", 0),
        ("ph", 7.2 + 0.4 * wander("ph", 4), "pH", "-", 2),
        ("tss", 42 + 12 * wander("tss", 3), "TSS", "mg/L", 1),
        ("cod", 66 + 16 * wander("cod", 3), "COD", "mg/L", 1),
        ("nh4", 3.1 + 0.8 * wander("nh4", 5), "NH4", "mg/L", 2),
    ]


def calibrating(source: str, at: int) -> bool:
    """Whether the station stands in its daily calibration."""
    begin = CALIBRATION_H + unit("calibration", source)
    return begin <= hour_of_day(at) < begin + 1 / 3


_SPAN = {
    "ph": (4.01, 7.0, 10.01),
    "cod": (200.0, 400.0),
    "tss": (250.0,),
    "so2": (900.0,),
    "no2": (1300.0,),
    "co": (50.0,),
}
"""Readings while calibrating: buffer solutions and span gas."""


def write(world: World, source: str, at: int) -> bytes:
    """One file."""
    measured = air(world, source, at) if source.startswith("station:") else effluent(world, source, at)
    clean = defects.alone(world, source, at)
    busy = clean and calibrating(source, at)
    lines = []
    for quantity, natural, symbol, unit_name, digits in measured:
        value = told(world, source, quantity, at, natural)
        status, text = "00", f"{value:.{digits}f}"
        if busy and quantity in _SPAN:
            status, text = "01", f"{pick(_SPAN[quantity], quantity, at):.{digits}f}"
        elif defects.chance(world, defects.INVALID, f"invalid {quantity}", source, at):
            status, text = "02", f"{value * 9:.{digits}f}"
        elif defects.chance(world, defects.NO_VALUE, f"no {quantity}", source, at):
            text = "NA"
        elif quantity == "pm25" and defects.chance(world, defects.ZERO, "zero", source, at):
            text = "0.0"
        lines.append(f"{symbol}\t{text}\t{unit_name}\t{compact(at)}\t{status}\r\n")
    if defects.cut_short(world, source, at):
        lines.append("PM10\t4")
    return "".join(lines).encode()


def name(source: str, at: int) -> str:
    """`TN_HUNGVUONG_20260514100000.txt`."""
    return f"{CODES[source]}_{compact(at)}.txt"


FORM = Form(write, "text/plain", name)


def messages(world: World, since: int, until: int) -> Iterator[Native]:
    """What the stations upload in [since, until)."""
    for place, source in enumerate(CODES):
        feed = AIR if source.startswith("station:") else EFFLUENT
        beat = Beat(feed, source, EVERY, delay=(3 + place) * SECOND, buffers=True)
        yield from sent(world, beat, FORM, since, until)
