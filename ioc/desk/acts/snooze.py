"""Snooze (Nhắc lại sau): an owner puts an alert off for a while; it comes back to the top by itself."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ioc.alerts.lifecycle import SNOOZED_MS
from ioc.desk.acts.act import Asked, Done, begin, end, move, second
from ioc.desk.tables import AlertRow
from ioc.errors import Permanent
from ioc.events import SEVERITIES


def snooze(session: Session, alert_id: str, asked: Asked, until: int) -> Done:
    """Put it off until then (epoch ms): a shift at most, an extreme one half an hour."""
    row, asked, done = begin(session, alert_id, "snooze", asked)
    if done:
        return done
    if row.snoozed_until == until and row.people == "accepted":
        return second(row, "snooze", row.snoozed_by, asked.now, asked.who)
    state = move(session, row, "snooze", asked)
    put_off(row, asked.now, until, asked.who)
    return end(session, row, "snooze", asked, state, until=until)


def put_off(row: AlertRow, now: int, until: int, who: str) -> None:
    """Wait until then; raises Permanent for a time that has passed, or too far away for this severity."""
    longest = SNOOZED_MS[SEVERITIES[row.severity]]
    if not now < until <= now + longest:
        raise Permanent("snooze_time", minutes=longest // 60_000)
    row.snoozed_until, row.snoozed_by = until, who
    row.due_at, row.overdue_at = until, None
