from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update

from ioc.desk import audit, board
from ioc.desk.acts.accept import accept
from ioc.desk.acts.act import Asked, Done, person
from ioc.desk.acts.close import note_ended
from ioc.desk.tables import AuditRow
from ioc.errors import Permanent
from tests.desk.made import NOON, Office, alert_name, ended, transition
from tests.desk.stores import schema_of, unguard

AN, BINH = "Nguyễn Văn An", "Lê Thị Bình"


def accepts(office: Office, name: str, at: int = NOON, nth: int = 1) -> Done:
    with office.store.writing() as session:
        return accept(session, alert_name(nth), Asked(name, at))


def acts(office: Office, nth: int = 1) -> list[tuple[str, str]]:
    with office.store.reading() as session:
        return [(line.actor, line.action) for line in audit.lines(session, alert_name(nth))]


def test_who_accepts_first_owns_it_and_the_second_is_told_who(office: Office) -> None:
    office.receive(transition(1))

    first = accepts(office, AN, NOON)
    second = accepts(office, BINH, NOON + 5)

    assert (first.by, first.first) == (AN, True)
    assert (second.by, second.at, second.first) == (AN, NOON, False)
    assert acts(office) == [(AN, "accept")]


def test_accepting_twice_is_accepting_once(office: Office) -> None:
    office.receive(transition(1))
    accepts(office, AN)

    again = accepts(office, AN, NOON + 5)

    assert (again.by, again.at, again.first) == (AN, NOON, True)
    assert acts(office) == [(AN, "accept")]


def test_two_who_accept_in_the_same_moment_get_one_owner(office: Office) -> None:
    office.receive(transition(1))
    gate = threading.Barrier(8)
    answers: list[Done] = []

    def press(nth: int) -> None:
        gate.wait()
        answers.append(accepts(office, f"Trực ban {chr(65 + nth)}"))

    threads = [threading.Thread(target=press, args=(nth,)) for nth in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({answer.by for answer in answers}) == 1
    assert [answer.first for answer in answers].count(True) == 1
    assert len(acts(office)) == 1


def test_an_alert_that_grew_worse_than_what_was_accepted_waits_again(office: Office) -> None:
    office.receive(transition(1, severity="moderate"))
    accepts(office, AN)
    office.receive(transition(1, 2, severity="extreme"))
    with office.store.reading() as session:
        (matter,) = board.snapshot(session).matters
    assert (matter.state, matter.raised, matter.accepted_by) == ("waiting", True, AN)

    again = accepts(office, BINH, NOON + 5)

    assert (again.by, again.first) == (BINH, True)
    assert acts(office) == [(AN, "accept"), ("desk", "asks_again"), (BINH, "accept")]


def test_an_ended_alert_is_not_accepted_but_seen(office: Office) -> None:
    office.receive(transition(1), ended(1, 2))

    with pytest.raises(Permanent) as error:
        accepts(office, AN)
    with office.store.writing() as session:
        noted = [note_ended(session, [alert_name(1)], AN, NOON) for _ in range(2)]

    assert error.value.code == "alert_ended"
    assert noted == [1, 0]
    assert acts(office) == [(AN, "note_ended")]


def test_an_alert_that_is_on_cannot_be_put_away_as_seen(office: Office) -> None:
    office.receive(transition(1))

    with office.store.writing() as session:
        assert note_ended(session, [alert_name(1)], AN, NOON) == 0


def test_nobody_accepts_what_does_not_exist(office: Office) -> None:
    with pytest.raises(Permanent) as error:
        accepts(office, AN, nth=7)
    assert error.value.code == "alert_unknown"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Nguyễn   Văn An ", "Nguyễn Văn An"),
        ("Nguye\u0302\u0303n An", "Nguyễn An"),
        ("An\u202enA", "An\ufffdnA"),
        ("a" * 200, "a" * 60),
        ("<b>An</b>", "<b>An</b>"),
    ],
    ids=["blanks", "decomposed letters", "text direction turned", "very long", "markup is text"],
)
def test_names_are_kept_plain(given: str, kept: str) -> None:
    assert person(given) == kept


@pytest.mark.parametrize("given", ["", "  ", "A", "1234", "\u200b\u200b", "..."])
def test_a_name_that_names_nobody_is_asked_for_again(given: str) -> None:
    with pytest.raises(Permanent):
        person(given)


def three_acts(office: Office) -> None:
    office.receive(transition(1), transition(2), transition(3))
    for nth in (1, 2, 3):
        accepts(office, AN, nth=nth)


def test_the_audit_is_whole_after_its_acts(office: Office) -> None:
    three_acts(office)
    with office.store.reading() as session:
        assert audit.verify(session) is None


@pytest.mark.parametrize(
    ("crime", "found"),
    [
        (update(AuditRow).where(AuditRow.nth == 2).values(actor=BINH), 2),
        (update(AuditRow).where(AuditRow.nth == 2).values(details='{"number": 9}'), 2),
        (delete(AuditRow).where(AuditRow.nth == 2), 2),
        (delete(AuditRow).where(AuditRow.nth == 3), 3),
        (update(AuditRow).where(AuditRow.nth == 1).values(hash="0" * 64), 1),
    ],
    ids=["another actor", "other details", "a line taken out", "the last line taken out", "a seal forged"],
)
def test_the_audit_shows_what_was_done_to_it(office: Office, crime: object, found: int) -> None:
    three_acts(office)
    with office.store.writing() as session:
        unguard(session)
        session.execute(crime)  # type: ignore[call-overload]  # statements of two kinds
    with office.store.reading() as session:
        assert audit.verify(session) == found


@pytest.mark.parametrize("crime", [update(AuditRow).values(actor=BINH), delete(AuditRow)], ids=["change", "delete"])
def test_the_database_itself_refuses_to_change_the_audit(office: Office, crime: object) -> None:
    three_acts(office)
    with pytest.raises(Exception, match="audit lines are only added"), office.store.writing() as session:
        session.execute(crime)  # type: ignore[call-overload]  # statements of two kinds


@pytest.mark.services
def test_postgresql_refuses_to_empty_the_audit(postgres: str, tmp_path: Path) -> None:
    with schema_of(postgres) as url:
        office = Office(tmp_path, url=url)
        three_acts(office)
        with pytest.raises(Exception, match="audit lines are only added"), office.store.writing() as session:
            session.execute(text("TRUNCATE audit"))
        office.store.close()
