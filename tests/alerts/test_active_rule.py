"""Outside its hours a rule begins nothing and raises nothing; what is open still ends."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.active import local_day
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from tests.alerts import crossing
from tests.alerts.timeline import RULE, START_MS, Timeline

# The timelines begin at 07:00 here: two hours inside, then outside.
MORNING: dict[str, Any] = {"active": {"hours": "05:00-09:00"}}
HIGH, LOW = 90, 10


def test_nothing_fires_outside_the_hours() -> None:
    line = Timeline(MORNING).at(120).reads(HIGH).at(300).reads(HIGH)

    assert line.told == []
    assert line.state.memories == {}


def test_the_first_reading_inside_fires() -> None:
    line = Timeline({"active": {"hours": "08:00-09:00"}}).at(59).reads(HIGH).at(60).reads(HIGH)

    assert line.told == [(60, "fired", "moderate")]


def test_an_open_alert_ends_outside() -> None:
    line = Timeline(MORNING).at(119).reads(HIGH).at(130).reads(HIGH).at(140).reads(LOW)

    assert line.told == [(119, "fired", "moderate"), (140, "cleared", "moderate")]


def test_an_open_alert_is_not_raised_outside_but_lowered() -> None:
    line = Timeline(MORNING).at(0).reads(200).at(125).reads(HIGH).at(130).reads(200)

    assert line.told == [(0, "fired", "severe"), (125, "lowered", "moderate")]


def test_a_hold_begun_inside_may_end_outside() -> None:
    line = Timeline({**MORNING, "hold": "30m"}).at(110).reads(HIGH).at(130).reads(HIGH).at(141).reads(HIGH)

    assert line.told == [(140, "fired", "moderate")]


def test_a_contrary_reading_outside_breaks_a_hold() -> None:
    line = (
        Timeline({**MORNING, "hold": "30m"}).at(110).reads(HIGH).at(130).reads(LOW).at(135).reads(HIGH).at(170).ticks()
    )

    assert line.told == []


def test_a_moment_outside_keeps_what_stands_and_begins_nothing() -> None:
    moments = {"quantity": [], "condition": {"kind": "match", "when": {"value": 1}}, "severities": {"minor": {}}}
    line = Timeline({**moments, **MORNING, "settle": "20m"}).at(115).reads(1).at(130).reads(1).at(149).reads(1)
    line.at(170).reads(1).at(200).ticks()

    assert line.told == [(115, "fired", "minor"), (169, "cleared", "minor")]


def test_events_outside_count_once_the_hours_begin() -> None:
    counted = {
        "condition": {"kind": "count", "window": "1h"}, "severities": {"minor": {"level": 3}},
        "active": {"hours": "08:00-09:00"},
    }  # fmt: skip
    line = Timeline(counted).at(50).reads().reads().reads().at(59).reads().at(60).reads()

    assert line.told == [(60, "fired", "minor")]


@pytest.mark.parametrize(("hours", "told"), [("13:00-14:00", []), ("12:00-13:00", [10])])
def test_two_domains_meet_within_the_hours_alone(hours: str, told: list[int]) -> None:
    near = crossing.Crossing({"active": {"hours": hours}})  # signals come from noon on here

    met = near.hears(crossing.signal("cam")).hears(crossing.signal("fire", 10))

    assert [one.minute for one in met.told] == told


def holiday(active: str) -> RuleSet:
    texts = {"a.yaml": f'rules: [{{"active": {{"holidays": {active}}}, {str(RULE)[1:]}]'.replace("'", '"')}
    return parse(texts, {local_day(START_MS)})


def test_a_rule_for_holidays_fires_on_them_alone() -> None:
    only = Timeline(ruleset=holiday("only")).at(0).reads(HIGH).at(1).reads(LOW).at(24 * 60).reads(HIGH)
    never = Timeline(ruleset=holiday("never")).at(0).reads(HIGH).at(1).reads(LOW).at(24 * 60).reads(HIGH)

    assert [minute for minute, *_ in only.told] == [0, 1]
    assert [minute for minute, *_ in never.told] == [24 * 60]


def test_other_holidays_are_another_rule_set_only_where_a_rule_asks() -> None:
    asks, other = holiday("only"), holiday("any")

    assert asks.holidays == (local_day(START_MS),)
    assert asks.digest != RuleSet(asks.rules).digest
    assert other.holidays == ()
    assert other.digest == RuleSet(other.rules).digest
