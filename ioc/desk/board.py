"""What screens read: the alerts that need a person, one alert whole, how channels do.

A snapshot carries the number of the last change it contains; what changed after a number can be asked for. A change
that comes twice is harmless: each row is the alert whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, get_args

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ioc.alerts import lifecycle
from ioc.alerts.alert import Transition, decode
from ioc.desk import audit, outbox
from ioc.desk.life import as_people_see_it, state_of
from ioc.desk.store import last
from ioc.desk.tables import AlertRow, NoticeRow, RefusedRow, TransitionRow
from ioc.desk.wording import number_label, parse_label
from ioc.events import SEVERITIES

State = Literal["waiting", "overdue", "owned", "handed", "ended", "closed"]
"""Nobody has it; its owner or unit let the time pass; somebody has it; a unit has it; it ended and nobody took note of
that; people are finished with it."""
OPEN = ("unaccepted", "accepted", "handed")
"""What people are not finished with."""
RANKS: dict[State, int] = {"overdue": 2, "owned": 6, "handed": 7, "ended": 8, "closed": 9}
"""Place in the list; waiting ones stand by severity: extreme 0, severe 1, below what is overdue the others: 3 to 5."""
REPLAYED = 10
"""Replayed alerts stand below all live ones."""


class Work(NamedTuple):
    """What people did with an alert beyond accepting it; times are epoch ms."""

    people: lifecycle.People = "unaccepted"
    due_at: int | None = None
    overdue_at: int | None = None
    snoozed_until: int | None = None
    handed_to: str | None = None
    handed_by: str | None = None
    handed_at: int | None = None
    verification: lifecycle.Verification = "unverified"
    verified_by: str | None = None
    verified_at: int | None = None
    verified_how: str | None = None
    cause: str | None = None
    merged_into: str | None = None
    rule_says: str | None = None
    """What the rule says of the severity, where people weighed it otherwise."""
    acted: int = 0
    """Number of the last act, for `ioc.desk.acts.act.Asked.seen`."""


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
    work: Work
    trial: bool = False
    """Its rule is on trial: nobody was told, nobody is waited for."""

    @cached_property
    def rank(self) -> int:
        """Place in the list (`RANKS`); within one rank the oldest comes first."""
        worst_first = len(SEVERITIES) - 1 - SEVERITIES.index(self.transition.severity)
        place = RANKS.get(self.state, worst_first if worst_first < RANKS["overdue"] else worst_first + 1)
        return place + (REPLAYED if self.transition.replay else 0)

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key of the list."""
        return self.rank, self.transition.opened_at, self.alert_id


def _state(row: AlertRow) -> State:
    if row.people == "closed":
        return "closed"
    if row.overdue_at is not None:
        return "overdue"
    if row.people == "handed":
        return "handed"
    if row.status == "resolved":
        return "ended"
    return "owned" if row.people == "accepted" else "waiting"


def _matter(row: AlertRow) -> Matter:
    told = decode(row.body)
    shown = as_people_see_it(row, told)
    return Matter(
        alert_id=row.alert_id,
        label=number_label(row.number, drill=row.drill),
        transition=shown,
        state=_state(row),
        raised=row.status == "firing" and row.people == "unaccepted" and row.accepted_by is not None,
        stored_at=row.stored_at,
        ended_at=row.ended_at,
        accepted_by=row.accepted_by,
        accepted_at=row.accepted_at,
        seen_by=row.seen_by,
        seen_at=row.seen_at,
        changed=row.changed,
        work=Work(
            people=state_of(row).people,
            due_at=row.due_at,
            overdue_at=row.overdue_at,
            snoozed_until=row.snoozed_until,
            handed_to=row.handed_to,
            handed_by=row.handed_by,
            handed_at=row.handed_at,
            verification=_FOUND[row.verification],
            verified_by=row.verified_by,
            verified_at=row.verified_at,
            verified_how=row.verified_how,
            cause=row.cause,
            merged_into=row.merged_into,
            rule_says=told.severity if told is not shown else None,
            acted=row.acted,
        ),
        trial=row.number < 0,
    )


_FOUND: dict[str, lifecycle.Verification] = {found: found for found in get_args(lifecycle.Verification)}


class Snapshot(NamedTuple):
    """Alerts with the number of the last change that they contain."""

    change: int
    matters: list[Matter]


def snapshot(session: Session) -> Snapshot:
    """All alerts that need a person: what people are not finished with."""
    change = last(session, "change")
    wanted = select(AlertRow).where(AlertRow.number > 0, AlertRow.people.in_(OPEN))
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
    recipient: str = ""
    """The person; empty for a machine."""
    delivered_at: int | None = None
    """When it reached the device (Đã đến máy), where the channel can say so."""


class Case(NamedTuple):
    """One alert with everything that is known of it; transitions oldest first, each with the time of storing."""

    matter: Matter
    transitions: list[tuple[int, Transition]]
    told: list[Told]
    acts: list[audit.Line]
    into: str | None = None
    """Number of the alert that stands for this one."""
    merged: Sequence[Matter] = ()
    """Alerts that this one stands for."""


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
        [
            Told(n.channel, n.key, n.state, n.attempts, n.created_at, n.sent_at, n.error, n.recipient, n.delivered_at)
            for n in session.scalars(told)
        ],
        list(audit.lines(session, row.alert_id)),
        _label_of(session, row.merged_into),
        [
            _matter(other)
            for other in session.scalars(
                select(AlertRow).where(AlertRow.merged_into == row.alert_id).order_by(AlertRow.number)
            )
        ],
    )


def _label_of(session: Session, alert_id: str | None) -> str | None:
    row = session.get(AlertRow, alert_id) if alert_id else None
    return number_label(row.number, drill=row.drill) if row else None


def channels(session: Session, names: Iterable[str], since: int) -> Mapping[str, outbox.Health]:
    """How each channel does; refused notices count from `since` (epoch ms)."""
    return {name: outbox.health(session, name, since) for name in names}


def refused(session: Session, since: int) -> int:
    """Records of the log that could not be read, stored since then."""
    wanted = select(func.count()).select_from(RefusedRow).where(RefusedRow.stored_at >= since)
    return session.execute(wanted).scalar_one()
