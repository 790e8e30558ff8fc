"""Tables of the desk: alerts as last known, their transitions, notices that must leave, the audit, places in the log.

Plain SQL that SQLite and PostgreSQL both speak. Times are epoch milliseconds UTC. Counters are rows that are updated
in the same transaction as what they number: whoever holds the row is alone, so numbers are given in the order of
commits.
"""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import BigInteger, Connection, Index, Integer, LargeBinary, String, Text, UniqueConstraint, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Ms = Annotated[int, mapped_column(BigInteger)]
"""Epoch milliseconds UTC, or a position in a log."""
Row = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)]
Name = Annotated[str, mapped_column(String(128))]
Id = Annotated[str, mapped_column(String(64))]


class Base(DeclarativeBase):
    """All tables of the desk."""


class MarkRow(Base):
    """One fact about this database: `epoch`, a random name that changes only with a new database.

    `schema` is for programs from before there were editions (`ioc.desk.schema`): they refuse what they do not know.
    """

    __tablename__ = "marks"
    name: Mapped[Name] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class CounterRow(Base):
    """The last number given: `alert`, `drill`, `trial` (short numbers), `change` (order of commits), `audit` (length)."""

    __tablename__ = "counters"
    name: Mapped[Name] = mapped_column(primary_key=True)
    value: Mapped[Ms]


