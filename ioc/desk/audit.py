"""Who did what, when: lines that are only added, each sealed over the one before it.

A line that was changed, left out or put in shows at once in `verify`; that nobody shortened the end is seen by the
counter of lines, which stands apart.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ioc.desk.store import last, take
from ioc.desk.tables import AuditRow

DESK = "desk"
"""The actor where no person acted."""


class Line(NamedTuple):
    """One act. `subject` names what it was done to: an alert id, or a partition of a log."""

    nth: int
    at: int
    actor: str
    action: str
    subject: str
    details: Mapping[str, object]


def _seal(previous: str, line: Line, details: str) -> str:
    text = json.dumps([previous, line.nth, line.at, line.actor, line.action, line.subject, details], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def append(session: Session, *, at: int, actor: str, action: str, subject: str, details: Mapping[str, object]) -> Line:
    """Add a line within the caller's transaction; the counter's row keeps other writers out until it ends."""
    line = Line(take(session, "audit"), at, actor, action, subject, details)
    previous = session.scalar(select(AuditRow.hash).where(AuditRow.nth == line.nth - 1)) or ""
    text = json.dumps(details, ensure_ascii=False, sort_keys=True)
    session.add(
        AuditRow(
            nth=line.nth,
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            details=text,
            previous=previous,
            hash=_seal(previous, line, text),
        )
    )
    session.flush()
    return line


def lines(session: Session, subject: str | None = None) -> Iterator[Line]:
    """Lines in order, all or those of one subject."""
    wanted = select(AuditRow).order_by(AuditRow.nth)
    for row in session.scalars(wanted if subject is None else wanted.where(AuditRow.subject == subject)):
        yield Line(row.nth, row.at, row.actor, row.action, row.subject, json.loads(row.details))


def verify(session: Session) -> int | None:
    """The number of the first line that is not as it was written, or None when the chain is whole."""
    previous, nth = "", 0
    for row in session.scalars(select(AuditRow).order_by(AuditRow.nth)):
        nth += 1
        line = Line(row.nth, row.at, row.actor, row.action, row.subject, {})
        if row.nth != nth or row.previous != previous or row.hash != _seal(previous, line, row.details):
            return nth
        previous = row.hash
    return None if last(session, "audit") == nth else nth + 1
