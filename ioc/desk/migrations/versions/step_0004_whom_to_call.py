"""Whom to call: rota, addresses, directory, silences, chains, who was told what; notices name their recipient."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, PrimaryKeyConstraint, String, Text, UniqueConstraint, false

revision = "0004"
down_revision = "0003"

ROW = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "addresses",
        Column("person", Text(), nullable=False),
        Column("channel", String(length=32), nullable=False),
        Column("address", Text(), nullable=False),
        PrimaryKeyConstraint("person", "channel"),
    )
    op.create_table(
        "contacts",
        Column("person", Text(), nullable=False),
        Column("lang", String(length=2), nullable=False),
        Column("gone_at", BigInteger(), nullable=True),
        PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "directory",
        Column("id", ROW, autoincrement=True, nullable=False),
        Column("unit", Text(), nullable=False),
        Column("name", Text(), nullable=False),
        Column("communes", Text(), nullable=False),
        Column("domains", Text(), nullable=False),
        Column("hours", String(length=16), nullable=False),
        Column("office", String(length=32), nullable=False),
        Column("mobile", String(length=32), nullable=False),
        Column("deputy", Text(), nullable=False),
        Column("deputy_mobile", String(length=32), nullable=False),
        Column("verified_at", BigInteger(), nullable=True),
        Column("rank", Integer(), nullable=False),
        PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "hidden",
        Column("silence", String(length=128), nullable=False),
        Column("alert_id", String(length=64), nullable=False),
        Column("severity", Integer(), nullable=False),
        Column("at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("silence", "alert_id"),
    )
    op.create_table(
        "maintenance",
        Column("id", ROW, autoincrement=True, nullable=False),
        Column("rule", String(length=128), nullable=False),
        Column("source", String(length=128), nullable=False),
        Column("communes", Text(), nullable=False),
        Column("domain", String(length=32), nullable=False),
        Column("feed", String(length=128), nullable=False),
        Column("up_to", Integer(), nullable=False),
        Column("owner", Text(), nullable=False),
        Column("reason", Text(), nullable=False),
        Column("made_at", BigInteger(), nullable=False),
        Column("hours", String(length=16), nullable=False),
        Column("days", String(length=32), nullable=False),
        Column("holidays", String(length=8), nullable=False),
        Column("first", Integer(), nullable=False),
        Column("last", Integer(), nullable=False),
        Column("ended_at", BigInteger(), nullable=True),
        Column("turn_at", BigInteger(), nullable=True),
        Column("turn_ends", BigInteger(), nullable=True),
        PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "messages",
        Column("id", ROW, autoincrement=True, nullable=False),
        Column("person", Text(), nullable=False),
        Column("at", BigInteger(), nullable=False),
        Column("form", String(length=16), nullable=False),
        Column("grouped", Text(), nullable=False),
        Column("at_once", Boolean(), nullable=False),
        Column("alerts", Integer(), nullable=False),
        PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("messages_person", ["person", "at"], unique=False)
    op.create_table(
        "rota_changes",
        Column("id", ROW, autoincrement=True, nullable=False),
        Column("duty", String(length=32), nullable=False),
        Column("person", Text(), nullable=False),
        Column("instead_of", Text(), nullable=False),
        Column("start_at", BigInteger(), nullable=False),
        Column("end_at", BigInteger(), nullable=False),
        Column("made_by", Text(), nullable=False),
        Column("made_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("rota_changes", schema=None) as batch_op:
        batch_op.create_index("rota_changes_span", ["duty", "end_at"], unique=False)
    op.create_table(
        "runs",
        Column("alert_id", String(length=64), nullable=False),
        Column("rule", String(length=128), nullable=False),
        Column("open", Boolean(), nullable=False),
        Column("started_at", BigInteger(), nullable=True),
        Column("severity", Integer(), nullable=False),
        Column("route", String(length=32), nullable=False),
        Column("due_at", BigInteger(), nullable=True),
        Column("told_severity", Integer(), nullable=False),
        Column("told_as", String(length=16), nullable=False),
        Column("empty", String(length=64), nullable=False),
        PrimaryKeyConstraint("alert_id"),
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index("runs_due", ["due_at"], unique=False)
        batch_op.create_index("runs_rule", ["rule", "open"], unique=False)
    op.create_table(
        "shifts",
        Column("id", ROW, autoincrement=True, nullable=False),
        Column("duty", String(length=32), nullable=False),
        Column("person", Text(), nullable=False),
        Column("start_at", BigInteger(), nullable=False),
        Column("end_at", BigInteger(), nullable=False),
        Column("made_by", Text(), nullable=False),
        Column("made_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("duty", "person", "start_at"),
    )
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.create_index("shifts_span", ["duty", "end_at"], unique=False)
    op.create_table(
        "silences",
        Column("id", ROW, autoincrement=True, nullable=False),
        Column("rule", String(length=128), nullable=False),
        Column("source", String(length=128), nullable=False),
        Column("communes", Text(), nullable=False),
        Column("domain", String(length=32), nullable=False),
        Column("feed", String(length=128), nullable=False),
        Column("up_to", Integer(), nullable=False),
        Column("owner", Text(), nullable=False),
        Column("reason", Text(), nullable=False),
        Column("made_at", BigInteger(), nullable=False),
        Column("starts_at", BigInteger(), nullable=False),
        Column("ends_at", BigInteger(), nullable=False),
        Column("last_match", BigInteger(), nullable=False),
        Column("ended_at", BigInteger(), nullable=True),
        Column("ended_why", String(length=16), nullable=False),
        Column("receipt_at", BigInteger(), nullable=True),
        PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("silences", schema=None) as batch_op:
        batch_op.create_index("ix_silences_receipt_at", ["receipt_at"], unique=False)
        batch_op.create_index("silences_span", ["ended_at", "ends_at"], unique=False)
    op.create_table(
        "storms",
        Column("id", ROW, autoincrement=True, nullable=False),
        Column("started_at", BigInteger(), nullable=False),
        Column("started_by", Text(), nullable=False),
        Column("ended_at", BigInteger(), nullable=True),
        Column("ended_by", Text(), nullable=True),
        Column("receipt_at", BigInteger(), nullable=True),
        PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "wants",
        Column("id", ROW, autoincrement=True, nullable=False),
        Column("alert_id", String(length=64), nullable=False),
        Column("person", Text(), nullable=False),
        Column("channels", Text(), nullable=False),
        Column("occasion", String(length=16), nullable=False),
        Column("step", Integer(), nullable=False),
        Column("run", BigInteger(), nullable=False),
        Column("severity", Integer(), nullable=False),
        Column("at", BigInteger(), nullable=False),
        Column("alone", Boolean(), nullable=False),
        Column("grouped", Text(), nullable=False),
        Column("wait", BigInteger(), nullable=False),
        Column("every", BigInteger(), nullable=False),
        Column("happening", Text(), nullable=False),
        Column("state", String(length=16), nullable=False),
        Column("message", BigInteger(), nullable=True),
        PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("wants", schema=None) as batch_op:
        batch_op.create_index("wants_alert", ["alert_id", "state"], unique=False)
        batch_op.create_index("wants_message", ["message"], unique=False)
        batch_op.create_index("wants_waiting", ["state", "person"], unique=False)
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.add_column(Column("recipient", Text(), server_default="", nullable=False))
        batch_op.add_column(Column("address", Text(), server_default="", nullable=False))
        batch_op.add_column(Column("lang", String(length=2), server_default="vi", nullable=False))
        batch_op.add_column(Column("asks", Boolean(), server_default=false(), nullable=False))
        batch_op.add_column(Column("reference", String(length=128), nullable=True))
        batch_op.add_column(Column("delivered_at", BigInteger(), nullable=True))
        batch_op.create_index("notices_reference", ["channel", "reference"], unique=False)
    with op.batch_alter_table("notices", schema=None) as batch_op:
        for name in ("recipient", "address", "lang", "asks"):
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    """As it was."""
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index("notices_reference")
        batch_op.drop_column("delivered_at")
        batch_op.drop_column("reference")
        batch_op.drop_column("asks")
        batch_op.drop_column("lang")
        batch_op.drop_column("address")
        batch_op.drop_column("recipient")
    with op.batch_alter_table("wants", schema=None) as batch_op:
        batch_op.drop_index("wants_waiting")
        batch_op.drop_index("wants_message")
        batch_op.drop_index("wants_alert")
    op.drop_table("wants")
    op.drop_table("storms")
    with op.batch_alter_table("silences", schema=None) as batch_op:
        batch_op.drop_index("silences_span")
        batch_op.drop_index("ix_silences_receipt_at")
    op.drop_table("silences")
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.drop_index("shifts_span")
    op.drop_table("shifts")
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("runs_rule")
        batch_op.drop_index("runs_due")
    op.drop_table("runs")
    with op.batch_alter_table("rota_changes", schema=None) as batch_op:
        batch_op.drop_index("rota_changes_span")
    op.drop_table("rota_changes")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index("messages_person")
    op.drop_table("messages")
    op.drop_table("maintenance")
    op.drop_table("hidden")
    op.drop_table("directory")
    op.drop_table("contacts")
    op.drop_table("addresses")
