"""Wall 1, the province at one glance: the worst alert and where, what nobody has accepted, which feeds are silent."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards import ask, look
from dashboards.ask import Ask
from dashboards.lists import board
from dashboards.panels import Panel, Place, figures, heading, markers, province, worst
from dashboards.wall import Wall
from ioc.words import Lang, say


def panels(lang: Lang, tiles: str) -> Iterator[Panel]:
    """The worst alert at the top left; counts beside it; map, list and feeds below."""
    yield worst(Place(0, 0, 14, 11), Ask(ask.board("worst", lang, 1)), lang)
    yield figures(Place(14, 0, 10, 11), Ask(ask.board("counts", lang, 4)), lang, 4)
    yield heading(say("walls.overview.map", lang), Place(0, 11, 9, 2))
    yield province(
        Place(0, 13, 9, 12),
        Ask(ask.open_alerts(lang)),
        [markers("alerts", "rank", (10, 26), label_by="title")],
        lang=lang,
        tiles=tiles,
        colours=look.by_rank(),
    )
    yield board("drill", Place(0, 25, 9, 3), lang, 1)
    yield heading(say("walls.overview.open", lang), Place(9, 11, 15, 2))
    yield board("waiting", Place(9, 13, 15, 7), lang, 4)
    yield heading(say("walls.overview.feeds", lang), Place(9, 20, 15, 2))
    yield board("feeds", Place(9, 22, 15, 6), lang, 3)


WALL = Wall("overview", panels, span="now-24h", refresh="10s")
