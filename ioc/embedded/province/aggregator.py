"""Air quality as a public aggregator publishes it: CSV, a row per parameter, with what is known to be wrong in it.

Temperature and humidity labelled µg/m³, CO a tenth of what it should be, a name on another station's coordinates, rows
stamped with the local hour called UTC, reports that come twice within a minute: as counted in the real file.
Values have its medians (PM2.5 20, PM10 28, O3 67, NO2 66, SO2 94, CO 50, 30 °C, 79 %).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from ioc.embedded.province import defects
from ioc.embedded.province.beat import Beat, dues
from ioc.embedded.province.chance import drift, unit, whole
from ioc.embedded.province.native import HOUR, LOCAL_MS, MINUTE, SECOND, Native, zulu
from ioc.embedded.province.stations import sunlight, traffic
from ioc.embedded.province.story import World
from ioc.embedded.province.weather import humidity, temperature, told

FEED = "tn-aqi"
HEADER = (
    "timestamp_utc", "station_name", "latitude", "longitude", "ward_code", "parameter", "value", "unit",
    "aqi_reported", "quality_flag", "ingest_time",
)  # fmt: skip


class Station(NamedTuple):
    """A station as the aggregator has it."""

    name: str
    lat: float
    lon: float
    ward: str


STATIONS = {
    "aqi:hung-vuong": Station(
        "Thai Nguyen Hung Vuong Street Thai Nguyen City, Thai Nguyen, Thai Nguyen, Vietnam",
        21.5942,
        105.839798,
        "05443",
    ),
    "aqi:mo-che": Station("Mo Che, Thanh pho Song Cong, Thai Nguyen, Vietnam", 21.503401, 105.842697, "05528"),
    "aqi:quan-trieu": Station(
        "Quan Trieu, Thanh pho Thai Nguyen, Thai Nguyen, Vietnam", 21.608004, 105.817352, "05482"
    ),
    "aqi:trung-thanh": Station(
        "Trung Thanh, Thanh pho Thai Nguyen, Thai Nguyen, Vietnam", 21.5658, 105.856903, "05500"
    ),
    "aqi:song-cong-city": Station("Thanh pho Song Cong, Thai Nguyen, Vietnam", 21.503401, 105.842697, "05528"),
}
INGESTED_MS = 19 * SECOND
"""The median distance between observation and ingest in the real file."""


def measured(world: World, source: str, at: int) -> list[tuple[str, float]]:
    """Parameter and value, as the aggregator labels them."""

    def wander(name: str) -> float:
        return drift(at, 4 * HOUR, world.seed, name, source)

    pm25 = max(2.0, 19 + 6 * traffic(at) + 6 * wander("pm25"))
    natural = {
        "co": 50 + 20 * traffic(at) + 20 * wander("co"),
        "hum": humidity(world, source, at),
        "no2": 62 + 10 * traffic(at) + 8 * wander("no2"),
        "o3": 50 + 28 * sunlight(at) + 10 * wander("o3"),
        "pm10": 1.3 * pm25 + 4,
        "pm25": pm25,
        "so2": 88 + 14 * wander("so2"),
        "temp": temperature(world, source, at),
    }
    return [(name, told(world, source, name, at, value)) for name, value in natural.items()]


def rows(world: World, source: str, stamped: int, observed: int, sent_at: int) -> bytes:
    """One report as CSV with its header."""
    station = STATIONS[source]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    values = measured(world, source, observed)
    index = round(2 * dict(values)["pm25"])
    for parameter, value in values:
        place = (station.name, station.lat, station.lon, station.ward)
        writer.writerow(
            (zulu(stamped), *place, parameter, round(value, 2), "µg/m³", index, "valid", zulu(sent_at)),
        )
    return text.getvalue().encode()


def messages(world: World, since: int, until: int) -> Iterator[Native]:
    """What the aggregator brings in [since, until)."""
    for source in STATIONS:
        phase = int(HOUR * unit("aggregated", source)) // SECOND * SECOND
        beat = Beat(FEED, source, HOUR, phase, INGESTED_MS)
        for due in dues(world, beat, since - MINUTE, until):
            for stamped, at in _copies(world, source, due.observed, due.at):
                if since <= at < until:
                    yield Native(FEED, at, rows(world, source, stamped, due.observed, at), "text/csv")


def _copies(world: World, source: str, observed: int, at: int) -> Iterator[tuple[int, int]]:
    """The report, a second one within the minute, one whose clock is wrong: stamp and time of sending."""
    yield observed, at
    if defects.chance(world, defects.AGAIN, "again", source, observed):
        later = whole(1, 30, world.seed, "again after", source, observed) * SECOND
        yield observed + later, at + later
    if defects.chance(world, defects.AHEAD, "ahead", source, observed):
        age = whole(60, 119, world.seed, "ahead by", source, observed) * MINUTE
        yield observed + LOCAL_MS - age, at + 2 * SECOND
