"""One alert, or one person, whose telling breaks holds back no other, and refuses no record."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import func, select, update

from ioc.desk import messages
from ioc.desk.tables import AlertRow, RefusedRow
from ioc.desk.tables_duty import RunRow
from tests.desk.made import MINUTE, Office, alert_name, transition
from tests.desk.night import Night

FAILS = "failed and is tried again"


@pytest.fixture
def night(office: Office) -> Night:
    return Night(office)


def spoil(night: Night, nth: int, body: bytes) -> bytes:
    """Put another body into the row of an alert whose chain is due; gives the one before."""
    with night.office.store.writing() as session:
        before = session.scalars(select(AlertRow.body).where(AlertRow.alert_id == alert_name(nth))).one()
        session.execute(update(AlertRow).where(AlertRow.alert_id == alert_name(nth)).values(body=body))
    return before


def test_an_alert_that_breaks_holds_back_no_other_and_is_tried_again(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    night.at(0).fires(1)
    whole = spoil(night, 1, b"{")
    night.at(10).fires(2)

    assert "10 An alert #1002 sms,zalo" in night.between(10, 11)
    assert FAILS in caplog.text
    with night.office.store.reading() as session:
        assert session.get_one(RunRow, alert_name(1)).due_at == night.now + MINUTE
        assert session.scalar(select(func.count()).select_from(RefusedRow)) == 0
    spoil(night, 1, whole)
    assert "11 Bình escalated #1001 sms" in night.at(12).between(11, 12)


def test_an_alert_that_cannot_be_taken_up_holds_back_no_other(night: Night) -> None:
    night.at(0).fires(1).at(1)
    spoil(night, 1, b"{")
    with night.office.store.writing() as session:
        session.execute(update(AlertRow).values(changed=10_000))
    night.fires(2).at(2)

    assert "1 An alert #1002 sms,zalo" in night.between(1, 2)


def test_a_person_whose_message_breaks_holds_back_no_other(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = messages.enqueue

    def broken(*given: object, **named: object) -> None:
        if getattr(given[1], "name", "") == "An":
            raise ValueError("no such letter")
        whole(*given, **named)  # type: ignore[arg-type]  # passed on as they came

    night.at(0)
    monkeypatch.setattr(messages, "enqueue", broken)
    night.fires(1).at(11)
    assert night.between(0, 11) == ["10 Bình escalated #1001 sms"]
    monkeypatch.setattr(messages, "enqueue", whole)
    night.at(12.5)
    assert [one.split()[1:3] for one in night.between(11, 12.5)] == [["An", "alert"]]


def test_telling_that_fails_as_a_whole_refuses_no_record(night: Night, caplog: pytest.LogCaptureFixture) -> None:
    night.at(0)
    broken = type("Broken", (), {"run": lambda *_: 1 // 0})()
    night.office.inbox = type(night.office.inbox)(night.office.inbox.boundaries, (), teller=broken)

    applied = night.office.receive(transition(1))

    assert (applied.transitions, applied.refused) == (1, 0)
    assert "ZeroDivisionError" in caplog.text
    assert caplog.records[-1].levelno == logging.ERROR
    assert night.at(1).between(0, 1) == ["0 An alert #1001 sms,zalo"]
