"""Rules and sources that change while alerts are open: same shape goes on, all else ends with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.rule import RuleSet
from ioc.alerts.state import due, open_alerts
from tests.alerts.timeline import Timeline, catalogue, rules

SILENT: dict[str, Any] = {
    "quantity": [],
    "condition": {"kind": "absence", "period": "lost"},
    "severities": {"minor": {"level": 1}},
}

SAME_SHAPE: dict[str, dict[str, Any]] = {
    "another level": {"severities": {"moderate": {"level": 60, "clear": 50}, "severe": {"level": 150, "clear": 130}}},
    "another hold": {"hold": "5m"},
    "another title": {"title": {"vi": "Khác", "en": "Other"}},
    "one severity more": {
        "severities": {"moderate": {"level": 80, "clear": 70}, "severe": {"level": 150}, "extreme": {"level": 250}}
    },
}
RESHAPED: dict[str, dict[str, Any]] = {
    "another quantity": {"quantity": "pm10"},
    "another filter": {"where": {"commune": {"within": "province"}}},
    "another grouping": {"by": ["source", "commune"]},
    "another comparison": {"condition": {"kind": "threshold", "compare": "at_least"}},
    "the open severity gone": {"severities": {"severe": {"level": 150}}},
    "another kind": {
        "condition": {"kind": "count", "window": "1m"},
        "severities": {"moderate": {"level": 3}},
    },
}


@pytest.mark.parametrize("name", SAME_SHAPE)
def test_a_rule_of_the_same_shape_keeps_its_open_alert(name: str) -> None:
    line = Timeline().at(0).reads(90)
    opened = line.last.alert_id

    line.under(rules(SAME_SHAPE[name])).at(1).reads(10)

    assert line.told == [(0, "fired", "moderate"), (1, "cleared", "moderate")]
    assert line.last.alert_id == opened
    assert line.last.rule_version != line.transitions[0].rule_version
    assert line.last.title == rules(SAME_SHAPE[name]).rules[0].title.texts


@pytest.mark.parametrize("name", RESHAPED)
def test_a_reshaped_rule_ends_its_alert_and_says_so(name: str) -> None:
    line = Timeline().at(0).reads(90)

    line.under(rules(RESHAPED[name])).at(1)
    line.transitions += line.engine.end(line.state, line._clock)

    assert line.told[1:] == [(1, "rule_reshaped", "moderate")]
    assert (line.last.status, line.last.revision) == ("resolved", 2)
    assert not open_alerts(line.state)
    assert list(line.engine.end(line.state, line._clock)) == []


def test_a_removed_rule_ends_its_alert_with_the_title_it_had() -> None:
    line = Timeline().at(0).reads(90)

    line.under(RuleSet([])).at(1).reads(90)

    assert line.told[1:] == [(1, "rule_removed", "moderate")]
    assert line.last.title == {"vi": "Thử", "en": "Tried"}
    assert line.last.certainty == "observed"


def test_a_severity_put_between_two_falls_with_the_one_below_it() -> None:
    two = {"settle": "10m", "severities": {"moderate": {"level": 80}, "extreme": {"level": 250}}}
    three = {**two, "severities": {**two["severities"], "severe": {"level": 150}}}  # type: ignore[dict-item]  # as in YAML
    line = Timeline(two).at(0).reads(300).at(1).reads(10)

    line.under(rules(three)).at(30).ticks()

    assert line.told == [(0, "fired", "extreme"), (11, "cleared", "extreme")]


def test_a_shorter_hold_counts_for_what_is_already_held() -> None:
    line = Timeline({"hold": "60m"}).at(0).reads(90).at(20).reads(90)

    line.under(rules({"hold": "10m"})).at(21).reads(90)

    assert line.told == [(10, "fired", "moderate")]


def test_a_tick_alone_brings_a_state_over() -> None:
    line = Timeline().at(0).reads(90).under(RuleSet([])).at(1).ticks()

    assert line.told[1:] == [(1, "rule_removed", "moderate")]


def test_a_retired_source_is_no_longer_missed() -> None:
    known = catalogue("environment", "s")
    line = Timeline(SILENT, registry=known).at(0).reads().at(10).ticks()
    assert line.told == [(10, "fired", "minor")]

    line.under(line.rules, catalogue("environment")).at(11).ticks()

    assert line.told[1:] == [(11, "source_retired", "minor")]
    assert due(line.state) == 0


def test_a_source_registered_later_is_missed_by_when_it_was_last_heard() -> None:
    line = Timeline(SILENT, registry=catalogue("environment")).at(0).reads()

    line.under(line.rules, catalogue("environment", "s")).at(5).ticks().at(10).ticks()

    assert line.told == [(10, "fired", "minor")]


def test_a_shorter_schedule_counts_at_once() -> None:
    line = Timeline(SILENT, registry=catalogue("environment", "s")).at(0).reads()

    line.under(line.rules, catalogue("environment", "s", every=120)).at(5).ticks()

    assert line.told == [(2, "fired", "minor")]


def test_a_pending_hold_of_a_reshaped_rule_is_forgotten_silently() -> None:
    line = Timeline({"hold": "30m"}).at(0).reads(90)

    line.under(rules({"hold": "30m", "by": ["source", "commune"]})).at(40).ticks()

    assert line.told == []
    assert line.state.memories == {}


def test_a_tick_of_another_clock_brings_a_state_over_and_no_more() -> None:
    line = Timeline({"hold": "10m"}).at(0).reads(90, replay="may")

    line.under(rules({"hold": "9m"})).at(60).ticks()
    assert line.told == []

    line.ticks(replay="may")
    assert line.told == [(9, "fired", "moderate")]
