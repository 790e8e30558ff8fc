"""How people dealt with the alerts of some days: how long nobody had them, and how many were none."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ioc.desk.tables import AlertRow

SEEN = frozenset({"verified", "false"})
"""Verifications by which people said what it was (`ioc.alerts.lifecycle.Verification`)."""


class Handled(NamedTuple):
    """Alerts that opened in a span; drills, replays and rules on trial are left out."""

    alerts: int
    accepted: int
    median_ms: float | None
    """From being kept to being accepted, of those that were; None without any."""
    verified: int
    false_alarms: int


def last_drill(session: Session) -> int | None:
    """When the newest drill began, epoch ms."""
    return session.scalar(select(func.max(AlertRow.opened_at)).where(AlertRow.drill.is_(True)))


def handled(session: Session, since: int) -> Handled:
    """Alerts that opened at `since` (epoch ms) or later."""
    wanted = select(AlertRow.stored_at, AlertRow.accepted_at, AlertRow.verification).where(
        AlertRow.opened_at >= since, AlertRow.number > 0, AlertRow.drill.is_(False), AlertRow.replay == ""
    )
    found = session.execute(wanted).all()
    waited = [row.accepted_at - row.stored_at for row in found if row.accepted_at is not None]
    judged = [row.verification for row in found if row.verification in SEEN]
    return Handled(
        len(found), len(waited), median(waited) if waited else None, len(judged), sum(one == "false" for one in judged)
    )
