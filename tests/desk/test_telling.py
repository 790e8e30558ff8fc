"""Who is told when, as a timeline in virtual time: the notification rows of what the best systems do, and A2, A5, A15."""

from __future__ import annotations

import pytest

from ioc.alerts.rota import Change
from ioc.desk import outbox, rota
from ioc.desk.acts.act import Asked
from ioc.desk.acts.snooze import snooze
from ioc.desk.tables import NoticeRow
from ioc.desk.tables_duty import RunRow
from ioc.errors import Permanent
from tests.desk.made import MINUTE, NOON, Office, alert_name
from tests.desk.night import HOUR, Night


@pytest.fixture
def night(office: Office) -> Night:
    return Night(office)


def test_a_chain_goes_up_step_by_step_and_then_repeats_while_nobody_accepts(night: Night) -> None:
    night.at(0).fires(1).at(60)

    assert night.between(0, 60) == [
        "0 An alert #1001 sms,zalo",
        "10 Bình escalated #1001 sms",
        "20 Chi escalated #1001 sms",
        "50 An repeat #1001 sms",
        "50 Bình repeat #1001 sms",
        "50 Chi repeat #1001 sms",
    ]


def test_a_chain_stops_the_moment_somebody_accepts(night: Night) -> None:
    night.at(0).fires(1).at(5).accepts(1, "An").at(24 * 60)

    assert night.between(1, 24 * 60) == ["35 Bình overdue #1001 sms"]


def test_an_alert_that_ended_pages_nobody_and_whoever_was_told_hears_the_end(night: Night) -> None:
    night.at(0).fires(1).at(12).ends(1).at(24 * 60)

    assert night.between(11, 24 * 60) == ["12 An ended #1001 sms", "12 Bình ended #1001 sms"]


def test_an_sos_goes_to_the_shift_lead_after_60_s_and_to_the_leader_with_a_call_after_120_s(night: Night) -> None:
    night.at(0).fires(1, rule="sos-phone", severity="extreme").at(5)

    assert night.between(0, 5) == [
        "0 An alert #1001 sms,zalo",
        "1 Bình escalated #1001 sms,voice",
        "2 Chi escalated #1001 sms,voice",
    ]


def test_an_alert_that_grows_worse_than_what_was_accepted_asks_anew_from_the_first_step(night: Night) -> None:
    night.at(0).fires(1).at(5).accepts(1, "An").at(30).fires(1, severity="extreme").at(45)

    assert night.between(30, 45) == ["30 An alert #1001 sms,zalo", "40 Bình escalated #1001 sms"]


def test_a_fall_in_severity_is_told_as_an_update(night: Night) -> None:
    night.at(0).fires(1, severity="extreme").at(3).fires(1, severity="severe").at(4)

    assert "3 An update #1001 sms" in night.between(1, 4)


def test_somebody_who_stands_in_is_told_and_the_other_is_left_alone(night: Night) -> None:
    with night.office.store.writing() as session:
        rota.set_contact(session, "Dũng", {"sms": "+84900000004"}, by="Admin", now=NOON)
        rota.change(session, Change("officer", "Dũng", NOON, NOON + HOUR, "An"), "Admin", NOON)
    night.at(0).fires(1).at(90).fires(2).at(91)

    assert night.between(0, 1) == ["0 Dũng alert #1001 sms"]
    assert "90 An alert #1002 sms,zalo" in night.between(90, 91)


def test_who_comes_on_duty_is_told_of_what_nobody_has_accepted(night: Night) -> None:
    with night.office.store.writing() as session:
        rota.set_contact(session, "Dũng", {"sms": "+84900000004"}, by="Admin", now=NOON)
        rota.change(session, Change("officer", "Dũng", NOON + 15 * MINUTE, NOON + HOUR, "An"), "Admin", NOON)
    night.at(0).fires(1).at(25)

    assert "15 Dũng alert #1001 sms" in night.between(15, 25)


def test_a_person_who_has_left_is_paged_by_nothing_again(night: Night) -> None:
    night.at(0).fires(1)
    with night.office.store.writing() as session:
        left = rota.leave(session, "Bình", "Admin", night.now)
    night.at(60)

    assert [one.duty for one in left] == ["lead"]
    assert not [one for one in night.between(0, 60) if "Bình" in one]
    assert "20 Chi escalated #1001 sms" in night.between(0, 60)
    with night.office.store.reading() as session:
        known = rota.rota(session, night.now)
        assert known.gaps("lead", night.now, night.now + HOUR)
        people = rota.people(session, night.routing.file.channels)
        assert rota.unreachable(known, people, list(night.routing.file.duties), night.now) == ["lead"]


