"""A camera that says offline and online, a signature that only ever says itself."""

from __future__ import annotations

from typing import Any

from tests.alerts.timeline import MINUTE, START_MS, Timeline

OFFLINE: dict[str, Any] = {
    "domain": "camera",
    "quantity": "status",
    "condition": {"kind": "match", "when": {"kind": "offline"}, "until": {"kind": "online"}},
    "severities": {"moderate": {}},
    "hold": "120s",
    "settle": "30s",
}
SIGNATURE: dict[str, Any] = {
    "domain": "netsec",
    "quantity": "ids_alert",
    "where": {"action": "allowed"},
    "condition": {"kind": "match"},
    "severities": {"moderate": {"when": {"severity": "severe"}}, "severe": {"when": {"severity": "extreme"}}},
    "settle": "30m",
}


def test_offline_for_the_whole_hold_fires() -> None:
    line = Timeline(OFFLINE).at(0).reads(kind="offline").at(1, 59).ticks()
    assert line.told == []

    line.at(2).ticks()
    assert line.told == [(2, "fired", "moderate")]


def test_back_one_second_before_the_hold_is_no_alert() -> None:
    line = Timeline(OFFLINE).at(0).reads(kind="offline").at(1, 59).reads(kind="online").at(60).ticks()

    assert line.told == []


def test_a_status_that_is_neither_says_nothing() -> None:
    line = Timeline(OFFLINE).at(0).reads(kind="offline").at(1).reads(kind="disabled").at(2).ticks()

    assert line.told == [(2, "fired", "moderate")]


def test_online_for_the_whole_settle_ends_it() -> None:
    line = Timeline(OFFLINE).at(0).reads(kind="offline").at(2).ticks()

    line.at(10).reads(kind="online").at(10, 29).ticks().at(10, 30).ticks()
    # Thirty seconds are less than it takes to be idle: the end is told when the source's time gets there.
    assert line.told[1:] == []
    line.at(11).ticks()

    assert line.told[1:] == [(10.5, "cleared", "moderate")]


def test_offline_stays_until_the_contrary_however_long() -> None:
    line = Timeline(OFFLINE).at(0).reads(kind="offline").at(2).ticks().at(40_000).ticks()

    assert line.told == [(2, "fired", "moderate")]
    assert line.state.due == 0


def test_repeated_offline_opens_no_second_alert() -> None:
    line = Timeline(OFFLINE)
    for minute in range(10):
        line.at(minute).reads(kind="offline")

    assert line.told == [(2, "fired", "moderate")]


def test_a_signature_ends_after_its_settle_without_another() -> None:
    line = Timeline(SIGNATURE).at(0).reads().at(20).reads().at(49).ticks()
    assert line.told == [(0, "fired", "moderate")]

    line.at(50).ticks()
    assert line.told[1:] == [(50, "cleared", "moderate")]


def test_the_sensors_severity_picks_ours() -> None:
    line = Timeline(SIGNATURE).at(0).reads(severity="severe").at(1).reads(severity="extreme")
    line.reads(severity="moderate").at(90).ticks()

    assert line.told == [
        (0, "fired", "moderate"),
        (1, "raised", "severe"),
        (31, "cleared", "severe"),
    ]


def test_what_was_blocked_does_not_match() -> None:
    assert Timeline(SIGNATURE).at(0).reads(action="blocked").reads(action=None).told == []


def test_out_of_order_signatures_are_one_episode() -> None:
    line = Timeline(SIGNATURE).at(10).reads().at(11).reads(ago=9).at(12).reads(ago=6).at(40).ticks()

    assert line.told == [(10, "fired", "moderate"), (40, "cleared", "moderate")]
    assert line.last.last_seen == START_MS + 10 * MINUTE


def test_an_event_that_says_both_is_taken_for_the_alarm() -> None:
    both = {**OFFLINE, "condition": {"kind": "match", "when": {"kind": "offline"}, "until": {"phase": "state"}}}

    line = Timeline({**both, "hold": "0s"}).at(0).reads(kind="offline")

    assert line.told == [(0, "fired", "moderate")]
