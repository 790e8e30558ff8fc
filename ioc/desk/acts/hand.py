"""Hand to a unit (Chuyển xử lý) with a time by which it must have reported; overdue, the alert comes back to the top."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session

from ioc.desk.acts.act import TEXT_LIMIT, Asked, Done, begin, end, move, person, second, words
from ioc.errors import Permanent

LONGEST_MS = 7 * 24 * 3_600_000
"""A week: what takes longer is a task, and an alert that nobody asks about for so long is forgotten."""


class Unit(Protocol):
    """Who deals with it, as the directory knows them."""

    @property
    def id(self) -> str | None: ...  # noqa: D102 - its id in the directory, None outside of it
    @property
    def name(self) -> str: ...  # noqa: D102 - what people call it


def hand(session: Session, alert_id: str, asked: Asked, unit: Unit, *, due_at: int, text: str = "") -> Done:
    """Give the alert to a unit until `due_at` (epoch ms); whoever answered for it still does. `text` is the task."""
    name = person(unit.name)
    task = words(text, needed=False)[:TEXT_LIMIT]
    row, asked, done = begin(session, alert_id, "hand", asked)
    if done:
        return done
    if not asked.now < due_at <= asked.now + LONGEST_MS:
        raise Permanent("due_time")
    if row.people == "handed" and (row.handed_to, row.due_at) == (name, due_at):
        return second(row, "hand", row.handed_by, row.handed_at, asked.who)
    state = move(session, row, "hand", asked)
    before = row.handed_to
    if row.accepted_by is None or row.people == "unaccepted":
        row.accepted_by, row.accepted_at = asked.who, asked.now
    row.accepted_severity = row.severity
    row.handed_to, row.handed_unit, row.handed_by, row.handed_at = name, unit.id, asked.who, asked.now
    row.due_at, row.overdue_at, row.snoozed_until, row.snoozed_by = due_at, None, None, None
    return end(
        session,
        row,
        "hand",
        asked,
        state,
        unit=name,
        unit_id=unit.id,
        due_at=due_at,
        text=task or None,
        before=before,
    )


def report(session: Session, alert_id: str, asked: Asked, text: str) -> Done:
    """The unit's answer (Báo lại): the alert is its owner's again, with what the unit found."""
    found = words(text)
    row, asked, done = begin(session, alert_id, "report", asked)
    if done:
        return done
    state = move(session, row, "report", asked)
    unit = row.handed_to
    row.handed_to = row.handed_unit = row.handed_by = row.handed_at = None
    return end(session, row, "report", asked, state, unit=unit, text=found)
