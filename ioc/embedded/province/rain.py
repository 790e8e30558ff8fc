"""Rain gauges that speak SensorThings: each hour the sum of the hour and the sum of 24 hours, as intervals."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ioc.embedded.province.beat import Beat, Form, sent
from ioc.embedded.province.native import DAY, HOUR, SECOND, Native, zulu
from ioc.embedded.province.story import World
from ioc.embedded.province.weather import shower, told

FEED = "rain-gauges"
STREAMS = {
    "rain:la-bang": (101, 201),
    "rain:trai-cau": (102, 202),
    "rain:sang-moc": (103, 203),
    "rain:ba-be": (104, 204),
}
"""Source -> ids of its two datastreams: one hour, 24 hours."""
SHOWER_MM = 6.0
"""Millimetres in the hour of the strongest shower of a dry-season day."""


def of_hour(world: World, source: str, until: int) -> float:
    """Millimetres in the hour that ends then."""
    return told(
        world, source, "rain_1h", until, round(SHOWER_MM * shower(world, source, until - HOUR // 2) / 0.2) * 0.2
    )


def of_day(world: World, source: str, until: int) -> float:
    """Millimetres in the 24 hours that end then."""
    return told(world, source, "rain_24h", until, sum(of_hour(world, source, until - HOUR * n) for n in range(24)))


def write(world: World, source: str, at: int) -> bytes:
    """Both observations in one array."""
    hour = at // HOUR * HOUR
    rows = [
        {
            "@iot.id": f"{stream}-{hour // HOUR}",
            "phenomenonTime": f"{zulu(hour - span)}/{zulu(hour)}",
            "resultTime": zulu(at),
            "result": round(amount, 1),
            "Datastream": {"@iot.id": stream},
        }
        for stream, span, amount in zip(
            STREAMS[source], (HOUR, DAY), (of_hour(world, source, hour), of_day(world, source, hour)), strict=True
        )
    ]
    return json.dumps(rows).encode()


FORM = Form(write, "application/json")


def messages(world: World, since: int, until: int) -> Iterator[Native]:
    """What the gauges send in [since, until)."""
    for place, source in enumerate(STREAMS):
        beat = Beat(FEED, source, HOUR, delay=(20 + 9 * place) * SECOND)
        yield from sent(world, beat, FORM, since, until)