def test_a_step_without_anybody_is_on_record_for_the_screens(night: Night) -> None:
    with night.office.store.writing() as session:
        rota.leave(session, "Bình", "Admin", night.now)
    night.at(0).fires(1).at(11)

    with night.office.store.reading() as session:
        run = session.get(RunRow, alert_name(1))
        assert run is not None
        assert run.empty == "1"


def test_what_is_put_off_is_told_again_when_its_time_comes(night: Night) -> None:
    night.at(0).fires(1).at(5).accepts(1, "An")
    with night.office.store.writing() as session:
        snooze(session, alert_name(1), Asked("An", night.now), night.now + 15 * MINUTE)
    night.at(120)

    assert night.between(6, 19) == []
    assert night.between(19, 120)


def test_alerts_of_one_group_come_in_one_message_and_the_next_ones_after_its_interval(night: Night) -> None:
    night.at(0).fires(1, 2, 3, rule="link-down").at(2).fires(4, rule="link-down").at(15)

    mine = [one for one in night.between(0, 15) if " An " in one]
    assert mine == ["0.5 An group #1001 sms,zalo", "10.5 An alert #1004 sms,zalo"]
    groups = [message for _, message in night.notices() if message.occasion == "group"]
    assert groups[0].tally is not None
    assert (groups[0].tally.alerts, groups[0].tally.numbers) == (3, ("#1001", "#1002", "#1003"))


def test_what_was_accepted_while_it_waited_for_its_group_is_not_told(night: Night) -> None:
    night.at(0).fires(1, rule="link-down").at(0.2).accepts(1, "An").at(5)

    assert night.between(0, 5) == []


def test_a_notice_that_waits_for_a_dead_channel_is_superseded_by_the_end(night: Night) -> None:
    """An hour without a signal, and then the modem comes back: nobody gets a page for what is over."""
    night.at(0).fires(1).at(30).ends(1)

    with night.office.store.writing() as session:
        leased = outbox.lease(session, "sms", "desk-1", night.now, 10)
    said = {row.id: message.occasion for row, message in night.notices()}
    assert [said[one.id] for one in leased] == ["ended", "ended", "ended"]


def test_a_notice_that_waits_is_superseded_by_an_acceptance(night: Night) -> None:
    night.at(0).fires(1).at(1).accepts(1, "Bình")

    with night.office.store.writing() as session:
        assert outbox.lease(session, "sms", "desk-1", night.now, 10) == []
    assert {row.state for row, _ in night.notices() if row.channel == "sms"} == {"superseded"}


def test_an_extreme_overtakes_400_waiting_minors(night: Night) -> None:
    night.at(0)
    for nth in range(400):
        night.fires(nth + 10, severity="moderate", rule=f"moderate-{nth}")
    night.fires(1, severity="extreme")

    with night.office.store.writing() as session:
        (first,) = outbox.lease(session, "sms", "desk-1", night.now, 1)
    assert first.key.startswith(alert_name(1))


def test_a_number_that_does_not_answer_holds_back_no_other_person(night: Night) -> None:
    night.at(0).fires(1)
    with night.office.store.writing() as session:
        (stuck,) = outbox.lease(session, "sms", "desk-1", night.now, 10)
        outbox.record_failed(session, stuck, "desk-1", night.now, error="x", asked_ms=3_600_000)
    night.at(11)

    with night.office.store.writing() as session:
        (other,) = outbox.lease(session, "sms", "desk-1", night.now, 10)
    assert other.address == "+84900000002"


def test_every_message_keeps_one_key_in_its_channel_and_names_its_recipient(night: Night) -> None:
    night.at(0).fires(1).at(60)
    rows: list[NoticeRow] = [row for row, _ in night.notices()]

    assert len({(row.channel, row.key) for row in rows}) == len(rows)
    assert {row.recipient for row in rows} == {"An", "Bình", "Chi"}
    assert {row.address for row in rows if row.channel == "sms"} == {f"+8490000000{nth}" for nth in (1, 2, 3)}


def test_a_stand_in_for_somebody_who_is_not_on_duty_is_refused(night: Night) -> None:
    with (
        pytest.raises(Permanent, match="rota_not_on_duty"),
        night.office.store.writing() as session,
    ):
        rota.change(session, Change("officer", "Dũng", NOON, NOON + HOUR, "Chi"), "Admin", NOON)


def test_a_drill_is_told_as_a_drill_and_a_rule_on_trial_is_told_to_nobody(night: Night) -> None:
    night.at(0).fires(1, drill=True).fires(2, shadow=True).at(1)

    (drill,) = {message.number for _, message in night.notices()}
    assert drill == "#D001"
    assert all(message.drill for _, message in night.notices())
