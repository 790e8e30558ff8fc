"""Answers by SMS: who may, what they do, and what comes back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ioc.alerts.message import decode
from ioc.alerts.rota import Shift
from ioc.desk import outbox, rota
from ioc.desk.board import find
from ioc.desk.replies import Taken, take_reply
from ioc.desk.tables import AlertRow, NoticeRow
from ioc.desk.tables_duty import WantRow
from ioc.ports import Receipt, Report, Said
from tests.desk.made import MINUTE, NOON, Office, alert_name, transition

SMS = "sms"
AN, BINH = "+84912000001", "+84912000002"


@pytest.fixture
def field(office: Office) -> Office:
    """An and Bình can answer; alert 1001 is on."""
    with office.store.writing() as session:
        for name, number in (("Nguyễn An", AN), ("Trần Bình", BINH)):
            rota.set_contact(session, name, {SMS: number}, by="Trưởng ca", now=NOON)
    office.receive(transition(1))
    return office


def answer(office: Office, sender: str, text: str, key: str = "a" * 32) -> Taken:
    with office.store.writing() as session:
        return take_reply(session, SMS, Said(sender, text, key), office.clock.ms)


def number(office: Office) -> str:
    with office.store.reading() as session:
        row = session.get(AlertRow, alert_name(1))
        assert row is not None
        return f"D{row.number:03}" if row.drill else str(row.number)


def alert(office: Office) -> AlertRow:
    with office.store.reading() as session:
        row = session.get(AlertRow, alert_name(1))
        assert row is not None
        session.expunge(row)
        return row


def said_back(office: Office) -> list[str]:
    with office.store.reading() as session:
        rows = session.scalars(select(NoticeRow).where(NoticeRow.channel == SMS).order_by(NoticeRow.id))
        return [f"{row.recipient}: {decode(row.body).subject['vi']}" for row in rows]


@pytest.mark.parametrize("form", ["1 {}", "1 #{}", " 1  {} ", "1.{}", "1 {} đang lên", "1: {}"])
def test_one_and_the_number_accepts_for_whoever_has_the_telephone(field: Office, form: str) -> None:
    label = number(field)
    assert answer(field, AN, form.format(label)).outcome == "accepted"
    assert (alert(field).people, alert(field).accepted_by) == ("accepted", "Nguyễn An")
    assert said_back(field) == [f"Nguyễn An: đã ghi nhận: bạn tiếp nhận #{label} lúc 12:30"]


def test_a_number_as_the_network_writes_it_is_the_same_telephone(field: Office) -> None:
    assert answer(field, "0912000001", f"1 {number(field)}").person == "Nguyễn An"


def test_a_stranger_changes_nothing_and_hears_nothing(field: Office) -> None:
    assert answer(field, "+84999999999", f"1 {number(field)}").outcome == "stranger"
    assert answer(field, "Viettel", f"1 {number(field)}").outcome == "stranger"
    assert alert(field).people == "unaccepted"
    assert said_back(field) == []


@pytest.mark.parametrize("form", ["0912000001", "912000001", "84912000001", "0084912000001", "+84 912-000-001"])
def test_every_form_in_which_a_network_writes_a_number_of_ours_is_his(field: Office, form: str) -> None:
    assert answer(field, form, f"1 {number(field)}").person == "Nguyễn An"


@pytest.mark.parametrize("form", ["+1912000001", "+85912000001", "1912000001", "+840912000001", "+84+912000001", "0"])
def test_a_foreign_number_with_the_same_end_is_a_stranger(field: Office, form: str) -> None:
    assert answer(field, form, f"9 {number(field)}").outcome == "stranger"
    assert alert(field).verification == "unverified"


def test_who_has_left_speaks_for_nobody(field: Office) -> None:
    with field.store.writing() as session:
        rota.leave(session, "Nguyễn An", "Trưởng ca", NOON)
    assert answer(field, AN, f"9 {number(field)}").outcome == "stranger"
    assert said_back(field) == []


@pytest.mark.parametrize("on_duty", ["Nguyễn An", "Trực ban"])
def test_a_telephone_that_two_names_share_speaks_for_the_one_on_duty(field: Office, on_duty: str) -> None:
    with field.store.writing() as session:
        rota.set_contact(session, "Trực ban", {SMS: AN}, by="Trưởng ca", now=NOON)
        rota.add_shift(session, Shift("officer", on_duty, NOON - MINUTE, NOON + MINUTE), "Trưởng ca", NOON)
    assert answer(field, AN, f"1 {number(field)}").person == on_duty


def test_an_extreme_alert_is_a_false_alarm_by_sms_only_from_whoever_was_told_of_it(field: Office) -> None:
    field.receive(transition(1, 2, severity="extreme"))
    label = number(field)
    assert answer(field, AN, f"9 {label} nhầm").outcome == "refused"
    assert alert(field).verification == "unverified"
    assert said_back(field) == [f"Nguyễn An: #{label} ở mức cao nhất: chỉ người đã được báo mới báo nhầm bằng tin nhắn"]
    with field.store.writing() as session:
        session.add(
            WantRow(
                alert_id=alert_name(1), person="Nguyễn An", channels=SMS, occasion="alert", step=0, run=NOON,
                severity=4, at=NOON, alone=True, grouped="", wait=0, every=0, happening="", state="told", message=1,
            )
        )  # fmt: skip
    assert answer(field, BINH, f"9 {label} nhầm", "b" * 32).outcome == "refused"
    assert answer(field, AN, f"9 {label} nhầm", "c" * 32).outcome == "false_alarm"


def test_whoever_comes_second_hears_who_was_first(field: Office) -> None:
    label = number(field)
    answer(field, AN, f"1 {label}")
    field.clock.ms += MINUTE
    assert answer(field, BINH, f"1 {label}", "b" * 32).outcome == "second"
    assert said_back(field)[-1] == f"Trần Bình: #{label} đã có Nguyễn An tiếp nhận lúc 12:30"


def test_nine_says_false_alarm_with_the_words_behind_it(field: Office) -> None:
    assert answer(field, AN, f"9 {number(field)} đốt rác có phép").outcome == "false_alarm"
    assert (alert(field).verification, alert(field).verified_by) == ("false", "Nguyễn An")


def test_the_same_answer_given_again_changes_nothing_and_is_answered_once(field: Office) -> None:
    label = number(field)
    for _ in range(3):
        answer(field, AN, f"1 {label}")
    assert len(said_back(field)) == 1
    with field.store.reading() as session:
        found = find(session, label)
        assert found is not None
        assert [line.action for line in found.acts].count("accept") == 1


@pytest.mark.parametrize("text", ["", "ok", "1", "2 1001", "11001", "1 abc", "1" * 400, "1 99999999999", "\x00"])
def test_what_cannot_be_read_is_told_how_to_write_it(field: Office, text: str) -> None:
    assert answer(field, AN, text).outcome == "unread"
    assert "ví dụ 1 4821" in said_back(field)[0]


def test_a_machine_that_answers_every_answer_is_answered_once_in_ten_minutes(field: Office) -> None:
    for nth in range(10):
        assert answer(field, AN, "Tôi đang họp, sẽ gọi lại.", f"{nth:032x}").outcome == "unread"
        field.clock.ms += MINUTE
    answer(field, BINH, "ok", "b" * 32)
    assert [line.partition(":")[0] for line in said_back(field)] == ["Nguyễn An", "Trần Bình"]
    assert answer(field, AN, f"1 {number(field)}", "c" * 32).outcome == "accepted"
    answer(field, AN, "ok", "d" * 32)
    assert len(said_back(field)) == 4, "what was understood is answered at once, and the next riddle after ten minutes"


def test_an_alert_that_is_none_is_named(field: Office) -> None:
    assert answer(field, AN, "1 999999").outcome == "unknown_alert"


def test_a_drill_of_another_day_takes_no_answer(office: Office) -> None:
    with office.store.writing() as session:
        rota.set_contact(session, "Nguyễn An", {SMS: AN}, by="Trưởng ca", now=NOON)
    office.receive(transition(1, drill=True))
    label = number(office)
    office.clock.ms += 12 * 60 * MINUTE
    assert answer(office, AN, f"1 {label}").outcome == "old_drill"
    assert alert(office).people == "unaccepted"
    office.clock.ms -= 6 * 60 * MINUTE
    assert answer(office, AN, f"1 {label}", "b" * 32).outcome == "accepted"


def test_the_card_says_who_was_told_and_when_it_reached_the_device(field: Office) -> None:
    label = number(field)
    with field.store.writing() as session:
        session.add(
            NoticeRow(
                channel=SMS, key="k:1", alert_id=alert_name(1), severity=3, body=b"{}", state="waiting", attempts=0,
                created_at=NOON, next_at=NOON, lease_until=0, recipient="Nguyễn An", address=AN, asks=True,
            )
        )  # fmt: skip
    with field.store.writing() as session:
        (leased,) = outbox.lease(session, SMS, "me", NOON, 1)
        outbox.record_sent(session, leased, "me", NOON + 1_000, Receipt("912000001/7"))
        assert outbox.record_report(session, SMS, Report("912000001/7", delivered=True), NOON + 4_000)
    with field.store.reading() as session:
        found = find(session, label)
        assert found is not None
        (told,) = [one for one in found.told if one.channel == SMS]
    assert (told.recipient, told.sent_at, told.delivered_at) == ("Nguyễn An", NOON + 1_000, NOON + 4_000)
