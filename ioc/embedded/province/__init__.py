"""A deterministic province: what its cameras, satellites, stations and sensors send, in their own formats, by seed and time.

    messages(World(seed, story), since, until) -> every message due at the door in [since, until), in order

A pure function: any split of a span gives the same messages as the whole, in every process. A story
(`ioc.embedded.scenarios`) says what happens in it; without one, nothing does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ioc.embedded.province import aggregator, cameras, network, rain, river, satellites, stations, weather
from ioc.embedded.province.native import Native
from ioc.embedded.province.story import Story, World

__all__ = ["FEEDS", "SENDERS", "Native", "Story", "World", "messages"]

Sender = Callable[[World, int, int], Iterator[Native]]
SENDERS: Mapping[str, Sender] = {
    "air and effluent stations": stations.messages,
    "aggregated air quality": aggregator.messages,
    "cameras": cameras.messages,
    "networks": network.messages,
    "rain gauges": rain.messages,
    "rivers": river.messages,
    "satellites": satellites.messages,
    "weather": weather.messages,
}
FEEDS = (
    aggregator.FEED, cameras.FEED, network.FEED, rain.FEED, river.FEED, satellites.MODIS, satellites.VIIRS,
    stations.AIR, stations.EFFLUENT, weather.FEED,
)  # fmt: skip
"""Feeds of the catalogue that the province sends."""


def messages(world: World, since: int, until: int, feeds: frozenset[str] | None = None) -> list[Native]:
    """Messages with `since` <= at < `until` (epoch ms), by time; `feeds` limits them to some."""
    found = [
        message
        for sender in SENDERS.values()
        for message in sender(world, since, until)
        if feeds is None or message.feed in feeds
    ]
    return sorted(found, key=lambda message: (message.at, message.feed, message.name, message.body))