class OffsetRow(Base):
    """How far one partition of a log is applied, and of which log that is true."""

    __tablename__ = "offsets"
    topic: Mapped[Name] = mapped_column(primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cluster_id: Mapped[Name]
    topic_id: Mapped[Id]
    next_offset: Mapped[Ms]


class AlertRow(Base):
    """One alert as last known: its newest transition whole (`body`), and what people did.

    `number` is unique among drills and among the others; below 0 while its rule is on trial, when it is shown to
    nobody who is on duty. `log_*` is where its first transition stands in the log that
    is being read now. `changed` is the number of the last change a screen must know of.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("drill", "number"),
        Index("alerts_people", "people", "status"),
        Index("alerts_due", "due_at"),
        Index("alerts_pair", "rule", "source", "opened_at"),
        Index("alerts_input", "domain", "input_partition", "status"),
    )
    alert_id: Mapped[Id] = mapped_column(primary_key=True)
    number: Mapped[int]
    drill: Mapped[bool]
    revision: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    severity: Mapped[int]
    """Place in `ioc.events.SEVERITIES`."""
    domain: Mapped[str] = mapped_column(String(32))
    replay: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[Ms]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    input_topic_id: Mapped[str | None] = mapped_column(String(64))
    input_partition: Mapped[int | None]
    input_offset: Mapped[int | None] = mapped_column(BigInteger)
    """Which record of the input its newest transition was made from."""
    log_topic_id: Mapped[Id]
    log_partition: Mapped[int]
    log_offset: Mapped[Ms]
    stored_at: Mapped[Ms]
    ended_at: Mapped[Ms | None]
    """When the desk learnt that it ended."""
    rule: Mapped[Name]
    source: Mapped[str] = mapped_column(Text)
    people: Mapped[str] = mapped_column(String(16))
    """What people did: the second half of `ioc.alerts.lifecycle.State`; the columns below say who and when."""
    accepted_by: Mapped[str | None] = mapped_column(Text)
    """The owner; after a hand-over whoever answers for it still."""
    accepted_at: Mapped[Ms | None]
    accepted_severity: Mapped[int | None]
    """The severity that people dealt with: a rise above it asks for a person again."""
    handed_to: Mapped[str | None] = mapped_column(Text)
    """The unit that deals with it, in the directory's words."""
    handed_unit: Mapped[str | None] = mapped_column(String(64))
    """Its id in the directory; None for one that stands in none."""
    handed_by: Mapped[str | None] = mapped_column(Text)
    handed_at: Mapped[Ms | None]
    due_at: Mapped[Ms | None]
    """Until when the owner must give a sign, or the unit must have reported."""
    overdue_at: Mapped[Ms | None]
    """When the desk noticed that this time had passed; None again after the next act."""
    snoozed_until: Mapped[Ms | None]
    snoozed_by: Mapped[str | None] = mapped_column(Text)
    verification: Mapped[str] = mapped_column(String(16))
    verified_by: Mapped[str | None] = mapped_column(Text)
    verified_at: Mapped[Ms | None]
    verified_how: Mapped[str | None] = mapped_column(String(16))
    cause: Mapped[str | None] = mapped_column(String(16))
    """Why it was a false alarm (`ioc.alerts.lifecycle.CAUSES`)."""
    people_severity: Mapped[int | None]
    """What people made of its severity when they verified it, until the rule goes above `rule_severity`."""
    rule_severity: Mapped[int | None]
    """What the rule said then."""
    merged_into: Mapped[str | None] = mapped_column(String(64), index=True)
    """The alert that stands for this one since people merged it."""
    seen_by: Mapped[str | None] = mapped_column(Text)
    seen_at: Mapped[Ms | None]
    """When a person closed it."""
    acted: Mapped[Ms]
    """Line of the audit of the last act that changed what people did; 0 before the first."""
    changed: Mapped[Ms] = mapped_column(index=True)


class TransitionRow(Base):
    """One transition that was applied, in the order of applying."""

    __tablename__ = "transitions"
    __table_args__ = (Index("transitions_alert", "alert_id", "id"),)
    id: Mapped[Row]
    alert_id: Mapped[Id]
    revision: Mapped[int]
    stored_at: Mapped[Ms]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class OpenListRow(Base):
    """The newest list of the alerts that a worker holds open for one input partition; `settled` once it was acted on.

    `domain` is the input's name: the domain, or the stage beyond it (`ioc.alerts.open_alerts.OpenAlerts.input`).
    `topic_id`, `offset`: where in the input the worker's states stood. `log_*`: where the list stands in the log.
    """

    __tablename__ = "open_lists"
    domain: Mapped[str] = mapped_column(String(32), primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    topic_id: Mapped[Id]
    offset: Mapped[Ms]
    generation: Mapped[Ms]
    written_at: Mapped[Ms]
    log_topic_id: Mapped[Id]
    log_partition: Mapped[int]
    log_offset: Mapped[Ms]
    alert_ids: Mapped[bytes] = mapped_column(LargeBinary)
    """JSON array."""
    settled: Mapped[bool]


class TrialRow(Base):
    """What a person says of one alert of a rule on trial: `right` is None until somebody has judged it."""

    __tablename__ = "trials"
    __table_args__ = (Index("trials_rule", "rule", "right"),)
    alert_id: Mapped[Id] = mapped_column(primary_key=True)
    rule: Mapped[Name]
    right: Mapped[bool | None]
    judged_by: Mapped[str | None] = mapped_column(Text)
    judged_at: Mapped[Ms | None]


class NoticeRow(Base):
    """One message that must leave by one channel; `key` is the same on every attempt.

    `state`: waiting, sent, refused (the receiver said that this message will never be taken), superseded (it asked for
    a person, and the alert was accepted or ended before it left). To a machine `recipient` is empty.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("channel", "key"),
        Index("notices_due", "channel", "state", "next_at"),
        Index("notices_sent", "channel", "state", "sent_at"),
        Index("notices_alert", "alert_id", "channel", "state", "id"),
        Index("notices_reference", "channel", "reference"),
    )
    id: Mapped[Row]
    channel: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(128))
    alert_id: Mapped[Id]
    severity: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    created_at: Mapped[Ms]
    next_at: Mapped[Ms]
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[Ms]
    sent_at: Mapped[Ms | None]
    error: Mapped[str | None] = mapped_column(Text)
    """What went wrong last: an error code of ours, never the receiver's words."""
    recipient: Mapped[str] = mapped_column(Text, default="")
    """The person it is for."""
    address: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(String(2), default="vi")
    asks: Mapped[bool] = mapped_column(default=False)
    """It asks for a person, so that it is worth nothing once somebody has accepted."""
    reference: Mapped[str | None] = mapped_column(String(128))
    """The carrier's name for it, by which a delivery report comes later."""
    delivered_at: Mapped[Ms | None]
    """When it reached the recipient's device, where the channel can say so."""


class AuditRow(Base):
    """One act, chained to the one before it; rows are only ever added."""

    __tablename__ = "audit"
    nth: Mapped[Ms] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Ms]
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[Name]
    details: Mapped[str] = mapped_column(Text)
    """JSON object."""
    previous: Mapped[Id]
    hash: Mapped[Id]


_ONLY_ADDED = {
    "sqlite": (
        (
            "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
            "BEGIN SELECT RAISE(ABORT, 'audit lines are only added'); END"
        ),
        (
            "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
            "BEGIN SELECT RAISE(ABORT, 'audit lines are only added'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION audit_only_added() RETURNS trigger AS "
            "'BEGIN RAISE EXCEPTION ''audit lines are only added''; END' LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER audit_only_added BEFORE UPDATE OR DELETE ON audit "
            "FOR EACH ROW EXECUTE FUNCTION audit_only_added()"
        ),
        (
            "CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added()"
        ),
    ),
}


@event.listens_for(AuditRow.__table__, "after_create")
def _guard_audit(_table: object, connection: Connection, **_given: object) -> None:
    """The database itself refuses to change a line."""
    for statement in _ONLY_ADDED.get(connection.dialect.name, ()):
        connection.exec_driver_sql(statement)


class RefusedRow(Base):
    """A record of the log that is no transition: where it stands, and what it looked like."""

    __tablename__ = "refused"
    id: Mapped[Row]
    topic: Mapped[Name]
    topic_id: Mapped[Id]
    partition: Mapped[int]
    offset: Mapped[Ms]
    stored_at: Mapped[Ms]
    reason: Mapped[str] = mapped_column(Text)
    excerpt: Mapped[str] = mapped_column(Text)
