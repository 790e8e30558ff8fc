"""What role evaluate reads: a domain's own topic, keyed by source, or the topic of another key made from it."""

from __future__ import annotations

from typing import NamedTuple

from ioc.events import DOMAINS, Domain
from ioc.streams.topics import CHANGELOG, by_changelog_topic, by_topic, changelog_topic, input_topic, seen_topic


class Inlet(NamedTuple):
    """`field` is the key's field of the event; empty where the key is the source."""

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
        return "" if self.field else seen_topic(self.domain)

    @property
    def stage(self) -> str:
        """As alerts name their input (`ioc.alerts.alert.Position`): empty for the domain's own."""
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
