"""Walls 4 and 5, cameras and network security: what they see, which of them are silent, what is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dashboards import ask, look
from dashboards.ask import Ask
from dashboards.lists import headed
from dashboards.panels import Panel, Place, chart
from dashboards.wall import Wall
from ioc.words import Lang, say


def _of(domain: str, marks: tuple[str, str]) -> Callable[[Lang, str], Iterator[Panel]]:
    def panels(lang: Lang, tiles: str) -> Iterator[Panel]:  # noqa: ARG001 - every wall is called alike
        for nth, mark in enumerate(marks):
            counted = Ask(ask.events(domain, mark), "time_series", f"$tag_{mark}")
            drawn = chart(
                say(f"walls.{domain}.by_{mark}", lang), Place(0, 14 * nth, 13, 14), [counted], "none", bars=True
            )
            for severity, colour, sign in look.SEVERITY if mark == "severity" else ():
                look.series(drawn, severity, f"{sign} {say(f'severity.{severity}', lang)}", colour)
            yield drawn
        yield from headed(f"walls.{domain}.alerts", f"on.{domain}", Place(13, 0, 11, 16), lang, 5)
        yield from headed(f"walls.{domain}.feeds", f"feeds.{domain}", Place(13, 16, 11, 12), lang, 3)

    return panels


CAMERAS = Wall("cameras", _of("camera", ("kind", "source")), span="now-24h", refresh="30s")
NETWORK = Wall("network_security", _of("netsec", ("severity", "category")), span="now-24h", refresh="30s")
