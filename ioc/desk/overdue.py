"""What has waited too long comes back to the top: an owner's silence, a unit that has not reported, a time to look again.

The desk notices it once, with a line of audit and a change that screens learn of; whoever escalates reads the same
line. Several desks may look: the first to write it has noticed it.
"""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ioc.desk import audit
from ioc.desk.desk import Desk
from ioc.desk.store import take
from ioc.desk.tables import AlertRow
from ioc.errors import Retryable

log = logging.getLogger(__name__)
LOOK_S = 1.0
"""How late an overdue alert may be noticed."""
AT_ONCE = 200
"""Alerts noticed in one transaction, so that an act never waits long behind it."""


def notice_overdue(session: Session, now: int) -> int:
    """Mark what is overdue at `now` (epoch ms) and not marked yet; gives how many were."""
    wanted = (
        select(AlertRow)
        .where(AlertRow.due_at <= now, AlertRow.overdue_at.is_(None), AlertRow.people.in_(("accepted", "handed")))
        .order_by(AlertRow.due_at, AlertRow.alert_id)
        .limit(AT_ONCE)
    )
    found = session.scalars(wanted.with_for_update(skip_locked=True)).all()
    change = take(session, "change") if found else 0
    for row in found:
        row.overdue_at, row.changed = now, change
        why = "unit" if row.people == "handed" else "snooze" if row.snoozed_until else "owner"
        details = {"number": row.number, "due_at": row.due_at, "why": why, "owner": row.accepted_by}
        if row.handed_to:
            details["unit"] = row.handed_to
        audit.append(session, at=now, actor=audit.DESK, action="overdue", subject=row.alert_id, details=details)
    return len(found)


def next_overdue(session: Session) -> int | None:
    """When the next alert will be overdue (epoch ms); None where none can be."""
    wanted = select(func.min(AlertRow.due_at)).where(
        AlertRow.overdue_at.is_(None), AlertRow.people.in_(("accepted", "handed"))
    )
    found: int | None = session.scalar(wanted)
    return found


async def overdue_loop(desk: Desk) -> None:
    """Notice until cancelled."""
    while True:
        try:
            due = await desk.read(next_overdue)
            while due is not None and due <= desk.now():
                await desk.write(lambda session: notice_overdue(session, desk.now()))
                due = await desk.read(next_overdue)
        except Retryable as error:
            log.warning("what is overdue cannot be noticed now: %s", error)
        await asyncio.sleep(LOOK_S)
