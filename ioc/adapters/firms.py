"""NASA FIRMS active fire: CSV (area and country API, 24 h/48 h/7 d text files, archive), archive JSON, GeoJSON re-publishers.

The product is read from the header and the satellite, never from an address. A body in plain words ("Invalid MAP_KEY.")
is the server's error and raises Unreadable with its text; a header alone is a day without fires.
Source: FIRMS attribute tables of MODIS C6.1 and VIIRS 375 m, and the variants met in `formats.md` section 1.

Id: satellite, time of the overpass, position to 4 decimals: `version` is left out, so that the standard row that
replaces a near-real-time row after some months has the same id.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from ioc.adapters import csv_rows, json_records, sources
from ioc.adapters.mapping import Field, build, choice, found, sender_names, text, walk
from ioc.adapters.numbers import between, latitude, longitude
from ioc.adapters.parsed import Parsed, Raw
from ioc.adapters.refusal import Refusal, of, rejected
from ioc.adapters.times import Instant, acquired
from ioc.catalogue import Feed
from ioc.errors import Unreadable
from ioc.events import Event, Flag, Hotspot, Location, Rejected, event_id, iso
from ioc.events.envelope import clip

SATELLITES = {
    "N": "N", "NPP": "N", "SNPP": "N", "S-NPP": "N", "SUOMI NPP": "N", "SUOMI-NPP": "N",
    "N20": "N20", "1": "N20", "NOAA-20": "N20", "NOAA20": "N20", "J1": "N20", "JPSS-1": "N20",
    "N21": "N21", "2": "N21", "NOAA-21": "N21", "NOAA21": "N21", "J2": "N21", "JPSS-2": "N21",
    "T": "T", "TERRA": "T", "A": "A", "AQUA": "A",
}  # fmt: skip
"""Sender's spelling in capitals -> NASA's short one; `1` and `2` stand in the VIIRS text files."""
CALLED = {"N": "Suomi NPP", "N20": "NOAA-20", "N21": "NOAA-21", "T": "Terra", "A": "Aqua"}
INSTRUMENTS = {"N": "VIIRS", "N20": "VIIRS", "N21": "VIIRS", "T": "MODIS", "A": "MODIS"}
CONFIDENCE = {"l": 0.2, "low": 0.2, "n": 0.6, "nominal": 0.6, "h": 0.95, "high": 0.95}
"""VIIRS classes as a share; MODIS gives percent, and calls below 30 low (MODIS C6.1 user's guide, section 6)."""
LOW_CONFIDENCE = 0.3
SATURATED_K = 367.0
"""Brightness at which the VIIRS I4 channel saturates (VIIRS 375 m user's guide)."""
SURFACES = {"0": "vegetation", "1": "volcano", "2": "other_static", "3": "offshore"}


def confidence(given: Any) -> float:
    """Percent or class -> 0-1."""
    if isinstance(given, str) and (share := CONFIDENCE.get(given.strip().lower())) is not None:
        return share
    try:
        return between(0, 100, given) / 100
    except Refusal as refusal:
        if refusal.code == "out_of_range":
            raise
        raise Refusal("unknown_value", expected="l, n, h, 0-100") from refusal


def satellite(given: Any) -> str:
    """One short name per satellite."""
    name = str(given).strip().upper()
    if name not in SATELLITES:
        raise Refusal("unknown_value", expected="N, N20, N21, T, A")
    return SATELLITES[name]


TABLE: tuple[Field, ...] = (
    Field("lat", "latitude", latitude, "deg", need=True),
    Field("lon", "longitude", longitude, "deg", need=True),
    Field("satellite", "satellite", satellite, need=True),
    Field("confidence", "confidence", confidence, "%", need=True),
    Field("value", "frp", partial(between, 0, 1e5), "MW", need=True),
    Field("brightness_k", ("bright_ti4", "brightness"), partial(between, 0, 2000), "K"),
    Field("scan", "scan", partial(between, 0, 20), "km"),
    Field("track", "track", partial(between, 0, 20), "km"),
    Field("day", "daynight", choice({"D": True, "N": False, "d": True, "n": False})),
    Field("version", "version", text(16)),
    Field("instrument", "instrument", choice({"VIIRS": "VIIRS", "MODIS": "MODIS"})),
    Field("surface", "type", choice(SURFACES)),
)
TIME = ("acq_date", "acq_time")
NAMES = sender_names(TABLE) | {"observed_at": "acq_time"}
COLUMNS = (*TIME, "latitude", "longitude", "satellite", "confidence", "frp")
"""Without these a table is no FIRMS product."""
_HTML = re.compile(r"<[^>]{0,200}>")


def parse(raw: Raw, feed: Feed, received_at: datetime) -> Iterator[Parsed]:
    """Hotspots of any of the variants; raises Unreadable for anything else, with the server's words where it sent some."""
    overpasses = Overpasses()
    for record, row, refused in _rows(raw):
        if refused is not None:
            yield Parsed(record, rejected=(refused,))
        elif row and not any(str(cell).strip() for cell in row.values()):
            yield Parsed(record, ignored="no_value")
        else:
            yield _hotspot(record, row, feed, received_at, overpasses)


def _rows(raw: Raw) -> Iterator[tuple[int, Mapping[str, Any], Rejected | None]]:
    if json_records.opening(raw) in (b"{", b"["):
        features = json_records.member(raw, "features")
        if features is not None:
            for item in json_records.members(raw, features):
                yield _feature(item)
            return
        for item in json_records.items(raw):
            yield item.record, _lowered(item.value), item.rejected
        return
    table = csv_rows.sheet(raw)
    table = table._replace(header=tuple(name.lower() for name in table.header))
    if len(table.header) < len(COLUMNS) and not set(table.header) & set(COLUMNS):
        raise Unreadable("firms_error", text=_words(raw))
    csv_rows.demand(table, COLUMNS)
    for row in csv_rows.rows(raw, table):
        yield row.record, row.cells, row.rejected


def _words(raw: Raw) -> str:
    """What the server said instead of data, without markup."""
    said = _HTML.sub(" ", raw[:2000].decode("utf-8", "replace"))
    return clip(" ".join(said.split()), 200)


def _lowered(row: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in row.items()}


def _feature(item: json_records.Item) -> tuple[int, Mapping[str, Any], Rejected | None]:
    """A GeoJSON feature: its properties, with the point's coordinates (lon, lat) where they are not among them."""
    if item.rejected is not None:
        return item.record, {}, item.rejected
    properties = item.value.get("properties")
    if not isinstance(properties, dict):
        return item.record, {}, rejected(item.record, "properties", "wrong_type", properties, wanted="object")
    row = _lowered(properties)
    point = found(item.value, "geometry.coordinates")
    if isinstance(point, list) and len(point) >= 2:
        row.setdefault("longitude", point[0])
        row.setdefault("latitude", point[1])
    return item.record, row, None


def _hotspot(record: int, row: Mapping[str, Any], feed: Feed, received_at: datetime, passes: Overpasses) -> Parsed:
    values, faults, fatal = walk(TABLE, row, record)
    at: Instant | None = None
    try:
        at = acquired(row.get(TIME[0]), row.get(TIME[1]))
    except Refusal as refusal:
        shown = f"{row.get(TIME[0])} {row.get(TIME[1])}"
        faults.append(of(refusal, record, "acq_date" if row.get(TIME[0]) is None else "acq_time", shown))
    if fatal or at is None:
        return Parsed(record, rejected=tuple(faults))
    craft: str = values["satellite"]
    instrument: str = values.get("instrument") or ("VIIRS" if "bright_ti4" in row else INSTRUMENTS[craft])
    lat, lon, frp = values["lat"], values["lon"], values["value"]
    pixel = max(values.get("scan", 0.0), values.get("track", 0.0)) or 1.0
    viirs = instrument == "VIIRS"
    flags: list[Flag] = []
    if viirs and values.get("brightness_k", 0.0) >= SATURATED_K:
        flags.append("saturated")
    if viirs and passes.seen(Pixel(craft, at.at, frp, lat, lon, pixel)):
        flags.append("repeated_frp")
    if values["confidence"] < LOW_CONFIDENCE:
        flags.append("confidence_low")
    source, _ = sources.of(feed, craft)
    event: Event | list[Rejected] = build(
        Hotspot,
        record,
        NAMES,
        {
            "type": "hotspot",
            "id": event_id(craft, iso(at.at), f"{lat:.4f}", f"{lon:.4f}"),
            "feed": feed.name,
            "source": source,
            "observed_at": at.at,
            "received_at": received_at,
            "quantity": "fire_frp",
            "unit": "MW",
            "value": frp,
            "satellite": CALLED[craft],
            "instrument": instrument,
            "confidence": values["confidence"],
            "brightness_k": values.get("brightness_k"),
            "day": values.get("day"),
            "version": values.get("version"),
            "surface": values.get("surface"),
            "location": Location(lat=lat, lon=lon, error_m=_error_m(values)),
            "flags": tuple(flags),
        },
    )
    if isinstance(event, list):
        return Parsed(record, rejected=(*faults, *event))
    return Parsed(record, (event,), tuple(faults))


def _error_m(values: Mapping[str, Any]) -> float | None:
    """Half the pixel's diagonal: the fire lies somewhere in the pixel, and pixels grow off nadir."""
    if "scan" not in values or "track" not in values:
        return None
    return round(math.hypot(values["scan"], values["track"]) / 2 * 1000, 1)


class Pixel(NamedTuple):
    """One detection as far as a repeated radiative power is concerned; `size` in km."""

    satellite: str
    at: datetime
    frp: float
    lat: float
    lon: float
    size: float


class Overpasses:
    """Finds detections that repeat a neighbour's radiative power within one overpass: a sum would count it twice.

    VIIRS measures radiative power in its 750 m channel (M13) and gives it to each 375 m pixel inside, so neighbours
    repeat it; equal values farther apart than two pixels are chance. The first of them is not flagged. Remembers the
    last few overpasses only.
    """

    KEPT = 8
    PIXELS = 2.0
    PER_VALUE = 256

    def __init__(self) -> None:
        self._passes: OrderedDict[tuple[str, datetime], dict[float, list[Pixel]]] = OrderedDict()

    def seen(self, pixel: Pixel) -> bool:
        """Whether an earlier neighbour has this value; remembers the pixel."""
        key = (pixel.satellite, pixel.at)
        if key not in self._passes:
            self._passes[key] = {}
            if len(self._passes) > self.KEPT:
                self._passes.popitem(last=False)
        others = self._passes[key].setdefault(pixel.frp, [])
        repeated = any(_apart_km(pixel, other) <= self.PIXELS * pixel.size for other in others)
        if len(others) < self.PER_VALUE:
            others.append(pixel)
        return repeated


def _apart_km(one: Pixel, other: Pixel) -> float:
    """Flat distance, good to 0.1 % over a few km."""
    north = (one.lat - other.lat) * 111.195
    east = (one.lon - other.lon) * 111.195 * math.cos(math.radians(one.lat))
    return math.hypot(north, east)
