"""One act of a person on one alert: looked up in the table, done once, sealed into the audit, told to the screens.

Every act goes the same way. `begin` finds the alert and what was already done under the sender's key; `move` asks the
table of `ioc.alerts.lifecycle` and refuses an act that was meant for an alert as it no longer is; `end` writes the line
of audit. Run it all in one writing transaction: two who act at once are judged one after the other.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ioc.alerts import lifecycle
from ioc.desk import audit
from ioc.desk.life import state_of
from ioc.desk.store import take
from ioc.desk.tables import AlertRow, AuditRow
from ioc.desk.tables_acts import DoneRow
from ioc.desk.wording import number_label, parse_label
from ioc.errors import Permanent
from ioc.events import SEVERITIES
from ioc.events.envelope import clip

NAME_LIMIT = 60
TEXT_LIMIT = 2_000
"""Characters of a note; a page of a log book."""
KEPT_MS = 7 * 24 * 3_600_000
"""How long an act is remembered under its key: a form that is sent again after a week was not lost on the way."""
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Asked(NamedTuple):
    """Who acts, and when (epoch ms).

    `key` is the sender's own name for this act: sent again, it is answered again and not done again. `seen` is the
    number of the last act that the sender knew of (`Matter.acted`): an act on what another has changed since is
    refused, with who did what. None asks for neither.
    """

    who: str
    now: int
    key: str = ""
    seen: int | None = None


class Done(NamedTuple):
    """What an act led to: `by` did it, `at`; `first` is False where another was first and nothing changed."""

    alert_id: str
    label: str
    action: str
    by: str
    at: int
    first: bool = True
    change: int = 0
    """Number of the change that screens learn of; 0 when nothing changed."""


class Begun(NamedTuple):
    """An alert that is ours until the transaction ends, and who asks, by the name as it is kept.

    `done` is set where this very act was done before.
    """

    row: AlertRow
    asked: Asked
    done: Done | None


def person(given: str) -> str:
    """A name as it is kept: composed letters, single blanks, no control characters; raises Permanent without one."""
    name = clip(" ".join(unicodedata.normalize("NFC", given).split()), NAME_LIMIT)
    if len(name) < 2:
        raise Permanent("name_missing")
    if not any(letter.isalpha() for letter in name):
        raise Permanent("name_no_letters")
    return name


def words(given: str, *, needed: bool = True) -> str:
    """What was typed, as it is kept: lines stay, control characters do not; raises Permanent where words are needed."""
    lines = (clip(" ".join(line.split()), TEXT_LIMIT) for line in unicodedata.normalize("NFC", given).splitlines())
    text = "\n".join(lines).strip()[:TEXT_LIMIT]
    if needed and not text:
        raise Permanent("words_missing")
    return text


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


def begin(session: Session, alert_id: str, action: str, asked: Asked) -> Begun:
    """Find the alert; raises Permanent for an unknown one, for one on trial, or without a name."""
    who = person(asked.who)
    if asked.key and not _KEY.fullmatch(asked.key):
        raise Permanent("act_key")
    row = session.scalar(select(AlertRow).where(AlertRow.alert_id == alert_id).with_for_update())
    if row is None:
        raise Permanent("alert_unknown")
    if row.number < 0:
        raise Permanent("alert_on_trial")
    return Begun(row, asked._replace(who=who), _before(session, row, action, who, asked.key))


def _before(session: Session, row: AlertRow, action: str, who: str, key: str) -> Done | None:
    known = session.get(DoneRow, key) if key else None
    if known is None:
        return None
    if (known.alert_id, known.action, known.actor) != (row.alert_id, action, who):
        raise Permanent("act_key")
    return Done(**{**json.loads(known.answer), "change": 0})


def move(session: Session, row: AlertRow, act: lifecycle.Act, asked: Asked) -> lifecycle.State:
    """The state after the act, not yet written; raises Permanent where it cannot be, or where another acted meanwhile."""
    if asked.seen is not None and row.acted > asked.seen:
        line = session.get(AuditRow, row.acted)
        if line is not None and line.actor != asked.who:
            raise Permanent("alert_moved", name=line.actor, action=line.action, at=line.at)
    return lifecycle.after(state_of(row), act)


def end(
    session: Session,
    row: AlertRow,
    act: lifecycle.Act,
    asked: Asked,
    state: lifecycle.State,
    **details: Any,
) -> Done:
    """Write the state after an act, its line of audit, and what its sender is told."""
    before = state_of(row)
    row.people = state.people
    _countdown(row, act, asked, before)
    row.changed = take(session, "change")
    given = {name: value for name, value in details.items() if value is not None}
    line = audit.append(
        session,
        at=asked.now,
        actor=asked.who,
        action=act,
        subject=row.alert_id,
        details={"number": row.number, "revision": row.revision, "severity": row.severity, **given},
    )
    if state.people != before.people or act in MOVING:
        row.acted = line.nth
    label = number_label(row.number, drill=row.drill)
    done = Done(row.alert_id, label, act, asked.who, asked.now, first=True, change=row.changed)
    _remember(session, done, asked)
    return done


MOVING: frozenset[lifecycle.Act] = frozenset({"accept", "assign", "hand", "verify", "false_alarm", "merge"})
"""Acts that change who has it or what it is, even where the state stays: whoever acts on an older page is told."""


def _countdown(row: AlertRow, act: lifecycle.Act, asked: Asked, before: lifecycle.State) -> None:
    """When the next sign is due: from an owner by severity, from a unit when it was told; nothing once closed."""
    if row.people == "closed" or (row.status == "resolved" and row.people != "handed"):
        row.due_at = row.overdue_at = row.snoozed_until = row.snoozed_by = None
        return
    sign = asked.who == row.accepted_by or before.people != "accepted" or act == "assign"
    if row.people == "accepted" and act in lifecycle.SIGNS and sign:
        row.due_at = asked.now + lifecycle.OWNED_MS[SEVERITIES[row.severity]]
        row.overdue_at = row.snoozed_until = row.snoozed_by = None


def _remember(session: Session, done: Done, asked: Asked) -> None:
    if not asked.key:
        return
    session.execute(delete(DoneRow).where(DoneRow.at < asked.now - KEPT_MS))
    session.add(
        DoneRow(
            key=asked.key,
            alert_id=done.alert_id,
            action=done.action,
            actor=done.by,
            at=done.at,
            answer=json.dumps(done._asdict(), ensure_ascii=False),
        )
    )


def second(row: AlertRow, act: lifecycle.Act, by: str | None, at: int | None, who: str) -> Done:
    """Nothing to do: it is so already, by whom and since when; the same person is told the same again."""
    label = number_label(row.number, drill=row.drill)
    return Done(row.alert_id, label, act, by or who, at or 0, first=by == who)
