"""Assign (Phân công): another person answers for the alert from now on."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ioc.desk.acts.act import Asked, Done, begin, end, move, person, second


def assign(session: Session, alert_id: str, asked: Asked, to: str) -> Done:
    """Make another person the owner; assigning to whoever has it already changes nothing."""
    owner = person(to)
    row, asked, done = begin(session, alert_id, "assign", asked)
    if done:
        return done
    if row.people == "accepted" and row.accepted_by == owner:
        return second(row, "assign", asked.who, row.accepted_at, asked.who)
    state = move(session, row, "assign", asked)
    before, unit = row.accepted_by, row.handed_to
    row.accepted_by, row.accepted_at, row.accepted_severity = owner, asked.now, row.severity
    row.handed_to = row.handed_unit = row.handed_by = row.handed_at = None
    return end(session, row, "assign", asked, state, to=owner, before=before, unit=unit)
