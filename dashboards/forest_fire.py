"""Wall 2, forest fire: the worst place, danger levels, hotspots of the last day, smoke, weather, the next satellite."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards import ask, look
from dashboards.ask import Ask
from dashboards.lists import board
from dashboards.panels import Panel, Place, heading, markers, province, stacked, worst
from dashboards.wall import Wall
from ioc.words import Lang, say


def panels(lang: Lang, tiles: str) -> Iterator[Panel]:
    """The worst place at the top left, the danger beside it; map, smoke, weather and satellites below."""
    yield worst(Place(0, 0, 14, 11), Ask(ask.board("worst.hotspot", lang, 1)), lang)
    yield heading(say("walls.fire.danger", lang), Place(14, 0, 10, 2))
    yield stacked(Place(14, 2, 10, 9), Ask(ask.board("fire", lang, 3)), lang, 3)
    yield heading(say("walls.fire.map", lang), Place(0, 11, 7, 2))
    yield province(
        Place(0, 13, 7, 15),
        Ask(ask.hotspots()),
        [markers("hotspots", "frp", (8, 28))],
        lang=lang,
        tiles=tiles,
        colours=look.steps((None, look.HEAT)),
    )
    yield heading(say("walls.fire.smoke", lang), Place(7, 11, 17, 2))
    yield board("on.camera", Place(7, 13, 17, 4), lang, 2)
    yield heading(say("walls.fire.weather", lang), Place(7, 17, 8, 2))
    yield stacked(Place(7, 19, 8, 9), Ask(ask.board("weather", lang, 3)), lang, 3)
    yield heading(say("walls.fire.feeds", lang), Place(15, 17, 9, 2))
    yield stacked(Place(15, 19, 9, 9), Ask(ask.board("passes", lang, 2)), lang, 2)


WALL = Wall("forest_fire", panels, span="now-24h", refresh="30s")
