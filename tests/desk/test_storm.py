from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts.routing import Limits
from ioc.desk.storm import HOUR_MS, Bundle, Plan, Sent, Want, plan
from ioc.events.envelope import Severity

MINUTE = 60_000
LIMITS = Limits()
NOW = 100 * HOUR_MS


def want(nth: int, severity: Severity = "moderate", at: int = NOW, **given: Any) -> Want:
    return Want(f"k{nth}", f"a{nth}", severity, at)._replace(**given)


def keys(found: Plan) -> list[list[str]]:
    return [[one.key for one in bundle.wants] for bundle in found.bundles]


def test_in_calm_what_has_no_group_leaves_at_once_and_alone_the_worst_first() -> None:
    found = plan([want(1, "minor"), want(2, "severe")], [], LIMITS, NOW, storm=False)

    assert keys(found) == [["k2"], ["k1"]]
    assert found.next_at is None


def test_a_group_waits_for_others_and_then_leaves_together() -> None:
    wants = [want(nth, group="g", wait=30_000, every=300_000) for nth in (1, 2)]

    early = plan(wants, [], LIMITS, NOW + 29_999, storm=False)
    assert (early.bundles, early.next_at) == ((), NOW + 30_000)
    found = plan(wants, [], LIMITS, NOW + 30_000, storm=False)
    assert [(one.form, len(one.wants)) for one in found.bundles] == [("group", 2)]


def test_the_next_message_of_a_group_comes_no_sooner_than_its_interval() -> None:
    wants = [want(3, group="g", wait=30_000, every=300_000)]

    found = plan(wants, [Sent(NOW - 10_000, "g")], LIMITS, NOW, storm=False)
    assert (found.bundles, found.next_at) == ((), NOW + 290_000)


def test_extreme_and_alone_leave_at_once_one_by_one_however_much_was_sent() -> None:
    sent = [Sent(NOW - nth) for nth in range(1, 21)]
    wants = [want(1, "extreme"), want(2, "extreme"), want(3, "minor", alone=True), want(4, "severe")]

    for storm in (False, True):
        assert keys(plan(wants, sent, LIMITS, NOW, storm=storm)) == [["k1"], ["k2"], ["k3"]]


def test_in_a_storm_severe_ones_come_per_commune_and_the_small_ones_in_a_digest() -> None:
    wants = [
        want(1, "severe", happening="05818"),
        want(2, "severe", happening="05818"),
        want(3, "moderate"),
        want(4, "minor"),
    ]

    found = plan(wants, [], LIMITS, NOW, storm=True)
    assert found.bundles == (Bundle("group", (wants[0], wants[1])),)
    later = plan(wants[2:], [Sent(NOW)], LIMITS, NOW + 15 * MINUTE, storm=True)
    assert later.bundles == (Bundle("digest", (wants[2], wants[3])),)


def test_in_a_storm_two_messages_keep_their_distance() -> None:
    wants = [want(1, "severe", happening="a")]

    found = plan(wants, [Sent(NOW - MINUTE)], Limits(per_hour=1000), NOW, storm=True)
    assert (found.bundles, found.next_at) == ((), NOW + MINUTE)


def test_far_more_than_there_is_room_for_comes_as_one_message_with_its_count() -> None:
    wants = [want(nth, "severe", happening=f"commune-{nth}") for nth in range(9)]

    (digest,) = plan(wants, [], LIMITS, NOW, storm=True).bundles
    assert (digest.form, len(digest.wants)) == ("digest", 9)


def test_in_calm_a_flood_fills_half_an_hour_s_messages_and_counts_the_rest() -> None:
    found = plan([want(nth, "severe") for nth in range(40)], [], LIMITS, NOW, storm=False)

    assert [one.form for one in found.bundles] == ["one"] * 9 + ["digest"]
    assert sum(len(one.wants) for one in found.bundles) == 40


@settings(max_examples=60, deadline=None)
@given(
    arrivals=st.lists(
        st.tuples(
            st.integers(0, 3 * HOUR_MS),
            st.sampled_from(["minor", "moderate", "severe", "extreme"]),
            st.sampled_from(["", "g", "h"]),
        ),
        max_size=120,
    ),
    storm=st.booleans(),
)
def test_whatever_comes_all_of_it_is_told_once_and_no_hour_holds_more_than_the_limit(
    arrivals: list[tuple[int, Severity, str]], *, storm: bool
) -> None:
    todo = sorted(
        (
            Want(f"k{nth}", f"a{nth}", severity, at, group=group, wait=30_000, every=300_000, happening=group)
            for nth, (at, severity, group) in enumerate(arrivals)
        ),
        key=lambda one: one.at,
    )
    waiting: list[Want] = []
    sent: list[Sent] = []
    told: list[str] = []
    now, again = 0, None
    while todo or waiting:
        now = min(at for at in (todo[0].at if todo else None, again) if at is not None)
        while todo and todo[0].at <= now:
            waiting.append(todo.pop(0))
        found = plan(waiting, sent, LIMITS, now, storm=storm)
        for bundle in found.bundles:
            told += [one.key for one in bundle.wants]
            if not bundle.wants[0].at_once:
                sent.append(Sent(now, bundle.group, bundle.form == "digest"))
            assert not any(one.at_once and one.at < now for one in bundle.wants)
        waiting = [one for one in waiting if one.key not in told]
        again = found.next_at
        assert (again is not None) == bool(waiting)
        assert again is None or again > now

    assert sorted(told) == sorted(f"k{nth}" for nth in range(len(arrivals)))
    for one in sent:
        assert sum(one.at - HOUR_MS < other.at <= one.at for other in sent) <= LIMITS.per_hour
