"""The province: the same for everybody, however it is asked; what it sends, and what is wrong with it, as documented."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.embedded.province import (
    FEEDS,
    Native,
    Story,
    World,
    aggregator,
    defects,
    messages,
    network,
    satellites,
    stations,
)
from ioc.embedded.province.native import DAY, HOUR, MINUTE, midnight, utc
from ioc.embedded.scenarios import SCENARIOS
from ioc.events.domains import DOMAINS, Domain
from tests.embedded.virtual import catalogue, hear

NOON = midnight(1_778_700_000_000) + 12 * HOUR
CALM = World(1, Story())


def world(name: str, seed: int = 1) -> World:
    scenario = SCENARIOS[name]
    return World(seed, scenario.story(scenario.begin(NOON)))


def digest(found: list[Native]) -> str:
    told = hashlib.sha256()
    for message in found:
        told.update(repr(message).encode())
    return told.hexdigest()


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(sorted(SCENARIOS)),
    cuts=st.lists(st.integers(-20 * MINUTE, 40 * MINUTE), min_size=1, max_size=6, unique=True),
)
def test_any_split_of_a_span_gives_the_same_messages(name: str, cuts: list[int]) -> None:
    played = world(name)
    edges = sorted({-20 * MINUTE, *cuts, 40 * MINUTE})
    whole = messages(played, NOON + edges[0], NOON + edges[-1])
    parts = [one for begin, end in pairwise(edges) for one in messages(played, NOON + begin, NOON + end)]
    assert parts == whole


@pytest.mark.parametrize("name", ["quiet", "link-cut"])
def test_quarters_put_together_are_the_hours(name: str) -> None:
    """Buffered files, late passes and repeats reach over the edges of a quarter."""
    played = world(name)
    step = 15 * MINUTE
    quarters = [one for begin in range(NOON, NOON + 5 * HOUR, step) for one in messages(played, begin, begin + step)]
    assert quarters == messages(played, NOON, NOON + 5 * HOUR)


def test_messages_are_in_order_and_within_the_span() -> None:
    found = messages(world("link-cut"), NOON, NOON + 2 * HOUR)
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert found[0].at >= NOON
    assert found[-1].at < NOON + 2 * HOUR


@pytest.mark.parametrize("hash_seed", ["0", "12345"])
def test_another_process_with_another_hash_seed_sends_the_same(hash_seed: str) -> None:
    script = (
        "from tests.embedded.test_province import *; "
        "print(digest(messages(world('forest-fire'), NOON - HOUR, NOON + HOUR)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == digest(messages(world("forest-fire"), NOON - HOUR, NOON + HOUR))


def test_another_seed_is_another_province() -> None:
    measured = frozenset({"stations", "suricata"})
    one, other = (messages(World(seed, Story()), NOON, NOON + HOUR, measured) for seed in (1, 2))
    assert {message.body for message in one}.isdisjoint(message.body for message in other)


def test_limiting_the_feeds_only_leaves_the_others_out() -> None:
    every = messages(CALM, NOON, NOON + HOUR)
    some = messages(CALM, NOON, NOON + HOUR, frozenset({"weather", "frigate"}))
    assert some == [one for one in every if one.feed in {"weather", "frigate"}]


def test_every_feed_of_the_demonstration_is_sent() -> None:
    assert {feed.name for feed in catalogue().feeds if feed.demo} <= set(FEEDS) <= set(catalogue().by_feed)
    assert {one.feed for one in messages(CALM, NOON, NOON + DAY)} == set(FEEDS)


@pytest.mark.parametrize("domain", DOMAINS)
def test_everybody_who_is_waited_for_speaks_well_within_the_time(domain: Domain) -> None:
    since = NOON - (2 * DAY if domain == "hotspot" else 4 * HOUR)
    found = hear(CALM, domain, since, NOON)
    for feed, source in catalogue().expected(domain):
        times = [since, *(one.at for one in found.arrivals[source.id]), NOON]
        longest = max(later - sooner for sooner, later in pairwise(times))
        assert longest < 0.9 * 1000 * catalogue().schedule_of(feed, source).lost_after, source.id


def test_nobody_speaks_whom_the_catalogue_does_not_know() -> None:
    for domain in DOMAINS:
        assert set(hear(CALM, domain, NOON, NOON + HOUR).arrivals) <= set(catalogue().by_source)


def test_bodies_keep_to_the_limits_of_their_feeds() -> None:
    for message in messages(CALM, NOON, NOON + 2 * HOUR):
        limits = catalogue().by_feed[message.feed].limits
        assert len(message.body) < limits.body_bytes
        assert message.body.count(b"\n") < limits.records


def near(count: int, of: int, rate: float) -> bool:
    """Within three standard deviations."""
    return abs(count - of * rate) <= 3 * math.sqrt(of * rate) + 1


def test_reports_ahead_of_their_ingest_and_reports_twice_come_as_often_as_in_the_real_file() -> None:
    reports, ahead = 0, 0
    for message in aggregator.messages(CALM, NOON, NOON + 30 * DAY):
        stamp = message.body.decode().splitlines()[1][:19]
        lead = (
            utc(message.at).replace(tzinfo=None).fromisoformat(stamp) - utc(message.at).replace(tzinfo=None)
        ).seconds
        if 4 * 3600 < lead < 7 * 3600:
            ahead += 1
        else:
            reports += 1
    again = reports - 30 * 24 * len(aggregator.STATIONS)
    assert near(ahead, 30 * 24 * len(aggregator.STATIONS), defects.AHEAD)
    assert near(again, 30 * 24 * len(aggregator.STATIONS), defects.AGAIN)


def test_sensors_leave_the_zone_out_as_often_as_the_real_ones() -> None:
    stamps = Counter(network.stamp(CALM, "ids:ubnd", NOON + nth * 977, 0).endswith("+0700") for nth in range(3000))
    assert near(stamps[False], 3000, defects.NO_ZONE)


def test_station_readings_are_missing_or_invalid_as_often_as_in_the_real_series() -> None:
    lines = Counter[str]()
    for nth in range(1200):
        at = NOON + 6 * HOUR + nth // 60 * DAY + nth % 60 * 5 * MINUTE
        for line in stations.write(CALM, "station:gang-thep", at).decode().splitlines():
            cells = line.split("\t")
            lines["NA" if cells[1] == "NA" else cells[-1]] += 1
    total = lines.total()
    assert near(lines["NA"], total, defects.NO_VALUE)
    assert near(lines["02"], total, defects.INVALID)


def test_files_held_back_come_more_than_an_hour_late() -> None:
    late = [
        message.at - NOON
        for message in stations.messages(CALM, NOON, NOON + 5 * DAY)
        if message.name.endswith(".txt") and message.at - _stamped(message) > HOUR
    ]
    sent = 5 * 288 * len(stations.CODES)
    assert near(len(late), sent, defects.HELD_BACK)


def _stamped(message: Native) -> int:
    digits = message.name.removesuffix(".txt")[-14:]
    return round(datetime.strptime(digits + "+0700", "%Y%m%d%H%M%S%z").timestamp() * 1000)


def test_neighbours_repeat_a_radiative_power_as_often_as_real_ones() -> None:
    pixels, shared = 0, 0
    for one in satellites.passes(CALM, "firms:snpp", NOON, NOON + 60 * DAY):
        values = [pixel.frp for pixel in satellites.background(CALM, one)]
        pixels += len(values)
        shared += sum(sooner == later for sooner, later in pairwise(values))
    assert near(shared, pixels, defects.SHARED_FRP)


def test_nothing_is_wrong_where_a_story_is_near() -> None:
    begin = midnight(NOON)
    told = World(1, SCENARIOS["quiet"].story(begin))
    for nth in range(288):
        at = begin + nth * 5 * MINUTE
        if told.story.touches("station:gang-thep", at, defects.MARGIN_MS):
            assert not defects.chance(told, 1.0, "anything", "station:gang-thep", at)
            assert b"NA" not in stations.write(told, "station:gang-thep", at)
