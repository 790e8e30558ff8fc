"""Rules on trial: what they would have told is kept (and judged by people, `ioc.desk.verdict`), and told to nobody.

An alert of a rule on trial has a number below 0 (shown as T017). When its rule leaves the trial while the alert is on,
the same alert goes on with a number of its own: it is new to people. One that ends first stays a trial's. A rule put
on trial while an alert of it is out tells no more of it but its end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from ioc.alerts.alert import Transition
from ioc.desk import audit
from ioc.desk.store import take
from ioc.desk.tables import AlertRow, TrialRow


def begin(session: Session, transitions: Sequence[Transition]) -> None:
    """Alerts of rules on trial, met for the first time."""
    session.add_all(TrialRow(alert_id=one.alert_id, rule=one.rule) for one in transitions)


def promote(session: Session, rows: Mapping[str, AlertRow], news: Sequence[Transition], now: int) -> None:
    """Alerts whose rule has left the trial while they are on: a number of their own, and the wait begins now."""
    for told in news:
        row = rows[told.alert_id]
        if row.number < 0 and not told.shadow and told.status == "firing":
            before = row.number
            row.number = take(session, "drill" if row.drill else "alert")
            row.stored_at = now
            details = {"number": row.number, "before": before}
            audit.append(session, at=now, actor=audit.DESK, action="promoted", subject=told.alert_id, details=details)


def tells(row: AlertRow, told: Transition) -> bool:
    """Whether anybody is told: nothing of an alert on trial; of one that was out before its rule's trial, the end."""
    return row.number > 0 and (not told.shadow or told.status == "resolved")
