"""Close (Đóng): people are finished with an alert that has ended; reopen (Mở lại) makes whoever asks its owner."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ioc.desk import audit
from ioc.desk.acts.act import Asked, Done, begin, end, move, person, second, words
from ioc.desk.store import take
from ioc.desk.tables import AlertRow
from ioc.errors import Permanent

SLICE = 500
"""Ids in one IN list; SQLite's oldest limit on variables is 999."""


def close(session: Session, alert_id: str, asked: Asked, text: str = "") -> Done:
    """Close an alert that has ended; raises Permanent while it, or one that is merged into it, is on."""
    said = words(text, needed=False)
    row, asked, done = begin(session, alert_id, "close", asked)
    if done:
        return done
    if row.people == "closed":
        return second(row, "close", row.seen_by, row.seen_at, asked.who)
    state = move(session, row, "close", asked)
    still_on = session.scalar(
        select(AlertRow.number).where(AlertRow.merged_into == alert_id, AlertRow.status == "firing").limit(1)
    )
    if still_on is not None:
        raise Permanent("merged_on", number=still_on)
    row.seen_by, row.seen_at = asked.who, asked.now
    return end(session, row, "close", asked, state, text=said or None)


def reopen(session: Session, alert_id: str, asked: Asked, text: str = "") -> Done:
    """Take up again what was closed; a false alarm's label goes, and so does a merging."""
    said = words(text, needed=False)
    row, asked, done = begin(session, alert_id, "reopen", asked)
    if done:
        return done
    if row.people == "accepted" and row.accepted_by == asked.who:
        return second(row, "reopen", asked.who, row.accepted_at, asked.who)
    state = move(session, row, "reopen", asked)
    before = row.cause
    if row.verification == "false":
        row.verification, row.cause = "unverified", None
        row.verified_by = row.verified_at = row.verified_how = None
    row.seen_by = row.seen_at = row.merged_into = None
    row.handed_to = row.handed_unit = row.handed_by = row.handed_at = None
    row.accepted_by, row.accepted_at, row.accepted_severity = asked.who, asked.now, row.severity
    return end(session, row, "reopen", asked, state, text=said or None, cause_before=before)


def note_ended(session: Session, alert_ids: Iterable[str], name: str, now: int) -> int:
    """Close many that have ended (Đã xem); what is on, closed already or on trial is left alone. Gives their number."""
    who = person(name)
    change = noted = 0
    ordered = sorted(set(alert_ids))
    for start in range(0, len(ordered), SLICE):
        standing_for = select(AlertRow.merged_into).where(
            AlertRow.merged_into.is_not(None), AlertRow.status == "firing"
        )
        wanted = select(AlertRow.alert_id, AlertRow.number).where(
            AlertRow.alert_id.in_(ordered[start : start + SLICE]),
            AlertRow.alert_id.not_in(standing_for),
            AlertRow.status == "resolved",
            AlertRow.people != "closed",
            AlertRow.number > 0,
        )
        found = session.execute(wanted.with_for_update()).all()
        if not found:
            continue
        change = change or take(session, "change")
        for alert_id, number in found:
            line = audit.append(
                session, at=now, actor=who, action="note_ended", subject=alert_id, details={"number": number}
            )
            session.execute(
                update(AlertRow)
                .where(AlertRow.alert_id == alert_id)
                .values(
                    people="closed",
                    seen_by=who,
                    seen_at=now,
                    due_at=None,
                    overdue_at=None,
                    snoozed_until=None,
                    snoozed_by=None,
                    acted=line.nth,
                    changed=change,
                )
            )
        noted += len(found)
    return noted
