from __future__ import annotations

import pytest
from sqlalchemy import select

from ioc.alerts.alert import encode
from ioc.desk import audit, board
from ioc.desk.acts.accept import accept
from ioc.desk.acts.act import Asked
from ioc.desk.acts.close import note_ended
from ioc.desk.board import Matter
from ioc.desk.inbox import Overtaken
from ioc.desk.tables import NoticeRow, RefusedRow
from ioc.replay import NOTIFY, name_of
from tests.desk.made import LOG, Office, Record, alert_name, chunk, ended, records, transition, utc


def matters(office: Office) -> list[Matter]:
    with office.store.reading() as session:
        return sorted(board.snapshot(session).matters, key=lambda m: m.order)


def notice_keys(office: Office) -> list[str]:
    with office.store.reading() as session:
        return list(session.scalars(select(NoticeRow.key).order_by(NoticeRow.id)))


def test_an_alert_gets_its_short_number_at_first_store_and_keeps_it(office: Office) -> None:
    office.receive(transition(1), transition(2), transition(1, 2, severity="extreme"))

    assert [(m.label, m.transition.severity) for m in matters(office)] == [("1001", "extreme"), ("1002", "severe")]


def test_drills_are_numbered_apart_and_say_so(office: Office) -> None:
    office.receive(transition(1, drill=True), transition(2), transition(3, drill=True))

    assert sorted(m.label for m in matters(office)) == ["1001", "D001", "D002"]


def test_a_revision_that_is_not_greater_changes_nothing(office: Office) -> None:
    office.receive(transition(1, 3, severity="extreme"))

    applied = office.receive(transition(1, 2, severity="minor"), transition(1, 3, severity="minor"))

    assert (applied.transitions, applied.notices, applied.change) == (0, 0, 0)
    assert matters(office)[0].transition.severity == "extreme"


def test_each_applied_transition_leaves_one_notice_with_its_key(office: Office) -> None:
    office.receive(transition(1), transition(1, 2), ended(1, 3))

    assert notice_keys(office) == [f"{alert_name(1)}:{revision}" for revision in (1, 2, 3)]


def test_a_replayed_alert_is_stored_and_leaves_by_no_channel(office: Office) -> None:
    office.receive(transition(1, replay="station-2021"), ended(1, 2, replay="station-2021"))

    assert [m.transition.replay for m in matters(office)] == ["station-2021"]
    assert notice_keys(office) == []


def test_a_replay_that_may_notify_leaves_like_any_other(office: Office) -> None:
    loud = name_of(utc("2026-05-14"), utc("2026-05-15"), "1a2b3c4d", notify=True)
    office.receive(transition(1, replay=loud), transition(2, replay=loud.removesuffix(NOTIFY)))

    assert notice_keys(office) == [f"{alert_name(1)}:1"]


def test_a_desk_that_was_overtaken_changes_nothing(office: Office) -> None:
    with office.twin() as zombie:
        office.receive(transition(1))

        with pytest.raises(Overtaken):
            zombie.receive(transition(1, severity="minor"), transition(2))

    assert [m.transition.severity for m in matters(office)] == ["severe"]
    assert len(notice_keys(office)) == 1


def test_a_desk_reads_on_where_the_last_one_stopped(office: Office) -> None:
    office.receive(transition(1), transition(2))

    with office.twin() as again:
        assert again.at == {0: 2, 1: 0, 2: 0, 3: 0}


@pytest.mark.parametrize(("cluster", "topic"), [("cluster-b", LOG), ("cluster-a", "20" * 16)])
def test_another_log_is_read_from_its_start_and_what_is_known_stays(office: Office, cluster: str, topic: str) -> None:
    office.receive(transition(1), transition(2))

    office.begin(cluster, topic)
    again = chunk(records(transition(1), transition(2), transition(3)), cluster_id=cluster, topic_id=topic)
    applied = office.apply(again)

    assert (office.at[0], applied.transitions) == (3, 1)
    assert [m.label for m in matters(office)] == ["1001", "1002", "1003"]


