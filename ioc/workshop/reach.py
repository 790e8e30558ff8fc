"""What no event of this province can ever do: a rule whose domain, feed or source the catalogue does not have.

A source that is not registered still passes its feed, so a name that begins like a feed's sources is let through.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ioc.alerts.fields import nearest
from ioc.alerts.kinds import Absence
from ioc.alerts.rule import Rule
from ioc.alerts.where import Slip
from ioc.catalogue import Catalogue


def unmet(rule: Rule, catalogue: Catalogue) -> Iterator[Slip]:
    """Why no source of the catalogue can meet this rule; nothing where one can."""
    feeds = [feed for feed in catalogue.feeds if feed.domain == rule.domain]
    if not feeds:
        yield Slip(("domain",), "no_feed_of_domain", {"domain": rule.domain})
        return
    names = [feed.name for feed in feeds]
    for name in _texts(rule.where.get("feed")):
        if name not in names:
            yield Slip(("where", "feed"), "no_such_feed", {"name": name, "nearest": nearest(name, names)})
    sources = [source.id for feed in feeds for source in feed.sources]
    prefixes = tuple(feed.prefix for feed in feeds)
    for name in _texts(rule.where.get("source")):
        if name not in sources and (rule.condition.moved_by == "silence" or not name.startswith(prefixes)):
            yield Slip(("where", "source"), "no_such_source", {"name": name, "nearest": nearest(name, sources)})
    if isinstance(rule.condition, Absence) and rule.condition.period == "schedule":
        asked = [name for name in _texts(rule.where.get("feed")) if name in names] or names
        if not any(
            catalogue.expect_of(feed, source) for feed in feeds if feed.name in asked for source in feed.sources
        ):
            yield Slip(("condition", "period"), "nobody_due", {})
    if (
        rule.condition.moved_by == "silence"
        and not rule.where
        and not any(True for _ in catalogue.expected(rule.domain))
    ):
        yield Slip(("domain",), "nobody_expected", {"domain": rule.domain})


def _texts(wanted: Any) -> list[str]:
    values = wanted if isinstance(wanted, list) else [wanted]
    return [value for value in values if isinstance(value, str)]
