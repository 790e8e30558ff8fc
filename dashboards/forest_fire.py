"""Wall 2, forest fire: hotspots of the last day, smoke seen by cameras, wind and humidity, when satellites were heard."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards import ask, look
from dashboards.ask import Ask
from dashboards.panels import Panel, Place, chart, markers, province, rows
from dashboards.wall import Wall
from ioc.words import Lang, say

FIRE = "AND \"domain\" = 'hotspot'"
SMOKE = "AND \"domain\" = 'camera'"


def panels(lang: Lang, tiles: str) -> Iterator[Panel]:
    """The map at the left; alerts, weather and satellites beside it."""
    severity, what, why = (say(f"walls.column.{name}", lang) for name in ("severity", "what", "why"))
    columns = {"rank": severity, "title": what, "why": why}
    yield province(
        say("walls.fire.map", lang),
        Place(0, 0, 12, 28),
        Ask(ask.hotspots()),
        [markers("hotspots", "frp", (8, 28))],
        lang=lang,
        tiles=tiles,
    )
    for nth, (key, where) in enumerate((("walls.fire.alerts", FIRE), ("walls.fire.smoke", SMOKE))):
        yield rows(
            say(key, lang),
            Place(12, 7 * nth, 12, 7),
            Ask(ask.open_alerts(lang, where, 50)),
            lang,
            columns,
            painted={"rank": look.ranks(lang)},
            sort="rank",
        )
    wind, humidity = (Ask(ask.readings(name), "time_series", "$tag_source") for name in ("wind_speed", "humidity"))
    yield chart(say("walls.fire.wind", lang), Place(12, 14, 6, 8), [wind], "velocityms")
    yield chart(say("walls.fire.humidity", lang), Place(18, 14, 6, 8), [humidity], "humidity")
    yield rows(
        say("walls.fire.feeds", lang),
        Place(12, 22, 12, 6),
        Ask(ask.feeds("hotspot")),
        lang,
        {
            "state": say("walls.column.state", lang),
            "title": say("walls.column.feed", lang),
            "age_s": say("walls.column.age", lang),
        },
        painted={"state": look.freshness(lang)},
        units={"age_s": "s"},
    )


WALL = Wall("forest_fire", panels, span="now-24h", refresh="30s")
