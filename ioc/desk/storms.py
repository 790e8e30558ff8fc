"""Storm mode (chế độ thiên tai): offered by the numbers, switched by the shift lead, left with a receipt."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ioc.desk import audit
from ioc.desk.acts.act import person
from ioc.desk.storm import HOUR_MS
from ioc.desk.tables import AlertRow
from ioc.desk.tables_duty import MessageRow, StormRow, WantRow
from ioc.errors import Permanent


class Storm(NamedTuple):
    """A storm that is on."""

    since: int
    by: str


class Receipt(NamedTuple):
    """What storm mode did: alerts told, how many of them by themselves and together, messages made, what still waits."""

    since: int
    until: int
    alerts: int
    alone: int
    together: int
    messages: int
    waiting: int


class Standing(NamedTuple):
    """How it stands: the storm that is on, alerts told together in it, new alerts of the last hour."""

    on: Storm | None = None
    together: int = 0
    new: int = 0

    def offered(self, over: int) -> bool:
        """Whether to offer it: it is off, and more came in the last hour than the routing file's `storm_over`."""
        return self.on is None and self.new > over


def standing(session: Session, now: int) -> Standing:
    """What the screens say of it."""
    on = current(session)
    return Standing(on, receipt(session, on.since, now).together if on else 0, new_alerts(session, now))


def before(session: Session) -> Receipt | None:
    """What the last storm that ended did; None where there was none."""
    row = session.scalar(select(StormRow).where(StormRow.ended_at.is_not(None)).order_by(StormRow.id.desc()).limit(1))
    return receipt(session, row.started_at, row.ended_at) if row is not None and row.ended_at is not None else None


def current(session: Session) -> Storm | None:
    """The storm that is on; None in calm."""
    row = session.scalar(select(StormRow).where(StormRow.ended_at.is_(None)).limit(1))
    return Storm(row.started_at, row.started_by) if row is not None else None


def new_alerts(session: Session, now: int) -> int:
    """Live alerts that came within the last hour: above the limit of the routing file storm mode is offered."""
    wanted = select(func.count()).where(
        AlertRow.stored_at > now - HOUR_MS, AlertRow.number > 0, AlertRow.replay == "", AlertRow.drill.is_(False)
    )
    return session.execute(wanted).scalar_one()


def begin(session: Session, by: str, now: int) -> Storm:
    """Switch it on; on already, it stays as it is."""
    who = person(by)
    known = current(session)
    if known is not None:
        return known
    session.add(StormRow(started_at=now, started_by=who))
    details = {"new_alerts": new_alerts(session, now)}
    audit.append(session, at=now, actor=who, action="storm", subject="storm", details=details)
    return Storm(now, who)


def end(session: Session, by: str, now: int) -> Receipt:
    """Switch it off; gives what it did, which the audit keeps. Raises Permanent in calm."""
    who = person(by)
    row = session.scalar(select(StormRow).where(StormRow.ended_at.is_(None)).limit(1))
    if row is None:
        raise Permanent("no_storm")
    found = receipt(session, row.started_at, now)
    row.ended_at, row.ended_by = now, who
    audit.append(session, at=now, actor=who, action="storm_end", subject="storm", details=found._asdict())
    return found


def receipt(session: Session, since: int, until: int) -> Receipt:
    """What was told how between two moments: no alert is in none of these figures."""
    span = (MessageRow.at >= since, MessageRow.at < max(until, since + 1))
    told = (
        select(func.count(WantRow.alert_id.distinct())).join(MessageRow, MessageRow.id == WantRow.message).where(*span)
    )
    alone = session.execute(told.where(MessageRow.form == "one")).scalar_one()
    together = session.execute(told.where(MessageRow.form != "one")).scalar_one()
    messages = select(func.count()).select_from(MessageRow).where(*span)
    waiting = select(func.count(WantRow.alert_id.distinct())).where(WantRow.state == "waiting")
    return Receipt(
        since,
        until,
        session.execute(told).scalar_one(),
        alone,
        together,
        session.execute(messages).scalar_one(),
        session.execute(waiting).scalar_one(),
    )
