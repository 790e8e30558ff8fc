"""Verify (Xác minh): what people found, by whom and how. It stands apart from the rule's certainty and from severity."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ioc.alerts.alert import decode
from ioc.alerts.lifecycle import HOWS
from ioc.desk.acts.act import Asked, Done, begin, end, move, second, words
from ioc.desk.tables import AlertRow
from ioc.errors import Permanent
from ioc.events import SEVERITIES, Severity

RESULTS = ("verified", "unreachable")
"""Đã xác minh; không liên lạc được. Báo nhầm is an act of its own (`ioc.desk.acts.false_alarm`)."""


def verify(
    session: Session,
    alert_id: str,
    asked: Asked,
    result: str = "verified",
    *,
    how: str = "",
    severity: Severity | None = None,
    text: str = "",
) -> Done:
    """Keep what people found and how (camera, phone, scene); who saw it may raise or lower the severity."""
    if result not in RESULTS:
        raise Permanent("verify_result")
    if how not in HOWS and (result == "verified" or how):
        raise Permanent("verify_how")
    said = words(text, needed=False)
    row, asked, done = begin(session, alert_id, "verify", asked)
    if done:
        return done
    same = (row.verification, row.verified_by, row.verified_how) == (result, asked.who, how or None)
    if same and severity in {None, SEVERITIES[row.severity]} and not said:
        return second(row, "verify", asked.who, row.verified_at, asked.who)
    state = move(session, row, "verify", asked)
    before = SEVERITIES[row.severity]
    row.verification, row.verified_by, row.verified_at = result, asked.who, asked.now
    row.verified_how, row.cause = how or None, None
    if severity is not None and severity != before:
        _weigh(row, severity)
    weighed = SEVERITIES[row.severity]
    return end(
        session,
        row,
        "verify",
        asked,
        state,
        result=result,
        how=how or None,
        before=before if weighed != before else None,
        weighed=weighed if weighed != before else None,
        text=said or None,
    )


def _weigh(row: AlertRow, severity: Severity) -> None:
    """People's severity holds until the rule says worse than it does now; whoever weighs it has dealt with it."""
    row.people_severity = row.severity = SEVERITIES.index(severity)
    row.rule_severity = SEVERITIES.index(decode(row.body).severity)
    if row.accepted_severity is not None:
        row.accepted_severity = row.severity
