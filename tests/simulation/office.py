"""The desk in the simulation: the product's inbox and outbox over SQLite, in steps that a crash may cut off.

Two desks share one database, as after a failover: each has its own idea of how far the log was applied.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from ioc.alerts.alert import decode
from ioc.desk import outbox
from ioc.desk.inbox import Inbox, Overtaken, positions
from ioc.desk.store import Store
from ioc.desk.tables import NoticeRow, TransitionRow
from ioc.places.boundaries import Boundaries
from ioc.streams.follow import Chunk, Followed
from ioc.streams.topics import ALERTS
from tests.simulation.broker import SimBroker

CLUSTER, LOG, CHANNEL = "simulated", "10" * 16, "webhook"
BOUNDARIES = Boundaries.builtin()


class Cut(Exception):
    """The desk died here."""


class Office:
    """`template` is an empty database of the product's."""

    def __init__(self, broker: SimBroker, dice: random.Random, template: Path, place: Path) -> None:
        path = place / "desk.sqlite"
        shutil.copyfile(template, path)
        self.store = Store(f"sqlite:///{path}")
        self.taken: list[str] = []
        """Idempotency keys that the receiver took, in order."""
        self.cuts = 0
        """Crashes between the receiver's answer and our record of it."""
        self.crashes = 0
        self._broker = broker
        self._dice = dice
        self._inbox = Inbox(BOUNDARIES, (CHANNEL,))
        self._at: list[int | None] = [None, None]

    def _place(self, desk: int) -> int:
        known = self._at[desk]
        if known is None:
            with self.store.writing() as session:
                known = self._at[desk] = positions(session, CLUSTER, LOG, [0])[0]
        return known

    def apply(self, *, calm: bool = False) -> bool:
        """One of the desks takes a chunk of the log; False where there was none."""
        desk = 0 if calm else self._dice.randrange(2)
        at = self._place(desk)
        rows = self._broker.fetch(ALERTS, 0, at, self._dice.randrange(1, 12))
        if not rows:
            return False
        records = [Followed(row.offset, row.key, row.value, row.headers, row.timestamp) for row in rows]
        end = rows[-1].offset + 1
        chunk = Chunk(CLUSTER, LOG, 0, records, end, self._broker.end(ALERTS, 0))
        try:
            with self.store.writing() as session:
                self._inbox.apply(session, chunk, at, self._broker.now)
                self._cut(calm=calm)
        except Cut:
            self.crashes += 1
            self._at[desk] = None
        except Overtaken:
            self._at[desk] = None
        else:
            self._at[desk] = end
        return True

    def _cut(self, *, calm: bool) -> None:
        if not calm and self._dice.random() < 0.15:
            raise Cut

    def send(self, *, calm: bool = False) -> bool:
        """Lease what is due, post it, write it down; False where nothing is due."""
        owner = f"desk-{self._dice.randrange(2)}"
        with self.store.writing() as session:
            leased = outbox.lease(session, CHANNEL, owner, self._broker.now, 4)
        for notice in leased:
            if not calm and self._dice.random() < 0.05:
                with self.store.writing() as session:
                    outbox.record_failed(session, notice, owner, self._broker.now, error="webhook_status", asked_ms=0)
                continue
            self.taken.append(notice.key)
            if not calm and self._dice.random() < 0.05:
                self.cuts += 1
                break  # the lease ends by itself, and another desk sends the rest
            with self.store.writing() as session:
                outbox.record_sent(session, notice, owner, self._broker.now)
        return bool(leased)

    def finish(self) -> None:
        """All of the log, and all that is due, whatever time that takes."""
        while self.apply(calm=True) or self._at[0] != self._broker.end(ALERTS, 0):
            pass
        while self._waiting():
            if not self.send(calm=True):
                self._broker.now += outbox.LEASE_MS

    def _waiting(self) -> bool:
        with self.store.reading() as session:
            return (
                session.scalars(select(NoticeRow.id).where(NoticeRow.state == "waiting").limit(1)).first() is not None
            )

    def stored(self) -> Counter[tuple[str, int, str]]:
        """(alert id, revision, change) of every transition in the database."""
        with self.store.reading() as session:
            bodies = session.scalars(select(TransitionRow.body)).all()
        return Counter((one.alert_id, one.revision, one.change) for one in map(decode, bodies))
