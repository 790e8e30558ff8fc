"""A night at the desk as a timeline: minutes from 20:00, what arrives, what people do, who was told what when.

    night = Night(office)
    night.at(0).fires(1)
    assert night.between(0, 10) == ["0 An alert #1001 sms,zalo"]
    night.at(12).accepts(1, "An")

Time is virtual: `at` lets everything that falls due on the way happen at its own moment, and nothing sleeps.
"""

from __future__ import annotations

from typing import Any, Self

from sqlalchemy import func, select

from ioc.alerts.message import Message, decode
from ioc.alerts.rota import Shift
from ioc.alerts.routing import Routing
from ioc.alerts.routing_file import parse_routing
from ioc.desk import rota
from ioc.desk.acts.accept import accept
from ioc.desk.acts.act import Asked
from ioc.desk.overdue import notice_overdue
from ioc.desk.tables import AlertRow, NoticeRow
from ioc.desk.telling import Teller
from ioc.places.boundaries import Boundaries
from tests.desk.made import MINUTE, NOON, Office, alert_name, ended, transition

HOUR = 60 * MINUTE
ROUTING = """
duties:
  officer: {vi: Trực ban, en: Duty officer}
  lead: {vi: Trưởng ca, en: Shift lead}
  head: {vi: Lãnh đạo trực, en: Leader on duty}
channels: {sms: gsm, voice: gsm, zalo: internet, mail: internet}
chains:
  sos:
    steps:
      - {after: 0s, tell: [officer], by: [sms, zalo]}
      - {after: 60s, tell: [lead], by: [sms, voice]}
      - {after: 120s, tell: [head], by: [sms, voice]}
  normal:
    steps:
      - {after: 0s, tell: [officer], by: [sms, zalo]}
      - {after: 10m, tell: [lead], by: [sms]}
      - {after: 20m, tell: [head], by: [sms]}
    repeat: 30m
  small:
    steps: [{after: 0s, tell: [officer], by: [mail]}]
routes:
  - {id: sos, match: {rule: [sos*]}, chain: sos, alone: true}
  - {id: grouped, match: {rule: [link*]}, chain: normal, group: {by: [rule, commune], wait: 30s, every: 10m}}
  - {id: small, match: {severity: [minor]}, chain: small}
  - {id: rest, chain: normal}
"""
PEOPLE = {
    "An": {"sms": "+84900000001", "zalo": "an", "mail": "an@example.vn"},
    "Bình": {"sms": "+84900000002", "voice": "+84900000002"},
    "Chi": {"sms": "+84900000003", "voice": "+84900000003"},
}


class Night:
    """A desk with three people on duty from `NOON` on (minute 0)."""

    def __init__(self, office: Office, routing: str = ROUTING, *, hours: int = 24) -> None:
        self.office = office
        self.routing: Routing = parse_routing("routing.yaml", routing)
        self.teller = Teller(self.routing, Boundaries.builtin())
        office.inbox = type(office.inbox)(Boundaries.builtin(), (), teller=self.teller)
        self.revisions: dict[int, int] = {}
        self.given: dict[int, dict[str, Any]] = {}
        with office.store.writing() as session:
            for name, addresses in PEOPLE.items():
                rota.set_contact(session, name, addresses, by="Admin", now=NOON)
            for duty, name in zip(("officer", "lead", "head"), PEOPLE, strict=True):
                rota.add_shift(session, Shift(duty, name, NOON - HOUR, NOON + hours * HOUR), "Admin", NOON)
        self.next_at: int | None = None

    @property
    def now(self) -> int:
        return self.office.clock.ms

    def run(self) -> None:
        """What the desk's loops do at this moment."""
        with self.office.store.writing() as session:
            notice_overdue(session, self.now)
            due = session.scalar(
                select(func.min(AlertRow.due_at)).where(AlertRow.overdue_at.is_(None), AlertRow.due_at > self.now)
            )
            told = self.teller.run(session, self.now)
        self.next_at = min((at for at in (told, due) if at is not None), default=None)

    def at(self, minute: float) -> Self:
        """Let the time pass until then, each due thing at its moment."""
        target = NOON + round(minute * MINUTE)
        while True:
            self.run()
            if self.next_at is None or self.next_at > target:
                break
            assert self.next_at > self.now or self.next_at == target
            self.office.clock.ms = max(self.now + 1, self.next_at)
        self.office.clock.ms = target
        self.run()
        return self

    def fires(self, *numbers: int, **given: Any) -> Self:
        """Alerts begin, or change where they are known."""
        told = []
        for nth in numbers:
            revision = self.revisions[nth] = self.revisions.get(nth, 0) + 1
            self.given[nth] = {**self.given.get(nth, {}), **given}
            told.append(transition(nth, revision, **{**self.given[nth], "at": self.now, "last_seen": self.now}))
        self.office.receive(*told)
        return self

    def ends(self, *numbers: int) -> Self:
        """All-clears."""
        told = []
        for nth in numbers:
            revision = self.revisions[nth] = self.revisions[nth] + 1
            told.append(ended(nth, revision, **{**self.given[nth], "at": self.now, "last_seen": self.now}))
        self.office.receive(*told)
        return self

    def accepts(self, nth: int, who: str) -> Self:
        """Somebody takes it."""
        with self.office.store.writing() as session:
            accept(session, alert_name(nth), Asked(who, self.now))
        self.run()
        return self

    def notices(self) -> list[tuple[NoticeRow, Message]]:
        """All notices to people, oldest first."""
        with self.office.store.reading() as session:
            rows = session.scalars(select(NoticeRow).where(NoticeRow.recipient != "").order_by(NoticeRow.id)).all()
            session.expunge_all()
        return [(row, decode(row.body)) for row in rows]

    def between(self, start: float, end: float) -> list[str]:
        """Who was told what: minute, person, occasion, number, channels; [start, end)."""
        found: dict[tuple[str, str], list[str]] = {}
        said: dict[tuple[str, str], str] = {}
        for row, message in self.notices():
            minute = (row.created_at - NOON) / MINUTE
            if start <= minute < end:
                key = (row.recipient, row.key)
                found.setdefault(key, []).append(row.channel)
                what = message.number or (str(message.tally.alerts) if message.tally else "")
                said[key] = f"{minute:g} {row.recipient} {message.occasion} {what}"
        return [f"{said[key]} {','.join(channels)}" for key, channels in found.items()]
