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
    yield worst(Place(0, 0, 14, 12), Ask(ask.board("worst", lang, 1)), lang)
    yield figures(Place(14, 0, 10, 12), Ask(ask.board("counts", lang, 4)), lang, 4)
    yield heading(say("walls.overview.map", lang), Place(0, 12, 7, 2))
    yield province(
        Place(0, 14, 7, 14),
        Ask(ask.open_alerts()),
        [markers("alerts", "rank", (12, 20), label_by="rank")],
        lang=lang,
        tiles=tiles,
        colours=look.by_rank(),
        mappings=[look.rank_signs()],
    )
    yield heading(say("walls.overview.open", lang), Place(7, 12, 17, 2))
    yield board("waiting", Place(7, 14, 17, 6), lang, 4)
    yield heading(say("walls.overview.feeds", lang), Place(7, 20, 17, 2))
    yield board("feeds", Place(7, 22, 12, 6), lang, 3)
    yield board("drill", Place(19, 22, 5, 6), lang, 1)


WALL = Wall("overview", panels, span="now-24h", refresh="10s")
