"""Editions that differ in every way that matters at a switch, and a worker's door to them without a broker."""

from __future__ import annotations

from collections.abc import Callable

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


def made(text: str = RULES, known: Catalogue | None = None) -> Edition:
    feeds = (known or catalogue()).feeds
    return edition(
        parse({"small.yaml": text}).written,
        {feed.name: feed.model_dump(mode="json", exclude_defaults=True) for feed in feeds},
    )


EDITIONS = {
    "as it was": made(),
    "another level": made(rules(("moderate: {level: 50, clear: 40}", "moderate: {level: 70, clear: 20}"))),
    "the open severity gone": made(rules(("moderate: {level: 50, clear: 40}, severe", "severe"))),
    "the count reshaped": made(rules(("window: 60s", "window: 30s"))),
    "the threshold gone": made(without("high")),
    "the absence gone": made(without("silent")),
    "held longer": made(rules(("clear: 80}}\n    hold: 0s", "clear: 80}}\n    hold: 10s"))),
    "one source retired, another new": made(known=watching("w0", "never", "a")),
    "missed sooner": made(known=watching("w0", "w1", "never", every=5)),
    "nothing": edition({}, {}),
}
BY_NAME = {one.name: one for one in EDITIONS.values()}


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
