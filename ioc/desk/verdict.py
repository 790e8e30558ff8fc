"""What people say of alerts on trial: right or wrong, one line of audit each, and how a rule does by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ioc.desk import audit
from ioc.desk.acts.act import person
from ioc.desk.tables import TrialRow
from ioc.errors import Permanent


class Verdict(NamedTuple):
    """What a person said of an alert on trial, when (epoch ms)."""

    right: bool
    by: str
    at: int


class Score(NamedTuple):
    """How one rule does on trial: alerts that people called right, wrong, and those nobody has judged."""

    rule: str
    right: int
    wrong: int
    unjudged: int


def judge(session: Session, alert_id: str, name: str, now: int, *, right: bool) -> Verdict:
    """Call an alert of a rule on trial right or wrong; raises Permanent for any other alert, or without a name.

    The last word holds; saying the same again changes nothing. Run it in a writing transaction.
    """
    who = person(name)
    row = session.scalar(select(TrialRow).where(TrialRow.alert_id == alert_id).with_for_update())
    if row is None:
        raise Permanent("not_on_trial")
    if row.right == right and row.judged_by == who and row.judged_at is not None:
        return Verdict(right, who, row.judged_at)
    before = row.right
    row.right, row.judged_by, row.judged_at = right, who, now
    details = {"rule": row.rule, "right": right, "before": before}
    audit.append(session, at=now, actor=who, action="trial_judged", subject=alert_id, details=details)
    return Verdict(right, who, now)


def verdicts(session: Session, alert_ids: Sequence[str]) -> dict[str, Verdict]:
    """What was said of these alerts."""
    wanted = select(TrialRow).where(TrialRow.alert_id.in_(alert_ids), TrialRow.right.is_not(None))
    return {
        row.alert_id: Verdict(row.right, row.judged_by or "", row.judged_at or 0)
        for row in session.scalars(wanted)
        if row.right is not None
    }


def scores(session: Session) -> list[Score]:
    """Every rule that was ever on trial, in id order."""
    counted = select(TrialRow.rule, TrialRow.right, func.count()).group_by(TrialRow.rule, TrialRow.right)
    found: dict[str, dict[bool | None, int]] = {}
    for rule, right, count in session.execute(counted):
        found.setdefault(rule, {})[right] = count
    return [Score(rule, one.get(True, 0), one.get(False, 0), one.get(None, 0)) for rule, one in sorted(found.items())]
