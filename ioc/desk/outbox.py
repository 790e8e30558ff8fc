"""Notices leave at least once: leased, sent, then recorded; a crash between the last two sends again with the same key.

Several desks may share the outbox. Within one channel the worst severity goes first, then what failed least, then the
oldest, and the notices of one alert to one recipient leave one after the other in their order. What asks for a person
is never handed to a channel once somebody has accepted, or the alert has ended: it is superseded. A receiver that
cannot take a notice is asked again after 1 s, 2 s, 4 s ... 5 min, or when it says (Retry-After); there is no last
attempt, because in doubt we notify. Only what a receiver has perhaps taken is given up after a dozen unclear answers
(`ioc.desk.deliver`), and counted among the refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from ioc.desk.tables import AlertRow, NoticeRow
from ioc.ports import Receipt, Report
from ioc.words import Lang

LEASE_MS = 30_000
"""Longer than any send may take (20 s), so that nobody takes over a notice that is on its way."""
FIRST_WAIT_MS = 1_000
LONGEST_WAIT_MS = 300_000
"""Five minutes: a receiver that is back is not kept waiting longer."""
LONGEST_ASKED_MS = 3_600_000
"""A receiver may ask for an hour at most; a wrong Retry-After must not silence a channel for days."""


class Leased(NamedTuple):
    """One notice that is ours to send until the lease ends; `attempts` were made before."""

    id: int
    key: str
    body: bytes
    attempts: int
    address: str = ""
    lang: Lang = "vi"


class Health(NamedTuple):
    """How one channel does: what waits since when (epoch ms), what was refused, what went wrong last."""

    waiting: int
    oldest: int | None
    failing: int
    refused: int
    error: str | None
    last_sent: int | None


def due(channel: str, now: int, limit: int) -> Select[NoticeRow]:
    """Notices that may be sent now, in the order in which they go; rows that another desk is taking are passed over."""
    return (
        select(NoticeRow)
        .where(_may_go(channel), NoticeRow.next_at <= now, NoticeRow.lease_until <= now)
        .order_by(NoticeRow.severity.desc(), NoticeRow.attempts, NoticeRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def lease(session: Session, channel: str, owner: str, now: int, limit: int) -> list[Leased]:
    """Take up to `limit` notices that are due: at most one per alert, and only its oldest."""
    taken: list[Leased] = []
    while len(taken) < limit:
        rows = session.scalars(due(channel, now, limit - len(taken))).all()
        stale = _stale(session, [row.alert_id for row in rows if row.asks])
        for row in rows:
            if row.asks and row.alert_id in stale:
                row.state = "superseded"
                continue
            row.lease_owner, row.lease_until = owner, now + LEASE_MS
            lang: Lang = "en" if row.lang == "en" else "vi"
            taken.append(Leased(row.id, row.key, row.body, row.attempts, row.address, lang))
        session.flush()
        if not any(row.state == "superseded" for row in rows):
            break
    return taken


def _stale(session: Session, ids: Sequence[str]) -> set[str]:
    """Of these alerts those that ask for nobody any more."""
    if not ids:
        return set()
    wanted = select(AlertRow.alert_id).where(
        AlertRow.alert_id.in_(ids), or_(AlertRow.status == "resolved", AlertRow.people != "unaccepted")
    )
    return set(session.scalars(wanted))


def record_sent(session: Session, notice: Leased, owner: str, now: int, receipt: Receipt | None = None) -> None:
    """The receiver has it; `receipt` is what it said of the message."""
    known = receipt or Receipt()
    delivered = now if known.delivered else None
    # PostgreSQL keeps no NUL; a message that cannot be written down as sent would be sent again for ever.
    reference = known.reference.replace("\0", "")[:128] or None
    _settle(session, notice, owner, state="sent", sent_at=now, error=None, reference=reference, delivered_at=delivered)


def record_report(session: Session, channel: str, report: Report, now: int) -> bool:
    """A delivery report that came later; False where no message has this reference. Told twice it changes nothing."""
    wanted = select(NoticeRow).where(NoticeRow.channel == channel, NoticeRow.reference == report.reference)
    row = session.scalar(wanted.order_by(NoticeRow.id.desc()).limit(1).with_for_update())
    if row is None:
        return False
    if report.delivered:
        row.delivered_at, row.error = row.delivered_at or now, None
    elif row.delivered_at is None:
        row.error = report.error or "not_delivered"
    return True


def record_refused(session: Session, notice: Leased, owner: str, error: str) -> None:
    """The receiver will never take this one; the alert's next notice may go."""
    _settle(session, notice, owner, state="refused", error=error)


