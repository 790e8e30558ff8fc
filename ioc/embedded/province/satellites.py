"""Hotspots as NASA FIRMS serves them for mainland Southeast Asia: one CSV per pass of a satellite, VIIRS and MODIS.

Each satellite passes twice a day; its detections are published 40 to 100 minutes later (NASA promises three hours).
Every pass sees some dozens of fires between Myanmar and Hainan; in the province there are small farm fires below the
rule's 5 MW, and the steel works, which are warm on every clear night.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ioc.embedded.province import defects
from ioc.embedded.province.chance import between, happens, pick, unit, whole
from ioc.embedded.province.native import DAY, HOUR, LOCAL_MS, MINUTE, SECOND, Native, utc
from ioc.embedded.province.story import Hush, Overpass, Pixel, World

VIIRS, MODIS = "firms-viirs", "firms-modis"
HEADERS = {
    VIIRS: "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight",
    MODIS: "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_t31,frp,daynight",
}


class Craft(NamedTuple):
    """One satellite: its feed, FIRMS' letter for it, and the local minute of day of its first pass."""

    feed: str
    letter: str
    minute: int


CRAFT = {
    "firms:noaa21": Craft(VIIRS, "N21", 45),
    "firms:snpp": Craft(VIIRS, "N", 70),
    "firms:noaa20": Craft(VIIRS, "N20", 95),
    "firms:aqua": Craft(MODIS, "A", 90),
    "firms:terra": Craft(MODIS, "T", 630),
}
LATEST_MS = 100 * MINUTE
REGION = (14.0, 23.0, 96.0, 108.5)
"""South, north, west, east of what is asked of FIRMS."""
PROVINCE = (21.40, 22.55, 105.50, 106.15)
FARMS = (
    (21.800, 105.640),
    (21.760, 106.060),
    (21.480, 105.960),
    (22.270, 105.840),
    (22.100, 106.020),
    (22.440, 105.640),
)
"""Where straw and slash are burnt: around which small fires lie."""
WORKS = (21.5562, 105.8712)
"""The steel works of Gang Thép."""


class Pass(NamedTuple):
    """One pass: when it flew over, when FIRMS has it, and the story's pixels in it."""

    source: str
    passed: int
    at: int
    pixels: tuple[Pixel, ...] = ()


def passes(world: World, source: str, since: int, until: int) -> Iterator[Pass]:
    """Passes published in [since, until), the story's own included."""
    half = 12 * HOUR
    shift = CRAFT[source].minute * MINUTE - LOCAL_MS
    for place in range((since - LATEST_MS - shift) // half, (until - shift) // half + 1):
        passed = place * half + shift
        at = passed + int(between(40, 100, world.seed, "published", source, passed)) * MINUTE
        if since <= at < until and not _kept_back(world, source, at):
            yield Pass(source, passed, at)
    for one in world.story.of(Overpass, source, since, until):
        if since <= one.since < until:
            yield Pass(source, (one.since - one.age) // MINUTE * MINUTE, one.since, one.pixels)


def _kept_back(world: World, source: str, at: int) -> bool:
    return any(hush.since < at < hush.until for hush in world.story.of(Hush, source, at - 1, at + 1))


def background(world: World, one: Pass) -> Iterator[Pixel]:
    """What the pass sees by itself."""
    key = (world.seed, one.source, one.passed)
    south, north, west, east = REGION
    for nth in range(whole(18, 34, "fires", *key)):
        lat, lon = between(south, north, "lat", nth, *key), between(west, east, "lon", nth, *key)
        if PROVINCE[0] - 0.3 < lat < PROVINCE[1] + 0.3 and PROVINCE[2] - 0.3 < lon < PROVINCE[3] + 0.3:
            continue
        frp = round(1.5 / (1.02 - unit("frp", nth, *key)), 2)
        yield Pixel(lat, lon, frp, pick("lnnnnnh", "confidence", nth, *key))
        if happens(defects.SHARED_FRP, "shared", nth, *key):
            yield Pixel(lat + 0.0034, lon + 0.0031, frp, "n")
    for nth in range(whole(1, 3, "farms", *key)):
        lat, lon = pick(FARMS, "farm", nth, *key)
        aside = [between(-0.03, 0.03, "aside", nth, axis, *key) for axis in "ns"]
        frp = round(between(0.6, 3.6, "farm frp", nth, *key), 2)
        yield Pixel(lat + aside[0], lon + aside[1], frp, pick("lnn", "farm confidence", nth, *key))
    if happens(0.8, "works", *key):
        yield Pixel(*WORKS, round(between(6, 15, "works frp", *key), 2), "n")


def body(world: World, one: Pass) -> bytes:
    """The CSV of one pass; the story's pixels come first."""
    craft = CRAFT[one.source]
    key = (world.seed, one.source, one.passed)
    lines = [HEADERS[craft.feed]]
    pixels: Sequence[Pixel] = (*one.pixels, *background(world, one))
    for nth, pixel in enumerate(pixels):
        lines.append(_row(craft, one, pixel, (between(0.36, 0.62, "scan", nth, *key), unit("heat", nth, *key))))
    return ("\n".join(lines) + "\n").encode()


_PERCENT = {"l": 22, "n": 61, "h": 88}


def _row(craft: Craft, one: Pass, pixel: Pixel, chances: tuple[float, float]) -> str:
    scan, heat = chances
    viirs = craft.feed == VIIRS
    at = utc(one.passed)
    day = 6 <= (one.passed + LOCAL_MS) % DAY // HOUR < 18
    size = f"{scan:.2f},{scan * 0.95:.2f}" if viirs else f"{scan * 2.7:.2f},{scan * 2.5:.2f}"
    warm = min(367.0, 304 + 30 * heat + pixel.frp / 2)
    confidence = pixel.confidence if viirs else str(_PERCENT[pixel.confidence])
    # FIRMS' interface drops leading zeros: 00:41 is `41`.
    clock = str(at.hour * 100 + at.minute)
    version, instrument = ("2.0NRT", "VIIRS") if viirs else ("6.1NRT", "MODIS")
    return (
        f"{pixel.lat:.5f},{pixel.lon:.5f},{warm:.2f},{size},{at:%Y-%m-%d},{clock},{craft.letter},{instrument},"
        f"{confidence},{version},{288 + 8 * heat:.2f},{pixel.frp:.2f},{'D' if day else 'N'}"
    )


def messages(world: World, since: int, until: int) -> Iterator[Native]:
    """What FIRMS has new in [since, until)."""
    again = 40 * SECOND
    for source, craft in CRAFT.items():
        for one in passes(world, source, since - again, until):
            if since <= one.at < until:
                yield Native(craft.feed, one.at, body(world, one), "text/csv")
            if since <= one.at + again < until and defects.sent_again(world, source, one.passed):
                yield Native(craft.feed, one.at + again, body(world, one), "text/csv")
