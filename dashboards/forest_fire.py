"""Wall 2, forest fire: hotspots of the last day, smoke seen by cameras, wind and humidity, when satellites were heard."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards import ask
from dashboards.ask import Ask
from dashboards.lists import feed_list, open_list
from dashboards.panels import Panel, Place, chart, markers, province
from dashboards.wall import Wall
from ioc.words import Lang, say


def panels(lang: Lang, tiles: str) -> Iterator[Panel]:
    """The map at the left; alerts, weather and satellites beside it."""
    yield province(
        say("walls.fire.map", lang),
        Place(0, 0, 12, 28),
        Ask(ask.hotspots()),
        [markers("hotspots", "frp", (8, 28))],
        lang=lang,
        tiles=tiles,
    )
    yield open_list("walls.fire.alerts", Place(12, 0, 12, 7), lang, "hotspot")
    yield open_list("walls.fire.smoke", Place(12, 7, 12, 7), lang, "camera")
    wind, humidity = (Ask(ask.readings(name), "time_series", "$tag_source") for name in ("wind_speed", "humidity"))
    yield chart(say("walls.fire.wind", lang), Place(12, 14, 6, 8), [wind], "velocityms")
    yield chart(say("walls.fire.humidity", lang), Place(18, 14, 6, 8), [humidity], "humidity")
    yield feed_list("walls.fire.feeds", Place(12, 22, 12, 6), lang, "hotspot")


WALL = Wall("forest_fire", panels, span="now-24h", refresh="30s")
