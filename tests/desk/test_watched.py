"""A beat of `ioc watch` is answered once, and is nobody's alert."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from ioc.alerts.alert import Transition
from ioc.desk import board, watched
from ioc.desk.tables import AlertRow, NoticeRow
from tests.desk.made import MINUTE, NOON, Office, alert_name, transition


def answers(office: Office) -> list[dict[str, str]]:
    with office.store.reading() as session:
        rows = session.scalars(select(NoticeRow).where(NoticeRow.channel == watched.CHANNEL).order_by(NoticeRow.id))
        return [json.loads(row.body) for row in rows]


def watch(office: Office) -> None:
    """The office answers."""
    office.inbox = replace(office.inbox, watched=True)


def beat(revision: int, **given: Any) -> Transition:
    return transition(7, revision, rule="watch", emit="watch", **given)


def test_a_beat_is_answered_by_its_own_way_and_is_no_alert(office: Office) -> None:
    watch(office)

    office.receive(beat(1), transition(1), beat(2, status="resolved", change="cleared"))

    assert [one["at"] for one in answers(office)] == ["2026-11-21T05:30:00Z", "2026-11-21T05:31:00Z"]
    assert {one["format"] for one in answers(office)} == {"ioc.watch.v1"}
    with office.store.reading() as session:
        assert [row.alert_id for row in session.scalars(select(AlertRow))] == [alert_name(1)]
        assert [matter.label for matter in board.snapshot(session).matters] == ["1001"]
        others = select(NoticeRow.alert_id).where(NoticeRow.channel != watched.CHANNEL)
        assert session.scalars(others).all() == [alert_name(1)]


def test_where_nobody_watches_nothing_is_kept(office: Office) -> None:
    office.receive(beat(1))

    assert answers(office) == []


def test_a_log_that_is_read_again_answers_no_beat_twice_and_no_old_one(office: Office) -> None:
    watch(office)
    office.receive(beat(1))
    office.receive(beat(1))
    office.clock.ms += watched.FRESH_MS
    office.receive(beat(2, at=NOON))

    assert len(answers(office)) == 1


def test_answers_do_not_pile_up_while_the_watcher_is_away(office: Office) -> None:
    watch(office)
    for revision in range(1, 40):
        office.clock.ms = NOON + (revision - 1) * MINUTE
        office.receive(beat(revision))

    assert len(answers(office)) <= watched.FRESH_MS // MINUTE + 1
    assert answers(office)[-1]["at"] == "2026-11-21T06:08:00Z"


def test_who_sends_answers_is_woken(office: Office) -> None:
    watch(office)

    assert office.receive(beat(1)).notices == 1
