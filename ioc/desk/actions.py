"""What people do with alerts: accept, take note of an end. Each act that changes something leaves one line of audit.

Acts are safe to repeat: the same act of the same person is done once, and a second person is told who was first.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ioc.desk import audit
from ioc.desk.inbox import SLICE
from ioc.desk.store import take
from ioc.desk.tables import AlertRow
from ioc.desk.wording import parse_label
from ioc.errors import Permanent
from ioc.events.envelope import clip

NAME_LIMIT = 60


class Accepted(NamedTuple):
    """Who owns an alert since when (epoch ms); `first` is False for whoever came second."""

    alert_id: str
    by: str
    at: int
    first: bool
    change: int


def person(given: str) -> str:
    """A name as it is kept: composed letters, single blanks, no control characters; raises Permanent without one."""
    name = clip(" ".join(unicodedata.normalize("NFC", given).split()), NAME_LIMIT)
    if len(name) < 2:
        raise Permanent("name_missing")
    if not any(letter.isalpha() for letter in name):
        raise Permanent("name_no_letters")
    return name


def accept(session: Session, alert_id: str, name: str, now: int) -> Accepted:
    """Make this person the owner, unless somebody is; raises Permanent for an unknown or ended alert.

    An alert that grew worse than what was accepted asks anew: whoever accepts then is its owner. Run it in a writing
    transaction: two who accept at once are then judged one after the other.
    """
    who = person(name)
    row = session.scalar(select(AlertRow).where(AlertRow.alert_id == alert_id).with_for_update())
    if row is None:
        raise Permanent("alert_unknown")
    if row.number < 0:
        raise Permanent("alert_on_trial")
    if row.accepted_by is not None and row.accepted_at is not None and not raised(row):
        return Accepted(alert_id, row.accepted_by, row.accepted_at, row.accepted_by == who, 0)
    if row.status == "resolved":
        raise Permanent("alert_ended")
    details = {"number": row.number, "revision": row.revision, "severity": row.severity, "before": row.accepted_by}
    row.accepted_by, row.accepted_at, row.accepted_severity = who, now, row.severity
    row.changed = take(session, "change")
    audit.append(session, at=now, actor=who, action="accept", subject=alert_id, details=details)
    return Accepted(alert_id, who, now, first=True, change=row.changed)


def alert_of(session: Session, label: str) -> str:
    """The alert id of a short number (`4821`, `#4821`, `D017`); raises Permanent where there is none."""
    asked = parse_label(label)
    if asked is None:
        raise Permanent("alert_unknown")
    number, drill = asked
    found = session.scalar(select(AlertRow.alert_id).where(AlertRow.number == number, AlertRow.drill.is_(drill)))
    if found is None:
        raise Permanent("alert_unknown")
    return found


def raised(row: AlertRow) -> bool:
    """Whether it grew worse than what was accepted."""
    return row.accepted_severity is not None and row.severity > row.accepted_severity


def note_ended(session: Session, alert_ids: Iterable[str], name: str, now: int) -> int:
    """Take note that these alerts have ended, so that they leave the board; the number of those that do."""
    who = person(name)
    change = 0
    noted = 0
    ordered = sorted(set(alert_ids))
    for start in range(0, len(ordered), SLICE):
        wanted = select(AlertRow.alert_id, AlertRow.number).where(
            AlertRow.alert_id.in_(ordered[start : start + SLICE]),
            AlertRow.status == "resolved",
            AlertRow.seen_at.is_(None),
            AlertRow.number > 0,
        )
        found = session.execute(wanted.with_for_update()).all()
        if not found:
            continue
        change = change or take(session, "change")
        ids = [alert_id for alert_id, _ in found]
        session.execute(
            update(AlertRow).where(AlertRow.alert_id.in_(ids)).values(seen_by=who, seen_at=now, changed=change)
        )
        for alert_id, number in found:
            audit.append(session, at=now, actor=who, action="note_ended", subject=alert_id, details={"number": number})
        noted += len(found)
    return noted
