"""A deterministic province: what its cameras, satellites, stations and sensors send, in their own formats, by seed and time.

    messages(World(seed, story), since, until) -> every message due at the door in [since, until), in order

A pure function: any split of a span gives the same messages as the whole, in every process. A story
(`ioc.embedded.scenarios`) says what happens in it; without one, nothing does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ioc.embedded.province import aggregator, cameras, network, rain, river, satellites, stations, weather
from ioc.embedded.province.native import Native
from ioc.embedded.province.story import Story, World

__all__ = ["FEEDS", "Native", "Story", "World", "messages"]


class Sender(NamedTuple):
    """One kind of sender, and the feeds it sends into."""

    messages: Callable[[World, int, int], Iterator[Native]]
    feeds: frozenset[str]


SENDERS = (
    Sender(aggregator.messages, frozenset({aggregator.FEED})),
    Sender(cameras.messages, frozenset({cameras.FEED})),
    Sender(network.messages, frozenset({network.FEED})),
    Sender(rain.messages, frozenset({rain.FEED})),
    Sender(river.messages, frozenset({river.FEED})),
    Sender(satellites.messages, frozenset({satellites.VIIRS, satellites.MODIS})),
    Sender(stations.messages, frozenset({stations.AIR, stations.EFFLUENT})),
    Sender(weather.messages, frozenset({weather.FEED})),
)
FEEDS = tuple(sorted(feed for sender in SENDERS for feed in sender.feeds))
"""Feeds of the catalogue that the province sends."""


def messages(world: World, since: int, until: int, feeds: frozenset[str] | None = None) -> list[Native]:
    """Messages with `since` <= at < `until` (epoch ms), by time; `feeds` limits them to some."""
    found = [
        message
        for sender in SENDERS
        if feeds is None or sender.feeds & feeds
        for message in sender.messages(world, since, until)
        if feeds is None or message.feed in feeds
    ]
    return sorted(found, key=lambda message: (message.at, message.feed, message.name, message.body))
