"""Wall 1, the province at one glance: what is wrong and where, what nobody has accepted, which feeds are silent."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards import ask, look
from dashboards.ask import Ask
from dashboards.panels import Panel, Place, figure, markers, province, rows
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
    yield rows(
        say("walls.overview.open", lang),
        Place(11, 5, 13, 13),
        Ask(ask.open_alerts(lang, limit=200)),
        lang,
        {
            "rank": say("walls.column.severity", lang),
            "title": say("walls.column.what", lang),
            "why": say("walls.column.why", lang),
        },
        painted={"rank": look.ranks(lang)},
        sort="rank",
    )
    yield rows(
        say("walls.overview.feeds", lang),
        Place(11, 18, 13, 10),
        Ask(ask.feeds()),
        lang,
        {
            "state": say("walls.column.state", lang),
            "title": say("walls.column.feed", lang),
            "age_s": say("walls.column.age", lang),
        },
        painted={"state": look.freshness(lang)},
        units={"age_s": "s"},
        sort="state",
    )


WALL = Wall("overview", panels, span="now-24h", refresh="10s")
