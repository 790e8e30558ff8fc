"""Accept (Tiếp nhận): this person answers for the alert until it is handed over, and has given a sign in time."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ioc.desk.acts.act import Asked, Done, begin, end, move, second


def accept(session: Session, alert_id: str, asked: Asked) -> Done:
    """Make this person the owner, unless somebody is; whoever comes second is told who was first.

    An alert that grew worse than what was accepted asks anew; one that a unit has is taken back. Where its owner's time
    has run out, whoever accepts owns it: the same person, who so gives the sign that was missing, or another.
    """
    row, asked, done = begin(session, alert_id, "accept", asked)
    if done:
        return done
    if row.people == "accepted" and row.overdue_at is None:
        return second(row, "accept", row.accepted_by, row.accepted_at, asked.who)
    # What two press at once is no clash: the second is told who was first, so an older page is not held against them.
    state = move(session, row, "accept", asked._replace(seen=None))
    before, unit = row.accepted_by, row.handed_to
    row.accepted_by, row.accepted_at, row.accepted_severity = asked.who, asked.now, row.severity
    row.handed_to = row.handed_unit = row.handed_by = row.handed_at = None
    return end(session, row, "accept", asked, state, before=before, unit=unit)