def test_a_chunk_is_stored_whole_or_not_at_all(office: Office) -> None:
    class PowerCutError(Exception):
        pass

    def apply_and_lose_power() -> None:
        with office.store.writing() as session:
            office.inbox.apply(session, chunk(records(transition(1), transition(2))), 0, 0)
            raise PowerCutError

    with pytest.raises(PowerCutError):
        apply_and_lose_power()

    assert matters(office) == []
    assert office.receive(transition(1)).transitions == 1


GOOD = encode(transition(9))
BROKEN = {
    "noise": b"\xff\x00\x9f",
    "no value": None,
    "an empty object": b"{}",
    "a number too large for any clock": GOOD.replace(b'"opened_at":1795', b'"opened_at":9991795'),
    "a latitude of 200 degrees": encode(transition(9, lat=200.0)),
    "an unknown severity": GOOD.replace(b'"severe"', b'"terrible"'),
    "a hundred thousand brackets": b"[" * 100_000,
}


@pytest.mark.parametrize("value", BROKEN.values(), ids=BROKEN.keys())
def test_a_record_that_cannot_be_read_is_kept_aside_and_its_neighbours_applied(
    office: Office, value: bytes | None
) -> None:
    first, last = records(transition(1)), records(transition(2), start=2)

    applied = office.apply(chunk([*first, Record(1, value), *last]))

    assert (applied.transitions, applied.refused) == (2, 1)
    with office.store.reading() as session:
        kept = session.scalars(select(RefusedRow)).one()
        assert (kept.partition, kept.offset, len(kept.excerpt) <= 200, kept.reason != "") == (0, 1, True, True)


def test_offsets_that_retention_took_leave_a_line_of_audit(office: Office) -> None:
    office.receive(transition(1))
    office.apply(chunk(records(transition(2), start=500), lost=499))

    with office.store.reading() as session:
        line = next(audit.lines(session, "ioc.alerts/0"))
    assert (line.action, line.details["count"]) == ("log_lost", 499)


def test_an_alert_that_began_and_ended_unseen_stays_until_somebody_has_seen_it(office: Office) -> None:
    office.receive(transition(1), ended(1, 2))
    assert [m.state for m in matters(office)] == ["ended"]

    with office.store.writing() as session:
        assert note_ended(session, [alert_name(1)], "Nguyễn Văn An", 5) == 1

    assert matters(office) == []


def test_what_people_did_outlives_later_transitions(office: Office) -> None:
    office.receive(transition(1))
    with office.store.writing() as session:
        accept(session, alert_name(1), Asked("Nguyễn Văn An", 5))

    office.receive(transition(1, 2, change="lowered", severity="moderate"))

    (matter,) = matters(office)
    assert (matter.state, matter.accepted_by, matter.transition.severity) == ("owned", "Nguyễn Văn An", "moderate")


def test_the_list_puts_worst_waiting_first_then_owned_then_ended_then_replays(office: Office) -> None:
    office.receive(
        transition(1, severity="minor"),
        transition(2, severity="severe", opened_at=2),
        transition(3, severity="extreme", replay="old"),
        transition(4, severity="extreme"),
        transition(5, severity="severe", opened_at=1),
        transition(6, severity="extreme"),
        transition(7),
        ended(7, 2),
    )
    with office.store.writing() as session:
        accept(session, alert_name(6), Asked("Lê Thị Bình", 5))

    assert [m.alert_id for m in matters(office)] == [alert_name(n) for n in (4, 5, 2, 1, 6, 7, 3)]


def test_changes_after_a_number_tell_also_what_left_the_board(office: Office) -> None:
    office.receive(transition(1), transition(2))
    with office.store.reading() as session:
        known = board.snapshot(session).change
    office.receive(ended(1, 2))
    with office.store.writing() as session:
        note_ended(session, [alert_name(1)], "Lê Thị Bình", 5)

    with office.store.reading() as session:
        news = board.changes(session, known)
        none = board.changes(session, news.change)

    assert [(m.alert_id, m.state) for m in news.matters] == [(alert_name(1), "closed")]
    assert none.matters == []
