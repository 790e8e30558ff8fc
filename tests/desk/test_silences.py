"""Silences that cannot be forgotten: the complaints 1 and 3, and the receipt that none of the best has."""

from __future__ import annotations

import pytest

from ioc.alerts.active import Active, local_day
from ioc.alerts.alert import Parent
from ioc.alerts.message import Message
from ioc.alerts.mute import Area
from ioc.desk import audit, silences
from ioc.errors import Permanent
from tests.desk.made import MINUTE, Office
from tests.desk.night import HOUR, Night

FIRE = Area(rule="hotspot-near-forest", communes=frozenset({"05818"}))


@pytest.fixture
def night(office: Office) -> Night:
    return Night(office)


def silence(night: Night, area: Area = FIRE, minutes: int = 120, **given: str) -> str:
    with night.office.store.writing() as session:
        made = silences.silence(
            session,
            area,
            until=night.now + minutes * MINUTE,
            reason=given.get("reason", "đốt có phép"),
            by="Bình",
            up_to="severe",
            now=night.now,
        )
    return made.name


def receipts(night: Night) -> list[tuple[str, Message]]:
    return [(row.recipient, message) for row, message in night.notices() if message.occasion == "receipt"]


def test_a_silence_holds_back_its_area_and_nothing_else(night: Night) -> None:
    night.at(0)
    silence(night)
    night.fires(1).fires(2, commune="05443").at(30)

    assert {one.split()[3] for one in night.between(0, 30)} == {"#1002"}


def test_what_grows_worse_than_what_was_silenced_breaks_through(night: Night) -> None:
    night.at(0)
    silence(night)
    night.fires(1).at(10).fires(1, severity="extreme").at(11)

    assert night.between(0, 11) == ["10 An alert #1001 sms,zalo"]


def test_an_sos_is_never_silenced(night: Night) -> None:
    night.at(0)
    silence(night, Area(rule="sos-phone"))
    night.fires(1, rule="sos-phone", severity="minor").at(0.5)

    assert night.between(0, 1) == ["0 An alert #1001 sms,zalo"]


def test_the_all_clear_gets_out_though_the_alert_was_silenced_after_it_was_told(night: Night) -> None:
    night.at(0).fires(1).at(5)
    silence(night)
    night.at(8).ends(1).at(9)

    assert night.between(5, 9) == ["8 An ended #1001 sms"]


def test_when_a_silence_ends_what_still_burns_asks_for_people_and_not_for_directors_at_once(night: Night) -> None:
    night.at(0).fires(1).at(1)
    silence(night, minutes=60)
    night.at(65)

    told = night.between(1, 65)
    assert told[0].startswith("61 Bình receipt 1")
    assert told[1:] == ["61 An alert #1001 sms,zalo"]


def test_its_owner_gets_a_receipt_of_what_it_hid(night: Night) -> None:
    night.at(0)
    name = silence(night, minutes=60)
    night.fires(1).fires(2, severity="moderate").fires(3).at(20).ends(3).at(61)

    ((who, said),) = receipts(night)
    assert who == "Bình"
    assert said.tally is not None
    assert (said.tally.alerts, said.tally.by_severity["grave"], said.tally.still_firing) == (3, 2, 2)
    assert said.title["vi"] == "đốt có phép"
    assert said.subject["vi"].startswith(name)


def test_a_silence_under_which_nothing_fires_for_an_hour_ends_by_itself(night: Night) -> None:
    night.at(0)
    silence(night, minutes=600)
    night.fires(1).at(30).ends(1).at(200)

    with night.office.store.reading() as session:
        assert silences.standing(session) == []
        ends = [line for line in audit.lines(session) if line.action == "silence_end"]
    assert [(one.details["why"], (one.at - ends[0].at)) for one in ends] == [("quiet", 0)]
    assert len(receipts(night)) == 1


def test_a_silence_over_something_that_still_burns_does_not_end_before_its_time(night: Night) -> None:
    night.at(0)
    silence(night, minutes=300)
    night.fires(1).at(299)

    assert receipts(night) == []


def test_ending_it_by_hand_brings_back_what_it_hid_at_once_and_twice_changes_nothing(night: Night) -> None:
    night.at(0)
    name = silence(night)
    night.fires(1).at(10)
    for _ in range(2):
        with night.office.store.writing() as session:
            silences.end(session, name, "An", night.now)
    night.at(11)

    assert night.between(0, 11) == ["10 Bình receipt 1 sms", "10 An alert #1001 sms,zalo"]
    with night.office.store.reading() as session:
        assert [line.action for line in audit.lines(session, name)] == ["silence", "silence_end"]


def test_muted_is_stored_nowhere_a_silence_that_is_gone_has_left_no_mark(night: Night) -> None:
    night.at(0)
    name = silence(night)
    night.fires(1).at(1)
    with night.office.store.writing() as session:
        silences.end(session, name, "An", night.now)
    night.at(2).at(22)

    assert [one.split()[1] for one in night.between(1, 22)] == ["Bình", "An", "Bình", "Chi"]


@pytest.mark.parametrize(
    ("area", "minutes", "reason", "code"),
    [
        (Area(domain="hotspot"), 60, "bảo trì", "silence_too_wide"),
        (FIRE, 60, "  ", "silence_reason"),
        (FIRE, 1, "bảo trì", "silence_span"),
        (FIRE, 60 * 24 * 31, "bảo trì", "silence_span"),
    ],
    ids=["an area as wide as a domain", "no reason", "a minute", "more than a month"],
)
def test_what_nobody_should_silence_is_refused(night: Night, area: Area, minutes: int, reason: str, code: str) -> None:
    with pytest.raises(Permanent, match=code):
        silence(night, area, minutes, reason=reason)


def test_a_maintenance_window_comes_back_each_night_with_a_receipt_each_time(night: Night) -> None:
    """12:30 is minute 0: the window is on from 13:00 to 14:00, on two days."""
    night.at(0)
    with night.office.store.writing() as session:
        silences.window(
            session,
            FIRE,
            Active(hours="13:00-14:00"),
            first=local_day(night.now),
            last=local_day(night.now) + 1,
            reason="bảo trì trạm",
            by="Bình",
            up_to="severe",
            now=night.now,
        )
    night.at(40).fires(1).at(50).ends(1).at(100)
    assert night.between(0, 90) == []
    day = 24 * 60
    night.at(day + 40).fires(2).at(day + 95)

    assert [one.split(" ", 1)[1] for one in night.between(90, day + 95)] == [
        "Bình receipt 1 sms",
        "Bình receipt 1 sms",
        "An alert #1002 sms,zalo",
    ]
    assert [round(float(one.split()[0])) for one in night.between(90, day + 95)] == [90, day + 90, day + 90]


def test_an_open_parent_holds_back_what_it_explains_until_it_ends(night: Night) -> None:
    child = {"inhibited_by": (Parent(rule="link-core", same="commune"),)}
    night.at(0).fires(1, rule="link-core").fires(2, **child).at(5).ends(1).at(7)

    told = night.between(0, 7)
    assert [one for one in told if one.endswith("#1002 sms,zalo")] == ["5 An alert #1002 sms,zalo"]


def test_what_a_silence_hid_and_what_it_holds_now_can_be_asked(night: Night) -> None:
    night.at(0)
    name = silence(night)
    night.fires(1).at(1)

    with night.office.store.reading() as session:
        assert silences.hid(session, name) == (1, 1, 1)
        (on,) = silences.of_moment(session, night.now)
    assert (on.name, on.ends_at) == (name, night.now - MINUTE + 2 * HOUR)
