"""An alert explains another only where people hear of the one that explains, and it is no less severe."""

from __future__ import annotations

import pytest

from ioc.alerts.alert import Parent
from ioc.alerts.mute import Area
from ioc.desk import silences
from tests.desk.made import Office, transition
from tests.desk.night import HOUR, Night

CHILD = {"inhibited_by": (Parent(rule="core", same="commune"),)}


@pytest.fixture
def night(office: Office) -> Night:
    return Night(office)


def silence_parent(night: Night) -> None:
    with night.office.store.writing() as session:
        silences.silence(
            session,
            Area(rule="core"),
            until=night.now + HOUR,
            reason="bảo trì",
            by="Bình",
            up_to="severe",
            now=night.now,
        )


def told(night: Night, until: float) -> list[str]:
    return [one for one in night.at(until).between(0, until) if "#1002" in one]


def test_an_extreme_alert_is_explained_by_nothing(night: Night) -> None:
    night.at(0).fires(1, rule="core", severity="extreme").fires(2, severity="extreme", **CHILD)

    assert told(night, 1) == ["0 An alert #1002 sms,zalo"]


def test_a_less_severe_alert_explains_no_graver_one(night: Night) -> None:
    night.at(0).fires(1, rule="core", severity="minor").fires(2, severity="severe", **CHILD)

    assert told(night, 1) == ["0 An alert #1002 sms,zalo"]


def test_an_alert_that_is_silenced_explains_nothing(night: Night) -> None:
    night.at(0)
    silence_parent(night)
    night.fires(1, rule="core").fires(2, **CHILD)

    assert told(night, 1) == ["0 An alert #1002 sms,zalo"]


def test_an_alert_that_somebody_has_explains_though_it_is_silenced(night: Night) -> None:
    night.at(0).fires(1, rule="core").at(1).accepts(1, "An")
    silence_parent(night)
    night.fires(2, **CHILD)

    assert told(night, 5) == []


def test_what_comes_in_one_chunk_with_its_parent_is_explained_by_it(night: Night) -> None:
    night.at(0)
    parent = transition(9, 1, rule="core", at=night.now, last_seen=night.now)
    child = transition(2, 1, at=night.now, last_seen=night.now, **CHILD)
    night.office.receive(child, parent)

    assert [one.split()[3] for one in night.at(5).between(0, 5)] == ["#1002"]
