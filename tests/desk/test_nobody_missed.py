"""Whoever must hear of an alert hears of it, though it was short, was called false, or came between two shifts."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.mute import Area
from ioc.alerts.rota import Change
from ioc.desk import rota, silences
from ioc.desk.acts.act import Asked
from ioc.desk.acts.false_alarm import false_alarm
from ioc.desk.acts.merge import merge
from tests.desk.made import MINUTE, NOON, Office, alert_name, ended, transition
from tests.desk.night import HOUR, ROUTING, Night


@pytest.fixture
def night(office: Office) -> Night:
    return Night(office)


def passes(night: Night, seen: int = 0, **given: Any) -> None:
    """An alert that begins and ends within one chunk; `seen`: how many minutes ago."""
    at = night.now - seen * MINUTE
    told = {"at": at, "last_seen": at, **given}
    night.office.receive(transition(1, 1, **told), ended(1, 2, **told))


@pytest.mark.parametrize(
    "given",
    [{"rule": "sos-phone", "severity": "extreme"}, {"rule": "sos-phone", "severity": "minor"}, {"severity": "severe"}],
    ids=["an SOS", "an SOS of a low severity", "a severe alert"],
)
def test_what_began_and_ended_in_one_chunk_is_told_to_the_first_step(night: Night, given: dict[str, Any]) -> None:
    night.at(0)
    passes(night, **given)
    night.at(60)

    assert night.between(0, 60) == ["0 An ended #1001 sms,zalo"]


def test_a_severe_alert_that_ended_while_it_waited_for_its_group_is_told(night: Night) -> None:
    night.at(0).fires(1, rule="link-down").at(0.2).ends(1).at(60)

    assert night.between(0, 60) == ["0.7 An ended #1001 sms,zalo"]


@pytest.mark.parametrize(
    "given", [{"severity": "moderate"}, {"seen": 61}, {"shadow": True}], ids=["moderate", "an old one", "on trial"]
)
def test_what_passed_and_is_small_old_or_on_trial_is_told_to_nobody(night: Night, given: dict[str, Any]) -> None:
    night.at(0)
    passes(night, **given)

    assert night.at(60).between(0, 60) == []


def test_what_passed_within_a_silence_is_told_to_nobody(night: Night) -> None:
    night.at(0)
    area = Area(rule="hotspot-near-forest", communes=frozenset({"05818"}))
    until = night.now + HOUR
    with night.office.store.writing() as session:
        silences.silence(session, area, until=until, reason="đốt", by="Bình", up_to="severe", now=night.now)
    passes(night)

    assert night.at(50).between(0, 50) == []


def test_whoever_was_told_hears_that_it_was_a_false_alarm_and_hears_no_end_after_it(night: Night) -> None:
    night.at(0).fires(1).at(12)
    with night.office.store.writing() as session:
        false_alarm(session, alert_name(1), Asked("An", night.now), "weather")
    night.at(20).ends(1).at(60)

    assert night.between(11, 60) == ["12 An update #1001 sms", "12 Bình update #1001 sms"]
    assert {said.verification for row, said in night.notices() if said.occasion == "update"} == {"false"}


def test_whoever_was_told_of_an_alert_that_was_merged_hears_its_end(night: Night) -> None:
    night.at(0).fires(1).fires(2, rule="small").at(12)
    with night.office.store.writing() as session:
        merge(session, alert_name(1), Asked("An", night.now), alert_name(2))
    night.at(13)
    assert [one for one in night.between(12, 13) if "#1001" in one] == []
    night.at(15).ends(1).at(60)

    assert [one for one in night.between(13, 60) if "#1001" in one] == [
        "15 An ended #1001 sms",
        "15 Bình ended #1001 sms",
    ]


def test_who_comes_on_duty_is_told_though_nothing_is_repeated_any_more(office: Office) -> None:
    night = Night(office, ROUTING.replace("repeat: 30m", "repeat: 30m\n    times: 1"))
    with office.store.writing() as session:
        rota.set_contact(session, "Dũng", {"sms": "+84900000004"}, by="Admin", now=NOON)
        rota.change(session, Change("officer", "Dũng", NOON + 6 * HOUR, NOON + 12 * HOUR, "An"), "Admin", NOON)
    night.at(0).fires(1).at(20 * 60)

    assert night.between(5 * 60, 20 * 60) == ["360 Dũng alert #1001 sms"]


def test_what_grew_extreme_while_it_waited_for_its_group_is_told_once(night: Night) -> None:
    night.at(0).fires(1, rule="link-down").at(0.2).fires(1, severity="extreme").at(5)

    assert night.between(0, 5) == ["0.2 An alert #1001 sms,zalo"]
