"""Tables of whom to call: rota, addresses, directory, silences, and who was told what.

Nothing here says of an alert that it is muted: that is asked of the silences of the moment. Times are epoch ms UTC.
"""

from __future__ import annotations

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ioc.desk.tables import Base, Id, Ms, Name, Row


class ShiftRow(Base):
    """One person's shift on one duty, [start_at, end_at)."""

    __tablename__ = "shifts"
    __table_args__ = (UniqueConstraint("duty", "person", "start_at"), Index("shifts_span", "duty", "end_at"))
    id: Mapped[Row]
    duty: Mapped[str] = mapped_column(String(32))
    person: Mapped[str] = mapped_column(Text)
    start_at: Mapped[Ms]
    end_at: Mapped[Ms]
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[Ms]


class RotaChangeRow(Base):
    """`person` stands in for `instead_of` (everybody, where it is empty); the later of two holds."""

    __tablename__ = "rota_changes"
    __table_args__ = (Index("rota_changes_span", "duty", "end_at"),)
    id: Mapped[Row]
    duty: Mapped[str] = mapped_column(String(32))
    person: Mapped[str] = mapped_column(Text)
    instead_of: Mapped[str] = mapped_column(Text)
    start_at: Mapped[Ms]
    end_at: Mapped[Ms]
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[Ms]


class ContactRow(Base):
    """Somebody who can be told; `gone_at` when he left: then nobody pages him again."""

    __tablename__ = "contacts"
    person: Mapped[str] = mapped_column(Text, primary_key=True)
    lang: Mapped[str] = mapped_column(String(2))
    gone_at: Mapped[Ms | None]


class AddressRow(Base):
    """One way to reach somebody, in the form of its channel."""

    __tablename__ = "addresses"
    person: Mapped[str] = mapped_column(Text, primary_key=True)
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    address: Mapped[str] = mapped_column(Text)


class DirectoryRow(Base):
    """Danh bạ trực: whom to call of one unit. Empty `communes`, `domains`, `hours` mean all of them.

    `communes`, `domains`: words joined by blanks. `rank` orders the numbers of a card: the least is called first.
    """

    __tablename__ = "directory"
    id: Mapped[Row]
    unit: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    communes: Mapped[str] = mapped_column(Text)
    domains: Mapped[str] = mapped_column(Text)
    hours: Mapped[str] = mapped_column(String(16))
    office: Mapped[str] = mapped_column(String(32))
    mobile: Mapped[str] = mapped_column(String(32))
    deputy: Mapped[str] = mapped_column(Text)
    deputy_mobile: Mapped[str] = mapped_column(String(32))
    verified_at: Mapped[Ms | None]
    rank: Mapped[int]


class SilenceRow(Base):
    """Tạm ngừng thông báo: an area, an owner, a reason, an end. `communes`: codes joined by blanks."""

    __tablename__ = "silences"
    __table_args__ = (Index("silences_span", "ended_at", "ends_at"),)
    id: Mapped[Row]
    rule: Mapped[Name]
    source: Mapped[Name]
    communes: Mapped[str] = mapped_column(Text)
    domain: Mapped[str] = mapped_column(String(32))
    feed: Mapped[Name]
    up_to: Mapped[int]
    """Place in `ioc.events.SEVERITIES` of the gravest that is held back."""
    owner: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[Ms]
    starts_at: Mapped[Ms]
    ends_at: Mapped[Ms]
    last_match: Mapped[Ms]
    """When something in its area was last seen firing."""
    ended_at: Mapped[Ms | None]
    ended_why: Mapped[str] = mapped_column(String(16))
    """`time`, `person`, `quiet`."""
    receipt_at: Mapped[Ms | None] = mapped_column(index=True)
    """When its owner was told what it had held back."""


