"""Wall 3, air and water: VN_AQI with the decision's own bands, pollutants against their limits, rivers against alarms."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards import ask, look
from dashboards.ask import Ask
from dashboards.lists import board
from dashboards.panels import Panel, Place, heading, scale, worst
from dashboards.wall import Wall
from ioc.words import Lang, say

AQI_TOP = 500
"""The scale's end, by the decision."""


def panels(lang: Lang, tiles: str) -> Iterator[Panel]:  # noqa: ARG001 - every wall is called alike
    """The worst place at the top left, indices beside it; limits and rivers, alerts and feeds below."""
    yield worst(Place(0, 0, 12, 11), Ask(ask.board("worst.environment", lang, 1)), lang)
    yield heading(say("walls.air.index", lang), Place(12, 0, 12, 2))
    indices = Ask(ask.air_indices(lang))
    bars = Place(12, 2, 12, 9)
    yield scale(bars, indices, lang, field="vn_aqi", mappings=look.aqi(), limit=3, drop="source", top=AQI_TOP)
    yield heading(say("walls.air.limits", lang), Place(0, 11, 12, 2))
    yield board("limits", Place(0, 13, 12, 7), lang, 3)
    yield heading(say("walls.water.level", lang), Place(12, 11, 12, 2))
    yield board("water", Place(12, 13, 12, 7), lang, 2)
    yield heading(say("walls.air.alerts", lang), Place(0, 20, 16, 2))
    yield board("on.environment", Place(0, 22, 16, 6), lang, 2)
    yield heading(say("walls.air.feeds", lang), Place(16, 20, 8, 2))
    yield board("feeds.environment", Place(16, 22, 8, 6), lang, 1)


WALL = Wall("environment", panels, span="now-24h", refresh="30s")
