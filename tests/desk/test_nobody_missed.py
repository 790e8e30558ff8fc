"""Whoever must hear of an alert hears of it, though it was short, was called false, or came between two shifts."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.mute import Area
from ioc.desk import silences
from tests.desk.made import MINUTE, Office, ended, transition
from tests.desk.night import HOUR, Night


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
