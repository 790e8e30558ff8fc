"""Wall 3, air and water: VN_AQI of each station with the decision's own bands, dust against its limit, river levels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from dashboards import ask, look
from dashboards.ask import Ask
from dashboards.lists import feed_list, open_list
from dashboards.panels import Panel, Place, chart, rows
from dashboards.wall import Wall
from ioc.indices.air_limits import limit_of
from ioc.indices.water_level import GIA_BAY
from ioc.words import Lang, say

LIMITS_OF = date(2026, 1, 1)
"""The stricter limit of PM2.5 holds from this day on."""


def panels(lang: Lang, tiles: str) -> Iterator[Panel]:  # noqa: ARG001 - every wall is called alike
    """Indices at the left; charts with their limits at the right; feeds below."""
    station, index, band = (say(f"walls.column.{name}", lang) for name in ("station", "vn_aqi", "band"))
    bands = rows(
        say("walls.air.index", lang),
        Place(0, 0, 10, 18),
        Ask(ask.air_indices()),
        lang,
        {"source": station, "vn_aqi": index, "band_index": band},
        painted={},
        sort="vn_aqi",
    )
    yield look.painted_by(bands, band, look.aqi(lang))
    limit = limit_of("pm25", "24h", LIMITS_OF)
    assert limit is not None  # noqa: S101 - the standard has one
    dust, level = (Ask(ask.readings(name), "time_series", "$tag_source") for name in ("pm25", "water_level"))
    yield chart(say("walls.air.pm25", lang), Place(10, 0, 14, 10), [dust], "conμgm3", limit=(limit, "orange"))
    marks = GIA_BAY.alarms[2]
    yield chart(say("walls.water.level", lang), Place(10, 10, 14, 10), [level], "lengthm", limit=(marks, "dark-red"))
    yield open_list("walls.air.alerts", Place(10, 20, 14, 8), lang, "environment")
    yield feed_list("walls.air.feeds", Place(0, 18, 10, 10), lang, "environment")


WALL = Wall("environment", panels, span="now-24h", refresh="30s")
