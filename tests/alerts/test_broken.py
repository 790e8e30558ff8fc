"""A rule that throws says so in an alert of its own; the next rule and the next event are still judged."""

from __future__ import annotations

from ioc.alerts.reading import Reader
from ioc.events.codec import Observed
from tests.alerts.timeline import START_MS, Timeline


def broken(line: Timeline) -> Timeline:
    def throw(event: Observed) -> int:
        raise ZeroDivisionError(event.id)

    read: Reader = throw
    line.engine._plans["tried"].read = read
    return line


def test_a_rule_that_throws_raises_its_own_alert_once_and_the_others_go_on() -> None:
    line = broken(Timeline({}, {"id": "works"}))

    line.at(0).reads(90).at(1).reads(90)

    assert [(one.rule, one.change) for one in line.transitions] == [("rule-error", "fired"), ("works", "fired")]
    assert line.fates == ["accepted", "accepted"]
    alert = line.transitions[0]
    assert alert.key == "s|tried"
    assert [one.title for one in alert.evidence] == ["tried: ZeroDivisionError"]
    assert alert.title["vi"] == "Quy tắc bị lỗi khi chạy"


def test_it_ends_an_hour_after_the_last_throw() -> None:
    line = broken(Timeline()).at(0).reads(90).reload().at(30).reads(90)

    line.at(89).ticks()
    assert len(line.told) == 1

    line.at(90).ticks()
    assert line.told[1:] == [(90, "cleared", "moderate")]


def test_each_broken_rule_of_a_source_is_an_alert_of_its_own() -> None:
    line = broken(Timeline({}, {"id": "works"}))
    line.engine._plans["works"].read = line.engine._plans["tried"].read

    line.at(0).reads(90)

    assert [one.key for one in line.transitions] == ["s|tried", "s|works"]
    assert len({one.alert_id for one in line.transitions}) == 2
    assert line.transitions[0].opened_at == START_MS
