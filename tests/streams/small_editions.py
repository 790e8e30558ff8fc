"""Editions that differ in every way that matters at a switch, and a worker's door to them without a broker."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ioc.alerts.edition import Edition, edition
from ioc.alerts.parse import parse
from ioc.catalogue import Catalogue, Source, Title
from ioc.events import Domain
from ioc.streams.editions import Editions
from ioc.streams.rulebook import Rulebook
from tests.streams.memory_log import MemoryLog
from tests.streams.small_rules import RULES, catalogue


def rules(*changes: tuple[str, str]) -> str:
    text = RULES
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def without(name: str) -> str:
    head, *parts = RULES.split("  - id: ")
    return head + "".join(f"  - id: {part}" for part in parts if not part.startswith(name))


def watching(*sources: str, every: int = 15) -> Catalogue:
    (feed,) = catalogue().feeds
    title = Title(vi="Thử", en="Trial")
    schedule = feed.schedule.model_copy(update={"every": every})
    listed = tuple(Source(id=name, title=title) for name in sources)
    return Catalogue(feeds=(feed.model_copy(update={"sources": listed, "schedule": schedule}),))


def tree(known: Catalogue) -> dict[str, Any]:
    (feed,) = known.feeds
    return feed.model_dump(mode="json", exclude_defaults=True)


def feed_file(known: Catalogue) -> str:
    """The feed's file: JSON is YAML too."""
    return json.dumps(tree(known), ensure_ascii=False)


def made(text: str = RULES, known: Catalogue | None = None) -> Edition:
    return edition(parse({"small.yaml": text}).written, {"trial": tree(known or catalogue())})


TEXTS: list[tuple[str, Catalogue]] = [
    (RULES, catalogue()),
    (rules(("moderate: {level: 50, clear: 40}", "moderate: {level: 70, clear: 20}")), catalogue()),
    (rules(("moderate: {level: 50, clear: 40}, severe", "severe")), catalogue()),
    (rules(("window: 60s", "window: 30s")), catalogue()),
    (without("high"), catalogue()),
    (without("silent"), catalogue()),
    (rules(("clear: 80}}\n    hold: 0s", "clear: 80}}\n    hold: 10s")), catalogue()),
    (RULES, watching("w0", "never", "a")),
    (RULES, watching("w0", "w1", "never", every=5)),
]
"""As it was; another level; the open severity gone; the count reshaped; the threshold gone; the absence gone; held
longer; one source retired, another new; missed sooner."""
EDITIONS = [*(made(*one) for one in TEXTS), edition({}, {})]
BY_NAME = {one.name: one for one in EDITIONS}


class Shelf(Editions):
    """Editions that are there at once; `asked` are those that a worker wanted."""

    def __init__(self, made: Callable[[str, Domain], Rulebook]) -> None:
        super().__init__("nowhere", MemoryLog())
        self.asked: list[str] = []
        self._shelf = made

    async def book(self, name: str, domain: Domain, by: str = "") -> Rulebook:
        assert by == ""
        self.asked.append(name)
        return self._shelf(name, domain)
