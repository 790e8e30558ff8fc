"""Answers to `ioc watch`: a beat that came all the way here is posted back to the machine that sent it, to it alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ioc.alerts.alert import Transition
from ioc.desk.moment import time_of
from ioc.desk.notice import notice_key
from ioc.desk.tables import NoticeRow
from ioc.events import iso

CHANNEL = "watch"
FRESH_MS = 600_000
"""An older beat is waited for by nobody: a log that is read again from its start answers none of them."""


class WatchNotice(BaseModel):
    """The body of one answer (docs/watch.md)."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
    format: Literal["ioc.watch.v1"] = "ioc.watch.v1"
    """Which kind of answer this is."""
    key: str
    """The same on every attempt."""
    at: str
    """Which beat is answered: when it was sent, by the clock of its sender."""
    stored_at: str
    """When the desk had it."""


def answer(session: Session, told: Sequence[Transition], now: int) -> int:
    """Put answers into the outbox; those that wait for a watcher that is away give way to the newest. How many."""
    fresh = {notice_key(one): one for one in told if now - one.at < FRESH_MS}
    known = session.scalars(select(NoticeRow.key).where(NoticeRow.channel == CHANNEL, NoticeRow.key.in_(fresh)))
    for key in known.all():
        del fresh[key]
    if not fresh:
        return 0
    stale = delete(NoticeRow).where(
        NoticeRow.channel == CHANNEL, NoticeRow.created_at < now - FRESH_MS, NoticeRow.lease_until <= now
    )
    session.execute(stale)
    session.execute(insert(NoticeRow), [_row(key, one, now) for key, one in fresh.items()])
    return len(fresh)


def _row(key: str, one: Transition, now: int) -> dict[str, object]:
    body = WatchNotice(key=key, at=iso(time_of(one.at)), stored_at=iso(time_of(now))).model_dump_json()
    return {
        "channel": CHANNEL,
        "key": key,
        "alert_id": one.alert_id,
        "severity": 0,
        "body": body.encode(),
        "state": "waiting",
        "attempts": 0,
        "created_at": now,
        "next_at": now,
        "lease_until": 0,
    }
