"""What screens read: the alerts that need a person, one alert whole, how channels do.

A snapshot carries the number of the last change it contains; what changed after a number can be asked for. A change
that comes twice is harmless: each row is the alert whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from ioc.alerts.alert import Transition, decode
from ioc.desk import audit, outbox
from ioc.desk.actions import raised
from ioc.desk.store import last
from ioc.desk.tables import AlertRow, NoticeRow, RefusedRow, TransitionRow
from ioc.desk.wording import number_label, parse_label
from ioc.events import SEVERITIES

State = Literal["waiting", "owned", "ended", "closed"]
"""Nobody has it; somebody has it and it is on; it ended and nobody took note; a person took note of its end."""
REPLAYED = 10
"""Replayed alerts stand below all live ones."""


@dataclass(frozen=True)
class Matter:
    """One alert as a screen shows it; times are epoch ms."""

    alert_id: str
    label: str
    transition: Transition
    state: State
    raised: bool
    """It grew worse than what was accepted, so that it waits again."""
    stored_at: int
    ended_at: int | None
    accepted_by: str | None
    accepted_at: int | None
    seen_by: str | None
    seen_at: int | None
    changed: int
    trial: bool = False
    """Its rule is on trial: nobody was told, nobody is waited for."""

    @cached_property
    def rank(self) -> int:
        """Place in the list: waiting by severity, owned, ended; within one rank the oldest comes first."""
        worst_first = len(SEVERITIES) - 1 - SEVERITIES.index(self.transition.severity)
        place = {"waiting": worst_first, "owned": 6, "ended": 7, "closed": 8}[self.state]
        return place + (REPLAYED if self.transition.replay else 0)

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key of the list."""
        return self.rank, self.transition.opened_at, self.alert_id


def _state(row: AlertRow) -> State:
    if row.status == "resolved":
        return "ended" if row.seen_at is None else "closed"
    return "waiting" if row.accepted_by is None or raised(row) else "owned"


def _matter(row: AlertRow) -> Matter:
    return Matter(
        alert_id=row.alert_id,
        label=number_label(row.number, drill=row.drill),
        transition=decode(row.body),
        state=_state(row),
        raised=row.status == "firing" and raised(row),
        stored_at=row.stored_at,
        ended_at=row.ended_at,
        accepted_by=row.accepted_by,
        accepted_at=row.accepted_at,
        seen_by=row.seen_by,
        seen_at=row.seen_at,
        changed=row.changed,
        trial=row.number < 0,
    )


class Snapshot(NamedTuple):
    """Alerts with the number of the last change that they contain."""

    change: int
    matters: list[Matter]


def snapshot(session: Session) -> Snapshot:
    """All alerts that need a person: on, or ended and unseen."""
    change = last(session, "change")
    wanted = select(AlertRow).where(AlertRow.number > 0, or_(AlertRow.status == "firing", AlertRow.seen_at.is_(None)))
    return Snapshot(change, [_matter(row) for row in session.scalars(wanted)])


def changes(session: Session, after: int) -> Snapshot:
    """Alerts that changed after that number, also those that no longer need anybody, in the order of their changes."""
    change = last(session, "change")
    if change <= after:
        return Snapshot(change, [])
    wanted = select(AlertRow).where(AlertRow.changed > after, AlertRow.number > 0).order_by(AlertRow.changed)
    return Snapshot(change, [_matter(row) for row in session.scalars(wanted)])


def on_trial(session: Session, limit: int) -> list[Matter]:
    """Alerts of rules on trial, the newest first."""
    wanted = select(AlertRow).where(AlertRow.number < 0).order_by(AlertRow.opened_at.desc(), AlertRow.alert_id)
    return [_matter(row) for row in session.scalars(wanted.limit(limit))]


class Told(NamedTuple):
    """One message about an alert: by which channel, how it stands, since when."""

    channel: str
    key: str
    state: str
    attempts: int
    created_at: int
    sent_at: int | None
    error: str | None


class Case(NamedTuple):
    """One alert with everything that is known of it; transitions oldest first, each with the time of storing."""

    matter: Matter
    transitions: list[tuple[int, Transition]]
    told: list[Told]
    acts: list[audit.Line]


def find(session: Session, label: str) -> Case | None:
    """The alert of a short number (`4821`, `#4821`, `D017`) or of an alert id."""
    asked = parse_label(label)
    same = and_(AlertRow.number == asked[0], AlertRow.drill.is_(asked[1])) if asked else AlertRow.alert_id == label
    row = session.scalar(select(AlertRow).where(same))
    if row is None:
        return None
    history = select(TransitionRow).where(TransitionRow.alert_id == row.alert_id).order_by(TransitionRow.id)
    told = select(NoticeRow).where(NoticeRow.alert_id == row.alert_id).order_by(NoticeRow.id)
    return Case(
        _matter(row),
        [(t.stored_at, decode(t.body)) for t in session.scalars(history)],
        [Told(n.channel, n.key, n.state, n.attempts, n.created_at, n.sent_at, n.error) for n in session.scalars(told)],
        list(audit.lines(session, row.alert_id)),
    )


def channels(session: Session, names: Iterable[str], since: int) -> Mapping[str, outbox.Health]:
    """How each channel does; refused notices count from `since` (epoch ms)."""
    return {name: outbox.health(session, name, since) for name in names}


def refused(session: Session, since: int) -> int:
    """Records of the log that could not be read, stored since then."""
    wanted = select(func.count()).select_from(RefusedRow).where(RefusedRow.stored_at >= since)
    return session.execute(wanted).scalar_one()