class WindowRow(Base):
    """Bảo trì theo lịch: a silence that comes back. `days`: words joined by blanks; `first`, `last`: local days."""

    __tablename__ = "maintenance"
    id: Mapped[Row]
    rule: Mapped[Name]
    source: Mapped[Name]
    communes: Mapped[str] = mapped_column(Text)
    domain: Mapped[str] = mapped_column(String(32))
    feed: Mapped[Name]
    up_to: Mapped[int]
    owner: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[Ms]
    hours: Mapped[str] = mapped_column(String(16))
    days: Mapped[str] = mapped_column(String(32))
    holidays: Mapped[str] = mapped_column(String(8))
    first: Mapped[int]
    last: Mapped[int]
    ended_at: Mapped[Ms | None]
    turn_at: Mapped[Ms | None]
    """Begin of the turn whose receipt is still due; None between turns."""
    turn_ends: Mapped[Ms | None]


class HiddenRow(Base):
    """An alert that a silence (`s7`) or a turn of a window (`w2@...`) held back, with the worst it was then."""

    __tablename__ = "hidden"
    silence: Mapped[Name] = mapped_column(primary_key=True)
    alert_id: Mapped[Id] = mapped_column(primary_key=True)
    severity: Mapped[int]
    at: Mapped[Ms]


class RunRow(Base):
    """How far the chain of one alert has come. `started_at` is None while it asks for nobody: muted, or not begun.

    `due_at`: when it is to be looked at again; None when nothing but a change of the alert can move it.
    """

    __tablename__ = "runs"
    __table_args__ = (Index("runs_due", "due_at"), Index("runs_rule", "rule", "open"))
    alert_id: Mapped[Id] = mapped_column(primary_key=True)
    rule: Mapped[Name]
    open: Mapped[bool]
    started_at: Mapped[Ms | None]
    severity: Mapped[int]
    route: Mapped[str] = mapped_column(String(32))
    due_at: Mapped[Ms | None]
    told_severity: Mapped[int]
    """As it was told last; another one is an update."""
    told_as: Mapped[str] = mapped_column(String(16))
    """Verification as it was told last."""
    empty: Mapped[str] = mapped_column(String(64))
    """Steps at which nobody could be reached, joined by blanks."""


class WantRow(Base):
    """Something one person is to be told of one alert. `state`: waiting, told (`message` says in which), dropped."""

    __tablename__ = "wants"
    __table_args__ = (
        Index("wants_waiting", "state", "person"),
        Index("wants_alert", "alert_id", "state"),
        Index("wants_message", "message"),
    )
    id: Mapped[Row]
    alert_id: Mapped[Id]
    person: Mapped[str] = mapped_column(Text)
    channels: Mapped[str] = mapped_column(Text)
    occasion: Mapped[str] = mapped_column(String(16))
    step: Mapped[int]
    run: Mapped[Ms]
    """`started_at` of its run."""
    severity: Mapped[int]
    at: Mapped[Ms]
    alone: Mapped[bool]
    grouped: Mapped[str] = mapped_column(Text)
    wait: Mapped[Ms]
    every: Mapped[Ms]
    happening: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    message: Mapped[Ms | None]


class MessageRow(Base):
    """One message to one person, sent by one or more channels (`notices` hold how each of them went)."""

    __tablename__ = "messages"
    __table_args__ = (Index("messages_person", "person", "at"),)
    id: Mapped[Row]
    person: Mapped[str] = mapped_column(Text)
    at: Mapped[Ms]
    form: Mapped[str] = mapped_column(String(16))
    """`one`, `group`, `digest`, `receipt`."""
    grouped: Mapped[str] = mapped_column(Text)
    at_once: Mapped[bool]
    """Beyond the limit of messages: extreme, or of a route that is alone."""
    alerts: Mapped[int]
    """How many alerts it stands for."""


class StormRow(Base):
    """Chế độ thiên tai: switched on and off by the shift lead."""

    __tablename__ = "storms"
    id: Mapped[Row]
    started_at: Mapped[Ms]
    started_by: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[Ms | None]
    ended_by: Mapped[str | None] = mapped_column(Text)
    receipt_at: Mapped[Ms | None]
    """When whoever ended it was told what it did."""
