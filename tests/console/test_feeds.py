from __future__ import annotations

from datetime import timedelta

import pytest

from ioc.catalogue import Schedule
from ioc.console.feeds import Freshness, judge, judge_all
from ioc.console.row import phone
from ioc.console.text import age, hour, shown, stamp
from ioc.console.wall import figure, tile_state
from ioc.desk.moment import ms_of
from ioc.ports import Heard
from tests.console.room import catalogue, feed
from tests.desk.made import NOON, Clock

NOW = Clock().now()
BEGAN = NOW - timedelta(hours=1)
SOS = Schedule(every=60, grace=30, lost=300)
FIRMS = Schedule(every=43_200, grace=3_600)


def heard(ago_s: float, data_ago_s: float | None = None) -> Heard:
    return Heard(NOW - timedelta(seconds=ago_s if data_ago_s is None else data_ago_s), NOW - timedelta(seconds=ago_s))


CASES: dict[str, tuple[Schedule, Heard | None, Freshness]] = {
    "satellite data of three hours ago are fresh": (FIRMS, heard(3 * 3600), "on_time"),
    "satellite data within the grace are fresh": (FIRMS, heard(43_200 + 3_599), "on_time"),
    "satellite data past the grace are late": (FIRMS, heard(43_200 + 3_601), "late"),
    "satellite data of three passes ago are lost": (FIRMS, heard(3 * 43_200 + 3_601), "lost"),
    "an emergency box silent for five minutes is lost": (SOS, heard(301), "lost"),
    "an emergency box silent for two minutes is late": (SOS, heard(120), "late"),
    "a feed that just spoke is on time": (SOS, heard(0), "on_time"),
    "a feed whose clock runs ahead is on time": (SOS, heard(-5), "on_time"),
    "a station that sends old readings is heard": (SOS, heard(5, 86_400), "on_time"),
    "a quick feed never heard since we look is lost": (SOS, None, "lost"),
    "a slow feed never heard since we look is waited for": (FIRMS, None, "pending"),
}


@pytest.mark.parametrize(("schedule", "last", "expected"), CASES.values(), ids=CASES.keys())
def test_a_feed_is_judged_against_its_own_schedule(schedule: Schedule, last: Heard | None, expected: Freshness) -> None:
    assert judge(feed("firms", schedule=schedule), last, BEGAN, NOW).state == expected


def test_a_feed_that_nobody_expects_is_waited_for_until_it_speaks_and_missed_from_then_on() -> None:
    sources = tuple(source.model_copy(update={"expected": False}) for source in feed("firms").sources)
    quiet = feed("firms", schedule=SOS, sources=sources)

    assert judge(quiet, None, BEGAN, NOW).state == "pending"
    assert judge(quiet, heard(301), BEGAN, NOW).state == "lost"


def test_the_next_data_are_expected_one_period_after_the_last() -> None:
    state = judge(feed("firms", schedule=SOS), heard(20, 50), BEGAN, NOW)

    assert state.expected == ms_of(NOW + timedelta(seconds=40))
    assert (state.heard, state.data_of) == (ms_of(NOW) - 20_000, ms_of(NOW) - 50_000)


def test_the_worst_and_longest_silent_come_first() -> None:
    given = {"firms": heard(10), "frigate": heard(500), "tn-air": heard(3_700), "suricata": heard(900)}

    found = judge_all(catalogue(), given, BEGAN, NOW)

    assert [(state.feed.name, state.state) for state in found] == [
        ("suricata", "lost"),
        ("frigate", "lost"),
        ("tn-air", "late"),
        ("firms", "on_time"),
    ]


def test_without_history_every_feed_is_unknown() -> None:
    assert {state.state for state in judge_all(catalogue(), None, BEGAN, NOW)} == {"unknown"}


TILES = {
    "no feed at all": ([], "none", "—"),
    "all on time": (["on_time", "on_time"], "good", "0"),
    "one lost of two": (["lost", "on_time"], "some", "0"),
    "one late of two": (["late", "on_time"], "some", "0"),
    "all lost": (["lost", "lost"], "lost", "—"),
    "nothing known": (["unknown"], "unknown", "?"),
    "waiting for the first": (["pending"], "pending", "…"),
    "one waits, one speaks": (["pending", "on_time"], "good", "0"),
}


@pytest.mark.parametrize(("states", "expected", "shown_as"), TILES.values(), ids=TILES.keys())
def test_a_tile_never_shows_a_zero_over_data_that_are_not_there(
    states: list[Freshness], expected: str, shown_as: str
) -> None:
    found = judge_all(catalogue(), {}, NOW, NOW)[: len(states)]
    given = [
        type(one)(one.feed, state, one.heard, one.data_of, one.expected)
        for one, state in zip(found, states, strict=True)
    ]

    assert (tile_state(given), figure(0, tile_state(given))) == (expected, shown_as)
    assert figure(3, tile_state(given)) == "3", "alerts that are known are shown"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("114; UBND xã, phường sở tại", "114"),
        ("Kiểm lâm Đại Từ 0208 3824 114", "02083824114"),
        ("0912.345.678 (đội trưởng)", "0912345678"),
        ("+84 208 3824 114", "+842083824114"),
        ("Trực Sở Nông nghiệp và Môi trường", ""),
        ("Quyết định 1459/QĐ-TCMT ngày 12/11/2019", ""),
        ("11.145 lượt", ""),
    ],
)
def test_the_number_to_call_is_found_in_words(text: str, number: str) -> None:
    assert phone(text) == number


def test_times_are_the_provinces() -> None:
    assert stamp(NOON) == "21/11/2026 12:30"
    assert (hour(NOON, NOON), hour(NOON, NOON + 86_400_000)) == ("12:30", "21/11 12:30")


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (0, "0 giây", "0 s"),
        (-30, "0 giây", "0 s"),
        (59, "59 giây", "59 s"),
        (61, "1 phút", "1 min"),
        (3_720, "1 giờ 2 phút", "1 h 2 min"),
        (90_000, "1 ngày 1 giờ", "1 d 1 h"),
    ],
)
def test_ages_are_short(seconds: int, vi: str, en: str) -> None:
    assert (age(NOON - seconds * 1000, NOON, "vi"), age(NOON - seconds * 1000, NOON, "en")) == (vi, en)


def test_texts_of_feeds_cannot_turn_hide_or_flood() -> None:
    assert shown("a\u202eb\u200bc\x1b") == "a\ufffdb\ufffdc\ufffd"
    assert len(shown("x" * 10_000)) == 400
    assert shown("Đại Từ ◆ <b>") == "Đại Từ ◆ <b>"
