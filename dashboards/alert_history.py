"""Wall 7, how alerts went: what stood when by rule and by commune, how many opened, how people dealt with them."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards import ask, look
from dashboards.ask import Ask
from dashboards.lists import board
from dashboards.panels import Panel, Place, chart, timeline
from dashboards.wall import Wall
from ioc.words import Lang, say


def panels(lang: Lang, tiles: str) -> Iterator[Panel]:  # noqa: ARG001 - every wall is called alike
    """Two timelines; below them one count, and time to accept and share of false alarms."""
    marks = [look.ranks(lang), look.ended(lang), look.unknown(lang)]
    for nth, by in enumerate(("rule", "place")):
        wanted = Ask(ask.timeline(by), "time_series", f"$tag_{by}")
        yield timeline(say(f"walls.history.{by}", lang), Place(0, 10 * nth, 24, 10), wanted, marks)
    opened = Ask(ask.fired_per_hour(), "time_series", "$tag_severity")
    counted = chart(say("walls.history.opened", lang), Place(0, 20, 12, 8), [opened], "none", bars=True)
    for severity, colour, sign in look.SEVERITY:
        look.series(counted, severity, f"{sign} {say(f'severity.{severity}', lang)}", colour)
    yield counted
    yield board("handled", Place(12, 20, 12, 8), lang, 2)


WALL = Wall("alert_history", panels, span="now-7d", refresh="1m")
