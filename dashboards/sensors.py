"""Walls 4 and 5, cameras and network security: what they see, which of them are silent, what is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dashboards import ask, look
from dashboards.ask import Ask
from dashboards.panels import Panel, Place, chart, rows
from dashboards.wall import Wall
from ioc.words import Lang, say


def _of(domain: str, marks: tuple[str, str]) -> Callable[[Lang, str], Iterator[Panel]]:
    def panels(lang: Lang, tiles: str) -> Iterator[Panel]:  # noqa: ARG001 - every wall is called alike
        for nth, mark in enumerate(marks):
            counted = Ask(ask.events(domain, mark), "time_series", f"$tag_{mark}")
            yield chart(
                say(f"walls.{domain}.by_{mark}", lang), Place(0, 14 * nth, 13, 14), [counted], "none", bars=True
            )
        yield rows(
            say(f"walls.{domain}.alerts", lang),
            Place(13, 0, 11, 16),
            Ask(ask.open_alerts(lang, f"AND \"domain\" = '{domain}'", 50)),
            lang,
            {
                name: say(f"walls.column.{key}", lang)
                for name, key in (("rank", "severity"), ("title", "what"), ("why", "why"))
            },
            painted={"rank": look.ranks(lang)},
            sort="rank",
        )
        yield rows(
            say(f"walls.{domain}.feeds", lang),
            Place(13, 16, 11, 12),
            Ask(ask.feeds(domain)),
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

    return panels


CAMERAS = Wall("cameras", _of("camera", ("kind", "source")), span="now-24h", refresh="30s")
NETWORK = Wall("network_security", _of("netsec", ("severity", "category")), span="now-24h", refresh="30s")
