"""How fresh each feed is, against its own schedule: on time, late, lost.

A feed is judged by when we last heard of it, since data may be old by their nature (a satellite three hours ago); the
time of its data stands beside. What was never heard is waited for as long as a late feed would be, then it is lost, unless
none of its sources is expected. When the history cannot be read nobody knows, and unknown is never green.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ioc.catalogue import Catalogue, Feed
from ioc.desk.moment import ms_of
from ioc.ports import Heard

Freshness = Literal["unknown", "lost", "late", "pending", "on_time"]
WORST_FIRST: tuple[Freshness, ...] = ("unknown", "lost", "late", "pending", "on_time")
BAD = frozenset({"unknown", "lost", "late"})


@dataclass(frozen=True)
class FeedState:
    """One feed now; times are epoch ms."""

    feed: Feed
    state: Freshness
    heard: int | None
    data_of: int | None
    expected: int | None
    """When its next data are due; past where they are overdue."""


def judge(feed: Feed, heard: Heard | None, watched_since: datetime, now: datetime) -> FeedState:
    """The state of one feed; `watched_since` is when this console began to look."""
    schedule = feed.schedule
    if heard is None:
        waited = (now - watched_since).total_seconds()
        missed = any(source.expected for source in feed.sources) and waited > schedule.late_after
        state: Freshness = "lost" if missed else "pending"
        return FeedState(feed, state, None, None, ms_of(watched_since + timedelta(seconds=schedule.every)))
    silent = (now - heard.received_at).total_seconds()
    state = "lost" if silent > schedule.lost_after else "late" if silent > schedule.late_after else "on_time"
    expected = ms_of(heard.received_at + timedelta(seconds=schedule.every))
    return FeedState(feed, state, ms_of(heard.received_at), ms_of(heard.observed_at), expected)


def judge_all(
    catalogue: Catalogue, heard: Mapping[str, Heard] | None, watched_since: datetime, now: datetime
) -> list[FeedState]:
    """All feeds, the worst first and the longest silent before the others; None: the history cannot be read."""
    if heard is None:
        return [FeedState(feed, "unknown", None, None, None) for feed in catalogue.feeds]
    found = [judge(feed, heard.get(feed.name), watched_since, now) for feed in catalogue.feeds]
    return sorted(found, key=lambda f: (WORST_FIRST.index(f.state), f.heard or 0, f.feed.name))


def of_domain(states: Sequence[FeedState], domain: str) -> list[FeedState]:
    """The feeds of one domain, in the same order."""
    return [state for state in states if state.feed.domain == domain]
