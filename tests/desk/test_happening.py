"""In a storm, severe alerts of one commune come together; an end, a drill or a replay never speaks for a new alert."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.desk import storms
from tests.desk.made import Office, ended, transition
from tests.desk.night import Night


@pytest.fixture
def night(office: Office) -> Night:
    made = Night(office).at(0)
    with office.store.writing() as session:
        storms.begin(session, "Bình", made.now)
    return made


def to_an(night: Night, until: float) -> list[tuple[str, str, bool, str]]:
    """What An was told: occasion, status, whether a drill, replay."""
    night.at(until)
    mine = {row.key: said for row, said in night.notices() if row.recipient == "An" and row.channel == "sms"}
    return [(said.occasion, said.status, said.drill, said.replay) for said in mine.values()]


def test_a_new_alert_is_not_told_as_the_end_of_another(night: Night) -> None:
    night.fires(1).at(5)
    now = {"at": night.now, "last_seen": night.now}
    night.office.receive(ended(1, 2, **now), transition(2, 1, **now))

    assert to_an(night, 9) == [
        ("alert", "firing", False, ""),
        ("ended", "resolved", False, ""),
        ("alert", "firing", False, ""),
    ]


@pytest.mark.parametrize("other", [{"drill": True}, {"replay": "lũ 2024"}], ids=["a drill", "a replay"])
def test_a_real_alert_is_not_told_as_part_of_what_is_none(night: Night, other: dict[str, Any]) -> None:
    night.teller = type(night.teller)(night.routing, night.teller.boundaries, notify=lambda _: True)
    night.office.inbox = type(night.office.inbox)(night.teller.boundaries, (), teller=night.teller)
    now = {"at": night.now, "last_seen": night.now}
    night.office.receive(transition(1, 1, **now, **other), transition(2, 1, **now))

    drill, replay = bool(other.get("drill")), str(other.get("replay", ""))
    assert sorted(to_an(night, 5)) == sorted([("alert", "firing", drill, replay), ("alert", "firing", False, "")])


@pytest.mark.parametrize("other", [{"replay": "lũ 2024"}], ids=["a replay"])
def test_a_group_of_a_route_keeps_a_replay_by_itself(office: Office, other: dict[str, Any]) -> None:
    night = Night(office).at(0)
    night.teller = type(night.teller)(night.routing, night.teller.boundaries, notify=lambda _: True)
    night.office.inbox = type(office.inbox)(night.teller.boundaries, (), teller=night.teller)
    now = {"at": night.now, "last_seen": night.now, "rule": "link-down"}
    night.office.receive(transition(1, 1, **now, **other), transition(2, 1, **now))

    assert sorted(to_an(night, 5)) == [("alert", "firing", False, ""), ("alert", "firing", False, "lũ 2024")]


def test_of_a_group_one_that_is_still_on_speaks(night: Night) -> None:
    """A fall in severity waits, its alert ends meanwhile, and a new one comes into the same message."""
    night.fires(1, severity="extreme").fires(3, commune="05443").at(1).fires(1, severity="severe").fires(2)
    night.at(2).ends(1).at(9)

    (group,) = [said for row, said in night.notices() if said.occasion == "group" and row.channel == "zalo"]
    assert (group.number, group.status) == ("#1003", "firing")
