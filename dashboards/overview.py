"""Wall 1, the province at one glance: what is wrong and where, what nobody has accepted, which feeds are silent."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards import ask, look
from dashboards.ask import Ask
from dashboards.lists import feed_list, open_list
from dashboards.panels import Panel, Place, figure, markers, province
from dashboards.wall import Wall
from ioc.words import Lang, say


def panels(lang: Lang, tiles: str) -> Iterator[Panel]:
    """Figures at the top, the map at the left, the list and the feeds beside it."""
    for nth, (name, colour, sign) in enumerate(reversed(look.SEVERITY)):
        title = f"{sign} {say(f'severity.{name}', lang)}: {say('walls.waiting', lang)}"
        colours = look.steps((None, look.CALM), (1, colour))
        yield figure(title, Place(6 * nth, 0, 6, 5), Ask(ask.unaccepted(name)), lang, field="waiting", colours=colours)
    yield province(
        say("walls.overview.map", lang),
        Place(0, 5, 11, 23),
        Ask(ask.open_alerts(lang)),
        [markers("alerts", "rank", (10, 26), label_by="title")],
        lang=lang,
        tiles=tiles,
    )
    yield open_list("walls.overview.open", Place(11, 5, 13, 13), lang)
    yield feed_list("walls.overview.feeds", Place(11, 18, 13, 10), lang)


WALL = Wall("overview", panels, span="now-24h", refresh="10s")
