"""What every door of history promises (`ioc.ports.History`)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ioc.events import Domain
from ioc.ports import CountBy, Heard, History, Reading, Scope, Step
from tests.sinks.history_events import FrozenClock, event, place

HOSTILE = (
    "Trạm Định Hoá, xã Phú Bình",
    "a=b,c d",
    "quote \" and ' and ` mark",
    "back\\slash",
    "ends in a backslash\\",
    "\\",
    "\\,x=1 value=9 1\nenvironment,source=forged value=1 1",
    "line\nbreak\rreturn\ttab\x00nul\x1bescape",
    "'; DROP DATABASE ioc; --",
    "' OR '1'='1",
    "%27 100% %5C",
    "$source",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\u202eright to left\u2028separator",
    "#comment",
    " leading and trailing ",
    "x" * 128,
)


async def test_what_was_written_is_what_is_read(history: History, now: datetime) -> None:
    one = event(
        "camera",
        at=now - timedelta(minutes=5),
        received_at=now - timedelta(minutes=4),
        source="cam-7",
        feed="frigate",
        location=place(),
        quality="suspect",
        flags=("unit_assumed", "text_cut"),
        title="Khói ở bìa rừng",
        severity="moderate",
        zones=("cổng", "sân"),
        stationary=True,
    )

    assert await history.write([one]) == []
    assert await history.latest("camera") == [
        Reading(
            domain="camera",
            feed="frigate",
            source="cam-7",
            quantity="object",
            value=0.8,
            unit="1",
            observed_at=now - timedelta(minutes=5),
            received_at=now - timedelta(minutes=4),
            event_id=one.id,
            lat=21.594,
            lon=105.848,
            commune="05443",
            quality="suspect",
            flags=("unit_assumed", "text_cut"),
            severity="moderate",
            label="smoke",
            title="Khói ở bìa rừng",
        )
    ]
    assert await history.recent("camera", now - timedelta(hours=1)) == await history.latest("camera")


@pytest.mark.parametrize("domain", ["camera", "hotspot", "environment", "netsec"])
async def test_every_domain_is_kept(history: History, now: datetime, domain: Domain) -> None:
    assert await history.write([event(domain, at=now)]) == []

    (found,) = await history.latest(domain)
    assert (found.value, found.observed_at) == (event(domain, at=now).value, now)
    assert found.label == {"camera": "smoke", "hotspot": "N20", "environment": "", "netsec": "Web Attack"}[domain]
    assert found.severity == {"camera": "unknown", "netsec": "severe"}.get(domain)


async def test_an_empty_history_answers_emptily(history: History, now: datetime) -> None:
    an_hour_ago = now - timedelta(hours=1)

    assert await history.write([]) == []
    assert await history.latest("netsec") == []
    assert await history.recent("netsec", an_hour_ago) == []
    assert await history.freshness() == ({}, {})
    assert await history.series("netsec", "x", "ids_alert", since=an_hour_ago, until=now, step_s=60) == []
    assert await history.counts("netsec", since=an_hour_ago, until=now, by="source") == {}
    assert await history.replays() == []


async def test_writing_again_changes_nothing(history: History, now: datetime) -> None:
    events = [event("hotspot", at=now, n=n, source="N20", location=place()) for n in range(50)]

    for _ in range(3):
        assert await history.write(events) == []

    assert await history.counts("hotspot", since=now, until=now + timedelta(seconds=1), by="commune") == {"05443": 50}


async def test_events_of_one_series_at_one_time_are_all_kept(history: History, now: datetime) -> None:
    burst = [event("netsec", at=now, n=n, signature_id="2024056", src_ip="203.0.113.9") for n in range(100)]

    assert await history.write(burst) == []

    assert await history.counts("netsec", since=now, until=now + timedelta(seconds=1), by="severity") == {"severe": 100}
    assert {one.event_id for one in await history.recent("netsec", now)} == {one.id for one in burst}


async def test_latest_is_the_newest_per_source_and_quantity(history: History, now: datetime) -> None:
    minutes = [timedelta(minutes=n) for n in range(4)]
    await history.write([event(at=now - ago, value=float(n), source="b") for n, ago in enumerate(minutes)])
    await history.write([event(at=now - ago, quantity="pm10", source="b", value=7.0) for ago in minutes])
    await history.write([event(at=now, source="a", value=9.0)])

    found = await history.latest("environment")

    assert [(one.source, one.quantity, one.value) for one in found] == [
        ("a", "pm25", 9.0),
        ("b", "pm10", 7.0),
        ("b", "pm25", 0.0),
    ]
    assert await history.latest("environment", limit=2) == found[:2]


async def test_a_late_event_does_not_replace_a_newer_one(history: History, now: datetime) -> None:
    await history.write([event(at=now, value=1.0)])
    await history.write([event(at=now - timedelta(hours=2), received_at=now + timedelta(minutes=1), value=2.0)])

    (found,) = await history.latest("environment")
    assert found.value == 1.0


async def test_one_clock_far_ahead_does_not_hide_what_follows(history: History, now: datetime) -> None:
    ahead = event(at=now + timedelta(days=3650), received_at=now, flags=("time_ahead",), value=1.0)
    await history.write([ahead])
    (found,) = await history.latest("environment")
    assert (found.value, found.flags) == (1.0, ("time_ahead",))

    await history.write([event(at=now + timedelta(minutes=1), value=2.0)])

    (found,) = await history.latest("environment")
    assert found.value == 2.0
    assert [one.value for one in await history.recent("environment", now)] == [2.0, 1.0]
    assert (await history.freshness()).feeds["tn-air"].observed_at == now + timedelta(minutes=1)


async def test_a_clock_that_is_always_ahead_still_shows_its_newest(history: History, now: datetime) -> None:
    ahead = timedelta(hours=7)
    for n in range(3):
        received = now + timedelta(minutes=n)
        await history.write([event(at=received + ahead, received_at=received, flags=("time_ahead",), value=float(n))])

    (found,) = await history.latest("environment")
    assert found.value == 2.0
    assert (await history.freshness()).sources["tn-air:1"].observed_at == now + timedelta(minutes=2)


async def test_freshness_tells_what_is_old_from_what_is_silent(history: History, now: datetime) -> None:
    an_hour = timedelta(hours=1)
    await history.write([event(at=now - an_hour, received_at=now - an_hour, source="one", feed="f")])
    await history.write([event(at=now - 5 * an_hour, received_at=now, source="one", feed="f")])
    await history.write([event(at=now - 2 * an_hour, received_at=now - 2 * an_hour, source="two", feed="f")])
    await history.write([event(at=now - an_hour, received_at=now - an_hour, source="one", feed="f")])

    found = await history.freshness()

    assert found.sources == {
        "one": Heard(now - an_hour, now),
        "two": Heard(now - 2 * an_hour, now - 2 * an_hour),
    }
    assert found.feeds == {"f": Heard(now - an_hour, now)}


async def test_recent_is_newest_first_and_bounded(history: History, now: datetime) -> None:
    await history.write([event("hotspot", at=now - timedelta(minutes=n), value=float(n)) for n in range(10)])

    assert [one.value for one in await history.recent("hotspot", now - timedelta(minutes=5))] == [0, 1, 2, 3, 4, 5]
    assert [one.value for one in await history.recent("hotspot", now - timedelta(minutes=5), limit=2)] == [0, 1]


async def test_a_chart_has_mean_least_and_greatest_per_step(history: History, now: datetime) -> None:
    start = now.replace(minute=0) - timedelta(hours=2)
    values = {0: 10.0, 20: 20.0, 40: 60.0, 61: 5.0, 179: 1.0}
    await history.write([event(at=start + timedelta(minutes=m), value=v, source="s") for m, v in values.items()])
    others = [
        event(at=start, source="s", quantity="pm10", value=999.0),
        event(at=start, source="t", value=999.0),
        event(at=start, source="s", value=999.0, quality="calibration", n=1),
        event(at=start, source="s", value=999.0, quality="fault", n=2),
        event(at=start, source="s", value=999.0, drill=True, n=3),
        event(at=start + timedelta(hours=3), source="s", value=999.0),
    ]
    await history.write(others)

    found = await history.series("environment", "s", "pm25", since=start, until=start + timedelta(hours=3), step_s=3600)

    assert found == [
        Step(start, 30.0, 10.0, 60.0, 3),
        Step(start + timedelta(hours=1), 5.0, 5.0, 5.0, 1),
        Step(start + timedelta(hours=2), 1.0, 1.0, 1.0, 1),
    ]


async def test_a_chart_is_bounded_whatever_step_is_asked_for(history: History, now: datetime) -> None:
    await history.write([event(at=now - timedelta(minutes=n), value=1.0, source="s") for n in range(3000)])

    found = await history.series("environment", "s", "pm25", since=now - timedelta(days=29), until=now, step_s=1)

    assert 1 < len(found) <= 2000
    assert sum(step.events for step in found) == 2999


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("feed", {"suri": 4}),
        ("source", {"s1": 3, "s2": 1}),
        ("quantity", {"ids_alert": 4}),
        ("commune", {"": 3, "05443": 1}),
        ("severity", {"severe": 3, "minor": 1}),
        ("label", {"Web Attack": 4}),
    ],
)
async def test_counts_by_each_mark(history: History, now: datetime, by: CountBy, expected: dict[str, int]) -> None:
    end = now + timedelta(minutes=1)
    kinds = [
        event("netsec", feed="suri", source="s1", at=now),
        event("netsec", feed="suri", source="s1", at=now, n=1),
        event("netsec", feed="suri", source="s1", at=now, n=2, severity="minor"),
        event("netsec", feed="suri", source="s2", at=now, n=3, location=place()),
        event("netsec", feed="suri", source="s2", at=now, n=4, drill=True),
        event("netsec", feed="suri", source="s2", at=now - timedelta(milliseconds=1)),
        event("netsec", feed="suri", source="s2", at=end),
    ]
    await history.write(kinds)

    assert await history.counts("netsec", since=now, until=end, by=by) == expected


async def test_a_mark_that_the_domain_does_not_have_counts_under_nothing(history: History, now: datetime) -> None:
    await history.write([event(at=now)])

    end = now + timedelta(minutes=1)
    assert await history.counts("environment", since=now, until=end, by="severity") == {"": 1}
    assert await history.counts("environment", since=now, until=end, by="label") == {"": 1}


async def test_live_data_a_drill_and_a_replay_never_mix(history: History, now: datetime) -> None:
    await history.write([event(at=now, value=1.0)])
    await history.write([event(at=now + timedelta(minutes=1), value=2.0, drill=True)])
    await history.write([event(at=now + timedelta(minutes=2), value=3.0)], replay="tuần cháy rừng")
    scopes = {1.0: Scope(), 2.0: Scope(drill=True), 3.0: Scope(replay="tuần cháy rừng")}

    end = now + timedelta(hours=1)
    for value, scope in scopes.items():
        assert [one.value for one in await history.latest("environment", scope=scope)] == [value]
        assert [one.value for one in await history.recent("environment", now, scope=scope)] == [value]
        assert await history.counts("environment", since=now, until=end, by="feed", scope=scope) == {"tn-air": 1}
        steps = await history.series("environment", "tn-air:1", "pm25", since=now, until=end, step_s=3600, scope=scope)
        assert [step.mean for step in steps] == [value]
    assert (await history.freshness()).sources == {"tn-air:1": Heard(now, now + timedelta(seconds=2))}
    assert await history.latest("environment", scope=Scope(replay="another")) == []


async def test_a_replay_is_kept_whatever_its_age_and_rewrites_its_own_points(history: History, now: datetime) -> None:
    day = datetime(2019, 3, 4, 5, tzinfo=UTC)
    events = [event("hotspot", at=day, n=n, location=place()) for n in range(20)]
    scope = Scope(replay="2019")

    for _ in range(2):
        assert await history.write(events, replay="2019") == []

    end = day + timedelta(days=1)
    assert await history.counts("hotspot", since=day, until=end, by="commune", scope=scope) == {"05443": 20}
    assert await history.latest("hotspot") == []


async def test_replays_are_named_the_last_written_first(history: History, clock: FrozenClock) -> None:
    first = clock.at
    for name, minutes in (("old", 0), ("new", 1), ("old", 2)):
        clock.at = first + timedelta(minutes=minutes)
        await history.write([event(at=first)], replay=name)

    assert await history.replays() == [("old", first + timedelta(minutes=2)), ("new", first + timedelta(minutes=1))]


async def test_what_is_older_than_retention_is_counted_expired_and_the_rest_is_kept(
    history: History, now: datetime
) -> None:
    old = [event(at=now - timedelta(days=31), n=n) for n in range(40)]
    events = [*old[:20], event(at=now), *old[20:], event(at=now - timedelta(days=29))]

    refused = await history.write(events)

    assert {one.code for one in refused} == {"expired"}
    assert sorted(one.nth for one in refused) == [*range(20), *range(21, 41)]
    assert {one.event_id for one in refused} == {one.id for one in old}
    since, until = now - timedelta(days=40), now + timedelta(days=1)
    assert await history.counts("environment", since=since, until=until, by="feed") == {"tn-air": 2}


@pytest.mark.parametrize(
    "fields",
    [
        {"value": float("nan")},
        {"value": float("inf")},
        {"location": place(lat=float("nan"))},
        {"observed_at": datetime(9999, 1, 1, tzinfo=UTC), "received_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"observed_at": datetime(1, 1, 1, tzinfo=UTC)},
    ],
    ids=["a value that is no number", "infinity", "no latitude", "the year 9999", "the year 1"],
)
async def test_one_impossible_event_among_5000_is_refused_alone(
    history: History, now: datetime, fields: dict[str, Any]
) -> None:
    events = [event(at=now - timedelta(seconds=n), source=f"s{n % 50}") for n in range(5001)]
    events[2500] = event(at=now, source="bad", **fields)

    (refused,) = await history.write(events)

    assert (refused.nth, refused.event_id, refused.source, refused.code) == (2500, events[2500].id, "bad", "not_taken")
    assert refused.detail
    since, until = now - timedelta(days=1), now + timedelta(days=1)
    assert await history.counts("environment", since=since, until=until, by="feed") == {"tn-air": 5000}


async def test_hostile_names_stay_names(history: History, now: datetime) -> None:
    events = [event("camera", at=now, source=text, feed="f", kind=text, title=text) for text in HOSTILE]
    assert await history.write(events) == []

    found = await history.latest("camera")

    assert sorted(one.source for one in found) == sorted(HOSTILE)
    assert {(one.label, one.title) for one in found} == {(text, text) for text in HOSTILE}
    end = now + timedelta(minutes=1)
    assert await history.counts("camera", since=now, until=end, by="source") == dict.fromkeys(HOSTILE, 1)
    assert await history.counts("camera", since=now, until=end, by="feed") == {"f": len(HOSTILE)}
    assert await history.latest("environment") == []
    assert set((await history.freshness()).sources) == set(HOSTILE)
    for text in HOSTILE:
        steps = await history.series("camera", text, "object", since=now, until=end, step_s=60)
        assert [step.events for step in steps] == [1]


async def test_hostile_replays_stay_names(history: History, now: datetime) -> None:
    for text in HOSTILE:
        await history.write([event(at=now)], replay=text)

    assert {one.name for one in await history.replays()} == set(HOSTILE)
    for text in HOSTILE:
        assert len(await history.latest("environment", scope=Scope(replay=text))) == 1
