"""What is judged: a domain's own topic, keyed by source, the topic of another key made from it, or the signals of all."""

from __future__ import annotations

from typing import Final, NamedTuple, cast

from ioc.alerts.signal import STAGE
from ioc.events import DOMAINS, Domain
from ioc.streams.topics import CHANGELOG, by_changelog_topic, by_topic, changelog_topic, input_topic, seen_topic

ALL: Final = cast("Domain", STAGE)
"""In the place of a domain: `ioc.signals`, which role correlate judges."""


class Inlet(NamedTuple):
    """`field` is the key's field of the event; empty where the key is the source, and for the signals of all domains."""

    domain: Domain
    field: str = ""

    @property
    def topic(self) -> str:
        """Where its events stand."""
        return by_topic(self.domain, self.field) if self.field else input_topic(self.domain)

    @property
    def changelog(self) -> str:
        """Where its states stand."""
        return by_changelog_topic(self.domain, self.field) if self.field else changelog_topic(self.domain)

    @property
    def seen(self) -> str:
        """Where its ids stand; empty beyond the first stage, where the origin tells what came before."""
        return "" if self.field or self.domain == ALL else seen_topic(self.domain)

    @property
    def stage(self) -> str:
        """As alerts name their input (`ioc.alerts.alert.Position`): empty for the domain's own."""
        if self.domain == ALL:
            return ALL
        return f"{self.domain}.by-{self.field}" if self.field else ""

    @property
    def name(self) -> str:
        """For people and metrics."""
        return self.stage or self.domain


def inlet_of(topic: str) -> Inlet | None:
    """Which inlet a topic is that of another key; None for any other topic."""
    for domain in DOMAINS:
        before = by_topic(domain, "")
        if topic.startswith(before) and len(topic) > len(before) and not topic.endswith(CHANGELOG):
            return Inlet(domain, topic.removeprefix(before))
    return None
