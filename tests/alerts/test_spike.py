"""A burst or a fall against the window before, or against the same hour of the days before."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.parse import RuleMistakes
from ioc.alerts.sentence import sentence
from tests.alerts.timeline import Timeline, rules

BURST: dict[str, Any] = {
    "domain": "netsec",
    "quantity": "anomaly",
    "condition": {"kind": "spike", "window": "10m", "baseline": "previous", "of": "count", "min_events": 5},
    "severities": {"moderate": {"level": 3, "clear": 2}, "severe": {"level": 6, "clear": 4}},
    "settle": "2m",
}
HOURLY: dict[str, Any] = {
    **BURST,
    "condition": {"kind": "spike", "window": "1h", "baseline": "same_hour", "of": "count", "min_events": 10},
}
MEAN: dict[str, Any] = {
    "condition": {
        "kind": "spike", "window": "1h", "baseline": "previous", "of": "mean", "measure": "deviations",
        "floor": 2, "min_events": 6,
    },
    "severities": {"moderate": {"level": 3, "clear": 1}},
}  # fmt: skip
DAY = 24 * 60


def burst(line: Timeline, since: float, until: float, count: int, **fields: Any) -> Timeline:
    """So many events evenly over a span of minutes."""
    for number in range(count):
        line.at(since + (until - since) * number / count).reads(quantity=line.rules.rules[0].quantity[0], **fields)
    return line


def minutes(line: Timeline) -> list[tuple[float, str, str]]:
    return [(round(minute, 1), change, severity) for minute, change, severity in line.told]


def test_three_times_the_window_before_fires_and_ends_as_the_burst_becomes_the_past() -> None:
    line = burst(burst(Timeline(BURST), 0, 20, 20), 20, 30, 40).at(70).ticks()

    # One a minute, then four: 3 times as many within ten minutes once seven of them are of the burst.
    assert [one[1:] for one in minutes(line)] == [("fired", "moderate"), ("cleared", "moderate")]
    fired, cleared = (one[0] for one in minutes(line))
    assert 26 < fired <= 28
    assert 30 < cleared <= 36


def test_more_is_graver() -> None:
    line = burst(burst(Timeline(BURST), 0, 20, 20), 20, 30, 120)

    assert [one[1:] for one in minutes(line)] == [("fired", "moderate"), ("raised", "severe")]


def test_a_baseline_of_too_few_events_says_nothing() -> None:
    assert burst(burst(Timeline(BURST), 0, 10, 4), 10, 20, 400).told == []


def test_without_a_baseline_the_floor_stands_for_one() -> None:
    quiet = {**BURST, "condition": {**BURST["condition"], "min_events": 0, "floor": 20}}

    assert burst(Timeline(quiet), 0, 5, 59).told == []
    assert [one[1:] for one in minutes(burst(Timeline(quiet), 0, 5, 60))] == [("fired", "moderate")]


def test_a_fall_may_come_by_time_alone_and_is_named_by_its_moment() -> None:
    fall = {
        **BURST,
        "condition": {**BURST["condition"], "direction": "down"},
        "severities": {"moderate": {"level": 0.2, "clear": 0.5}},
        "settle": "0s",
    }
    line = burst(Timeline(fall), 0, 20, 40).at(40).ticks()

    assert [one[1:] for one in minutes(line)] == [("fired", "moderate")]
    assert line.last.at == line.last.why.since
    again = burst(Timeline(fall), 0, 20, 40)
    for minute in range(20, 41):
        again.at(minute).ticks().reload()
    assert [one.alert_id for one in again.transitions] == [one.alert_id for one in line.transitions]
    assert line.last.evidence
    assert line.last.commune == "05443"


def test_the_same_hour_of_the_days_before_is_the_measure() -> None:
    line = Timeline(HOURLY)
    for day in range(4):
        burst(line, day * DAY, day * DAY + 60, 20)
    assert line.told == []

    burst(line, 4 * DAY, 4 * DAY + 50, 61)

    assert [one[1:] for one in minutes(line)] == [("fired", "moderate")]
    assert line.last.why.values["usual"] == "20"


def test_another_hour_is_not_measured_by_this_one() -> None:
    line = Timeline(HOURLY)
    for day in range(4):
        burst(line, day * DAY, day * DAY + 60, 20)

    assert burst(line, 4 * DAY + 120, 4 * DAY + 170, 400).told == []


def test_a_mean_may_lie_so_many_deviations_away() -> None:
    line = Timeline(MEAN)
    for minute in range(0, 60, 5):
        line.at(minute).reads(20 + minute % 10 / 5)
    for minute in range(60, 120, 5):
        line.at(minute).reads(29)

    # Deviations of 0.5 are taken for 2: fired as the mean passes 20.5 + 6.
    assert [one[1:] for one in minutes(line)] == [("fired", "moderate")]


def test_what_it_says() -> None:
    line = burst(burst(Timeline(BURST), 0, 20, 20), 20, 30, 40).at(70).ticks()
    mean = Timeline(
        {**MEAN, "condition": {**MEAN["condition"], "measure": "ratio"}, "severities": {"minor": {"level": 2}}}
    )
    for minute in range(0, 60, 5):
        mean.at(minute).reads(20)
    for minute in range(60, 115, 5):
        mean.at(minute).reads(45)

    assert [sentence(one, "vi") for one in line.transitions] == [
        "Bất thường mạng: 30 sự kiện trong 10 phút, bằng 3 lần mức nền (ngưỡng 3), khoảng trước đó 10, lúc 07:26 14/05",
        (
            "Hết cảnh báo: Bất thường mạng: 24 sự kiện trong 10 phút, còn bằng 1,1 lần mức nền (ngưỡng kết thúc 2),"
            " khoảng trước đó 22, liên tục 2 phút"
        ),
    ]
    assert sentence(mean.last, "en").startswith(
        "PM2.5 40.5 µg/m³ on average within 1 h, 2 times the baseline (limit 2),"
    )


# name -> (changes to the condition, level, code)
BAD: dict[str, tuple[dict[str, Any], float, str]] = {
    "a ratio that is no rise": ({}, 1, "level_of_spike"),
    "a fall by more than all": ({"direction": "down"}, 3, "level_of_spike"),
    "deviations of a count": ({"measure": "deviations"}, 3, "deviations_of_means"),
    "a mean without a floor": ({"of": "mean"}, 3, "missing_floor"),
    "an hour that is longer than one": ({"baseline": "same_hour", "window": "2h"}, 3, "window_of_same_hour"),
    "no window": ({"window": "0s"}, 3, "out_of_bounds"),
    "an unknown baseline": ({"baseline": "week"}, 3, "one_of"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_refused(name: str) -> None:
    changes, level, code = BAD[name]
    with pytest.raises(RuleMistakes) as refused:
        rules({**BURST, "condition": {**BURST["condition"], **changes}, "severities": {"moderate": {"level": level}}})

    assert [one.code for one in refused.value.mistakes] == [code]
