from __future__ import annotations

import itertools

import pytest
from sqlalchemy import Dialect, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from ioc.desk import outbox
from ioc.desk.outbox import LEASE_MS, Leased, wait_ms
from ioc.desk.tables import Base, NoticeRow
from ioc.ports import Receipt
from tests.desk.made import MINUTE, NOON, WEBHOOK, Office, alert_name, ended, transition


def lease(office: Office, owner: str = "desk-1", limit: int = 10, now: int = NOON) -> list[Leased]:
    with office.store.writing() as session:
        return outbox.lease(session, WEBHOOK, owner, now, limit)


def keys(leased: list[Leased]) -> list[str]:
    return [notice.key for notice in leased]


def test_the_worst_goes_first_then_the_oldest(office: Office) -> None:
    office.receive(
        transition(1, severity="minor"),
        transition(2, severity="severe"),
        transition(3, severity="extreme"),
        transition(4, severity="severe"),
    )

    assert keys(lease(office)) == [f"{alert_name(n)}:1" for n in (3, 2, 4, 1)]


def test_notices_of_one_alert_leave_one_after_the_other(office: Office) -> None:
    office.receive(transition(1), transition(1, 2, severity="extreme"), ended(1, 3))

    sent = []
    while taken := lease(office):
        sent += keys(taken)
        with office.store.writing() as session:
            for notice in taken:
                outbox.record_sent(session, notice, "desk-1", NOON)

    assert sent == [f"{alert_name(1)}:{revision}" for revision in (1, 2, 3)]


def test_what_one_desk_leased_another_does_not_get_until_the_lease_ends(office: Office) -> None:
    office.receive(transition(1))
    assert keys(lease(office, "desk-1")) == [f"{alert_name(1)}:1"]

    assert lease(office, "desk-2", now=NOON + LEASE_MS - 1) == []
    assert keys(lease(office, "desk-2", now=NOON + LEASE_MS)) == [f"{alert_name(1)}:1"]


def test_the_outcome_of_a_lease_that_was_taken_over_is_not_written(office: Office) -> None:
    office.receive(transition(1))
    (notice,) = lease(office, "desk-1")
    lease(office, "desk-2", now=NOON + LEASE_MS)

    with office.store.writing() as session:
        outbox.record_refused(session, notice, "desk-1", "webhook_refused")

    with office.store.reading() as session:
        assert outbox.health(session, WEBHOOK, 0).waiting == 1


def test_a_failed_notice_waits_and_holds_back_its_alert_but_no_other(office: Office) -> None:
    office.receive(transition(1), ended(1, 2), transition(2))
    first = next(n for n in lease(office) if n.key == f"{alert_name(1)}:1")
    with office.store.writing() as session:
        due = outbox.record_failed(session, first, "desk-1", NOON, error="webhook_status", asked_ms=0)
        outbox.release(session, "desk-1")

    assert keys(lease(office, now=NOON + 1)) == [f"{alert_name(2)}:1"]
    assert keys(lease(office, now=due)) == [f"{alert_name(1)}:1"]


def test_what_failed_before_lets_what_was_never_tried_go_first(office: Office) -> None:
    office.receive(transition(1), transition(2), transition(3))
    first, second = lease(office, limit=2)
    with office.store.writing() as session:
        for notice in (first, second):
            outbox.record_failed(session, notice, "desk-1", NOON, error="sms_gateway_status", asked_ms=0)

    assert keys(lease(office, limit=1, now=NOON + MINUTE)) == [f"{alert_name(3)}:1"]


def test_a_refused_notice_lets_the_all_clear_out(office: Office) -> None:
    office.receive(transition(1), ended(1, 2))
    (notice,) = lease(office)
    with office.store.writing() as session:
        outbox.record_refused(session, notice, "desk-1", "webhook_refused")

    assert keys(lease(office)) == [f"{alert_name(1)}:2"]


def test_a_reference_that_no_database_can_keep_does_not_send_the_message_again(office: Office) -> None:
    office.receive(transition(1))
    (notice,) = lease(office)
    with office.store.writing() as session:
        outbox.record_sent(session, notice, "desk-1", NOON, Receipt("m\x007"))

    with office.store.reading() as session:
        assert session.scalars(select(NoticeRow.reference)).all() == ["m7"]


def test_waits_double_from_one_second_to_five_minutes_and_never_shrink() -> None:
    waits = [wait_ms("key", attempts) for attempts in range(1, 15)]

    assert 800 <= waits[0] <= 1000
    assert all(a < b for a, b in itertools.pairwise(waits[:8]))
    assert all(240_000 <= wait <= 300_000 for wait in waits[9:])


@pytest.mark.parametrize(
    ("asked_s", "least_s", "most_s"),
    [(0, 0.8, 1), (120, 120, 120), (999_999, 3600, 3600)],
    ids=["nothing asked", "two minutes asked", "days asked: an hour at most"],
)
def test_a_receiver_that_says_when_is_believed_within_reason(asked_s: int, least_s: float, most_s: float) -> None:
    assert least_s * 1000 <= wait_ms("key", 1, asked_s * 1000) <= most_s * 1000


def test_next_due_looks_past_what_must_wait_for_its_alert(office: Office) -> None:
    office.receive(transition(1), ended(1, 2))
    (notice,) = lease(office)
    with office.store.writing() as session:
        due = outbox.record_failed(session, notice, "desk-1", NOON, error="webhook_status", asked_ms=0)

    with office.store.reading() as session:
        assert outbox.next_due(session, WEBHOOK) == due, "the second notice of the alert would be due now"


def test_health_says_what_waits_since_when_and_why(office: Office) -> None:
    office.receive(transition(1), transition(2), transition(3))
    first, second, third = lease(office)
    with office.store.writing() as session:
        outbox.record_sent(session, first, "desk-1", NOON + 5)
        outbox.record_refused(session, second, "desk-1", "webhook_refused")
        outbox.record_failed(session, third, "desk-1", NOON, error="webhook_status", asked_ms=0)

    with office.store.reading() as session:
        found = outbox.health(session, WEBHOOK, 0)

    assert found == outbox.Health(
        waiting=1, oldest=NOON, failing=1, refused=1, error="webhook_status", last_sent=NOON + 5
    )


def test_tables_and_leases_are_sql_that_postgresql_speaks() -> None:
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it so
    for table in Base.metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))

    statement = str(outbox.due(WEBHOOK, NOON, 5).compile(dialect=dialect))

    assert "FOR UPDATE SKIP LOCKED" in statement
    assert NoticeRow.__tablename__ in statement
