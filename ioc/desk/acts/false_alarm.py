"""False alarm (Báo nhầm): it is not so, with a cause. The alert is closed, and asks again if it grows worse."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ioc.alerts.lifecycle import CAUSES, HOWS
from ioc.desk.acts.act import Asked, Done, begin, end, move, second, words
from ioc.errors import Permanent


def false_alarm(session: Session, alert_id: str, asked: Asked, cause: str, *, how: str = "", text: str = "") -> Done:
    """Say that it was nothing, and why: industry, permitted_burn, weather, device, rule, other (which needs words)."""
    if cause not in CAUSES:
        raise Permanent("false_cause")
    if how and how not in HOWS:
        raise Permanent("verify_how")
    said = words(text, needed=False)
    if cause == "other" and not said:
        raise Permanent("false_words")
    row, asked, done = begin(session, alert_id, "false_alarm", asked)
    if done:
        return done
    if row.verification == "false" and row.cause == cause:
        return second(row, "false_alarm", row.verified_by, row.verified_at, asked.who)
    state = move(session, row, "false_alarm", asked)
    before = row.cause
    row.verification, row.cause = "false", cause
    row.verified_by, row.verified_at, row.verified_how = asked.who, asked.now, how or None
    row.accepted_severity = row.severity
    row.seen_by, row.seen_at = row.seen_by or asked.who, row.seen_at or asked.now
    return end(
        session, row, "false_alarm", asked, state, cause=cause, how=how or None, text=said or None, before=before
    )
