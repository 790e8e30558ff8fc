"""Merge (Gộp vụ việc): one alert stands for several; the others leave the board and stand on its card."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ioc.desk.acts.act import Asked, Done, begin, end, move, second
from ioc.desk.tables import AlertRow
from ioc.desk.wording import number_label
from ioc.errors import Permanent


def merge(session: Session, alert_id: str, asked: Asked, into_id: str) -> Done:
    """Let another alert stand for this one, and for those that were merged into it.

    A merged alert that grows worse comes back by itself. Raises Permanent where the other is closed, a drill beside a
    real one, or this one itself.
    """
    row, asked, done = begin(session, alert_id, "merge", asked)
    if done:
        return done
    if row.merged_into == into_id:
        return second(row, "merge", row.seen_by, row.seen_at, asked.who)
    into = session.scalar(select(AlertRow).where(AlertRow.alert_id == into_id).with_for_update())
    if into is None or into.number < 0:
        raise Permanent("alert_unknown")
    if into is row:
        raise Permanent("merge_itself")
    if into.people == "closed":
        raise Permanent("merge_closed")
    if (into.drill, bool(into.replay)) != (row.drill, bool(row.replay)):
        raise Permanent("merge_drill")
    state = move(session, row, "merge", asked)
    session.execute(update(AlertRow).where(AlertRow.merged_into == alert_id).values(merged_into=into_id))
    row.merged_into, row.accepted_severity = into_id, row.severity
    row.seen_by, row.seen_at = asked.who, asked.now
    made = end(session, row, "merge", asked, state, into=number_label(into.number, drill=into.drill))
    into.changed = row.changed
    return made
