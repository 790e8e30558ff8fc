"""Wall 6, the pipeline's own health: does it run, how much, how late, what became of records, who began anew."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards import ask, look
from dashboards.ask import Ask
from dashboards.lists import board
from dashboards.panels import Panel, Place, heading, keys, numbers, worst
from dashboards.wall import Wall
from ioc.events import FATES
from ioc.words import Lang, say

LATE_S = 30.0
"""Seconds behind from which a figure is orange: three ticks, more than any healthy pause (measured: docs/measurements.md)."""


def panels(lang: Lang, tiles: str) -> Iterator[Panel]:  # noqa: ARG001 - every wall is called alike
    """The verdict at the top left, three figures beside it; processes, fates, sinks and restarts below."""
    yield worst(Place(0, 0, 14, 12), Ask(ask.board("pipeline", lang, 1)), lang)
    calm = look.steps((None, look.CALM))
    late = look.steps((None, look.CALM), (LATE_S, look.LATE))
    names = {
        "per_s": (say("walls.pipeline.per_s", lang), "none", calm),
        "behind_s": (say("walls.pipeline.behind", lang), "suffix:s", late),
        "latency_s": (say("walls.pipeline.latency", lang), "suffix:s", late),
    }
    yield keys(Place(14, 0, 10, 12), Ask(ask.pipeline(*names)), lang, names)
    yield heading(say("walls.pipeline.roles", lang), Place(0, 12, 8, 2))
    yield board("roles", Place(0, 14, 8, 14), lang, 4)
    yield heading(say("walls.pipeline.fates", lang), Place(8, 12, 8, 2))
    fates = numbers(Place(8, 14, 8, 14), Ask(ask.fates()), lang, field="records", mappings=[look.counted()], limit=6)
    yield look.renamed(fates, "fate", {name: say(f"walls.fate.{name}", lang) for name in FATES})
    yield heading(say("walls.pipeline.sinks", lang), Place(16, 12, 8, 2))
    yield board("sinks", Place(16, 14, 8, 6), lang, 2)
    yield heading(say("walls.pipeline.restarts", lang), Place(16, 20, 8, 2))
    once = {"restarts": (say("walls.pipeline.times", lang), "none", look.steps((None, look.CALM), (1, look.LATE)))}
    yield keys(Place(16, 22, 8, 6), Ask(ask.restarts()), lang, once)


WALL = Wall("pipeline", panels, span="now-24h", refresh="10s")
