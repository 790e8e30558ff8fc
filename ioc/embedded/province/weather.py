"""Weather of the province and its automatic stations: NDJSON, one line per station and ten minutes.

A warm dry-season day without seasons: 21 to 34 °C with the warmest hour at 14, light wind, rare showers. Far from
every limit by itself (heat 37 °C, gale 17.2 m/s).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from ioc.embedded.province import defects
from ioc.embedded.province.beat import Beat, Form, sent
from ioc.embedded.province.chance import between, drift, unit
from ioc.embedded.province.native import HOUR, MINUTE, SECOND, Native, hour_of_day, local_iso
from ioc.embedded.province.story import World

FEED = "weather"
PLACES = ("thai-nguyen", "dinh-hoa", "dai-tu", "vo-nhai", "bac-kan", "cho-don")
ANEMOMETERS = ("thai-nguyen", "dinh-hoa", "bac-kan")
"""Stations whose wind gauge tells gusts; the others give the ten-minute mean alone."""
EVERY = 10 * MINUTE


def temperature(world: World, place: str, at: int) -> float:
    """Degrees Celsius."""
    day = 5.5 * math.cos((hour_of_day(at) - 14) / 24 * 2 * math.pi)
    return 27 + day + 1.2 * drift(at, 6 * HOUR, world.seed, "temperature", place)


def humidity(world: World, place: str, at: int) -> float:
    """Per cent: drier as it warms."""
    wet = 5 * drift(at, 5 * HOUR, world.seed, "humidity", place)
    return min(99.0, max(38.0, 78 - 2.6 * (temperature(world, place, at) - 27) + wet))


def wind(world: World, place: str, at: int) -> float:
    """Metres a second, ten-minute mean."""
    day = 0.8 * math.cos((hour_of_day(at) - 15) / 24 * 2 * math.pi)
    return max(0.2, 2.2 + day + 1.2 * drift(at, HOUR, world.seed, "wind", place))


def direction(world: World, place: str, at: int) -> float:
    """Degrees from which it blows: south-east, as most of the dry season."""
    return 140 + 50 * drift(at, 3 * HOUR, world.seed, "direction", place)


def shower(world: World, place: str, at: int) -> float:
    """How much it rains, 0 (nearly always) to 1; an afternoon's shower lasts about an hour."""
    return max(0.0, drift(at, 2 * HOUR, world.seed, "shower", place) - 0.8) / 0.2


def told(world: World, source: str, quantity: str, at: int, natural: float) -> float:
    """What the sender reports: the story's value where it gives one, else the world's."""
    given = world.story.level(source, quantity, at)
    return natural if given is None else given


def write(world: World, source: str, at: int) -> bytes:
    """One line."""
    place = source.partition(":")[2]
    speed = wind(world, place, at)
    natural = {
        "temp_c": temperature(world, place, at),
        "rh": humidity(world, place, at),
        "rain_mm": round(2.4 * shower(world, place, at) / 0.2) * 0.2,
        "wind_ms": speed,
        "gust_ms": speed * between(1.3, 1.7, world.seed, "gust", place, at),
        "wind_deg": direction(world, place, at),
    }
    row: dict[str, object] = {"station": place, "time": local_iso(at)}
    for column, value in natural.items():
        if column == "gust_ms" and place not in ANEMOMETERS:
            continue
        row[column] = round(told(world, source, column, at, value), 1 if column != "wind_deg" else 0)
    if defects.chance(world, defects.NO_VALUE, "no rain gauge", source, at):
        row["rain_mm"] = "NA"
    line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
    return line + line[: len(line) // 2] + b"\n" if defects.cut_short(world, source, at) else line


FORM = Form(write, "application/x-ndjson")


def messages(world: World, since: int, until: int) -> Iterator[Native]:
    """What the stations send in [since, until)."""
    for place in PLACES:
        beat = Beat(FEED, f"weather:{place}", EVERY, delay=4 * SECOND + int(8 * SECOND * unit("weather delay", place)))
        yield from sent(world, beat, FORM, since, until)