def record_failed(session: Session, notice: Leased, owner: str, now: int, *, error: str, asked_ms: int) -> int:
    """Try again later; `asked_ms` is what the receiver asked for. Gives the time of the next attempt."""
    next_at = now + wait_ms(notice.key, notice.attempts + 1, asked_ms)
    _settle(session, notice, owner, next_at=next_at, error=error)
    return next_at


def wait_ms(key: str, attempts: int, asked_ms: int = 0) -> int:
    """Doubling from 1 s to 5 min, less up to a fifth that differs per notice; never before what was asked for.

    The spread comes from the key, not from chance: after an outage the backlog does not come back in one moment, and
    a test sees the same times twice.
    """
    longest: int = min(FIRST_WAIT_MS << min(attempts - 1, 20), LONGEST_WAIT_MS)
    spread = int.from_bytes(hashlib.blake2b(f"{key}{attempts}".encode(), digest_size=2).digest()) / 65536
    return max(longest - int(longest * spread / 5), min(asked_ms, LONGEST_ASKED_MS))


def release(session: Session, owner: str) -> None:
    """Give back what was leased and not sent; a desk that stops leaves nobody waiting for its leases."""
    session.execute(update(NoticeRow).where(NoticeRow.lease_owner == owner).values(lease_owner=None, lease_until=0))


def next_due(session: Session, channel: str) -> int | None:
    """When the next notice may be tried (epoch ms); None when none waits."""
    free = case((NoticeRow.next_at > NoticeRow.lease_until, NoticeRow.next_at), else_=NoticeRow.lease_until)
    found: int | None = session.scalar(select(func.min(free)).where(_may_go(channel)))
    return found


def health(session: Session, channel: str, since: int) -> Health:
    """The state of a channel; refused ones count from `since` (epoch ms)."""
    waiting, oldest = session.execute(
        select(func.count(), func.min(NoticeRow.created_at)).where(_waiting(channel))
    ).one()
    failing, error = session.execute(
        select(func.count(), func.max(NoticeRow.error)).where(_waiting(channel), NoticeRow.attempts > 0)
    ).one()
    refused, why = session.execute(
        select(func.count(), func.max(NoticeRow.error)).where(
            NoticeRow.channel == channel, NoticeRow.state == "refused", NoticeRow.created_at >= since
        )
    ).one()
    last_sent = session.execute(
        select(func.max(NoticeRow.sent_at)).where(NoticeRow.channel == channel, NoticeRow.state == "sent")
    ).scalar_one()
    return Health(waiting, oldest, failing, refused, error or why, last_sent)


def _waiting(channel: str) -> ColumnElement[bool]:
    return and_(NoticeRow.channel == channel, NoticeRow.state == "waiting")


def _may_go(channel: str) -> ColumnElement[bool]:
    """Waiting, and no earlier notice of the same alert to the same recipient waits."""
    earlier = aliased(NoticeRow)
    blocked = exists().where(
        earlier.alert_id == NoticeRow.alert_id,
        earlier.channel == NoticeRow.channel,
        earlier.recipient == NoticeRow.recipient,
        earlier.state == "waiting",
        earlier.id < NoticeRow.id,
    )
    return and_(_waiting(channel), ~blocked)


def _settle(session: Session, notice: Leased, owner: str, **values: object) -> None:
    """Write the outcome if the notice is still ours: another desk may have taken it over after the lease."""
    session.execute(
        update(NoticeRow)
        .where(NoticeRow.id == notice.id, NoticeRow.lease_owner == owner, NoticeRow.state == "waiting")
        .values(attempts=notice.attempts + 1, lease_owner=None, lease_until=0, **values)
    )
