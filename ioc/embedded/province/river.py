"""River levels of the Cầu as the hydrometeorological service publishes them: JSON, centimetres, ten minutes.

Ordinary levels of the dry season; alarm I at Gia Bẩy is 25 m. The other gauges have other zeros, chosen here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ioc.embedded.province.beat import Beat, Form, sent
from ioc.embedded.province.chance import drift
from ioc.embedded.province.native import HOUR, MINUTE, SECOND, Native, local_iso
from ioc.embedded.province.story import World
from ioc.embedded.province.weather import told

FEED = "kttv-water"
GAUGES = {
    "kttv:gia-bay": ("Gia Bảy", 2140),
    "kttv:cho-moi": ("Chợ Mới", 5210),
    "kttv:thac-gieng": ("Thác Giềng", 7130),
    "kttv:cha": ("Chã", 310),
}
"""Source -> the service's name for it, and the ordinary level in cm."""


def level_cm(world: World, source: str, at: int) -> float:
    """Centimetres above the gauge's zero."""
    ordinary = GAUGES[source][1] + 14 * drift(at, 12 * HOUR, world.seed, "river", source)
    return told(world, source, "muc_nuoc_cm", at, ordinary)


def write(world: World, source: str, at: int) -> bytes:
    """An array of one reading."""
    row = {"tram": GAUGES[source][0], "thoi_gian": local_iso(at), "muc_nuoc_cm": round(level_cm(world, source, at))}
    return json.dumps([row], ensure_ascii=False).encode()


FORM = Form(write, "application/json")


def messages(world: World, since: int, until: int) -> Iterator[Native]:
    """What the gauges send in [since, until)."""
    for place, source in enumerate(GAUGES):
        beat = Beat(FEED, source, 10 * MINUTE, delay=(6 + 2 * place) * SECOND)
        yield from sent(world, beat, FORM, since, until)
