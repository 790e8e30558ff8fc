"""The tables as they were before there were steps: alerts, their history, notices, places in the log, audit.

An existing database may lack the youngest of them, so what is there already is left alone.
"""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

revision = "0001"
down_revision = None

ROW = BigInteger().with_variant(Integer(), "sqlite")
TABLES = (
    "alerts",
    "audit",
    "counters",
    "marks",
    "notices",
    "offsets",
    "open_lists",
    "refused",
    "transitions",
    "trials",
)
GUARDS = {
    "sqlite": (
        (
            "CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON audit "
            "BEGIN SELECT RAISE(ABORT, 'audit lines are only added'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON audit "
            "BEGIN SELECT RAISE(ABORT, 'audit lines are only added'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION audit_only_added() RETURNS trigger AS "
            "'BEGIN RAISE EXCEPTION ''audit lines are only added''; END' LANGUAGE plpgsql"
        ),
        (
            "CREATE OR REPLACE TRIGGER audit_only_added BEFORE UPDATE OR DELETE ON audit "
            "FOR EACH ROW EXECUTE FUNCTION audit_only_added()"
        ),
    ),
}


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "alerts",
        Column("alert_id", String(length=64), nullable=False),
        Column("number", Integer(), nullable=False),
        Column("drill", Boolean(), nullable=False),
        Column("revision", Integer(), nullable=False),
        Column("status", String(length=16), nullable=False),
        Column("severity", Integer(), nullable=False),
        Column("domain", String(length=32), nullable=False),
        Column("replay", Text(), nullable=False),
        Column("opened_at", BigInteger(), nullable=False),
        Column("body", LargeBinary(), nullable=False),
        Column("input_topic_id", String(length=64), nullable=True),
        Column("input_partition", Integer(), nullable=True),
        Column("input_offset", BigInteger(), nullable=True),
        Column("log_topic_id", String(length=64), nullable=False),
        Column("log_partition", Integer(), nullable=False),
        Column("log_offset", BigInteger(), nullable=False),
        Column("stored_at", BigInteger(), nullable=False),
        Column("ended_at", BigInteger(), nullable=True),
        Column("accepted_by", Text(), nullable=True),
        Column("accepted_at", BigInteger(), nullable=True),
        Column("accepted_severity", Integer(), nullable=True),
        Column("seen_by", Text(), nullable=True),
        Column("seen_at", BigInteger(), nullable=True),
        Column("changed", BigInteger(), nullable=False),
        PrimaryKeyConstraint("alert_id"),
        UniqueConstraint("drill", "number"),
        if_not_exists=True,
    )
    op.create_index("alerts_input", "alerts", ["domain", "input_partition", "status"], if_not_exists=True)
    op.create_index("alerts_open", "alerts", ["status", "seen_at"], if_not_exists=True)
    op.create_index("ix_alerts_changed", "alerts", ["changed"], if_not_exists=True)
    op.create_table(
        "audit",
        Column("nth", BigInteger(), autoincrement=False, nullable=False),
        Column("at", BigInteger(), nullable=False),
        Column("actor", Text(), nullable=False),
        Column("action", String(length=32), nullable=False),
        Column("subject", String(length=128), nullable=False),
        Column("details", Text(), nullable=False),
        Column("previous", String(length=64), nullable=False),
        Column("hash", String(length=64), nullable=False),
        PrimaryKeyConstraint("nth"),
        if_not_exists=True,
    )
    op.create_table(
        "counters",
        Column("name", String(length=128), nullable=False),
        Column("value", BigInteger(), nullable=False),
        PrimaryKeyConstraint("name"),
        if_not_exists=True,
    )
    op.create_table(
        "marks",
        Column("name", String(length=128), nullable=False),
        Column("value", Text(), nullable=False),
        PrimaryKeyConstraint("name"),
        if_not_exists=True,
    )
    op.create_table(
        "notices",
        Column("id", ROW, autoincrement=True, nullable=False),
        Column("channel", String(length=32), nullable=False),
        Column("key", String(length=128), nullable=False),
        Column("alert_id", String(length=64), nullable=False),
        Column("severity", Integer(), nullable=False),
        Column("body", LargeBinary(), nullable=False),
        Column("state", String(length=16), nullable=False),
        Column("attempts", Integer(), nullable=False),
        Column("created_at", BigInteger(), nullable=False),
        Column("next_at", BigInteger(), nullable=False),
        Column("lease_owner", String(length=64), nullable=True),
        Column("lease_until", BigInteger(), nullable=False),
        Column("sent_at", BigInteger(), nullable=True),
        Column("error", Text(), nullable=True),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("channel", "key"),
        if_not_exists=True,
    )
    op.create_index("notices_alert", "notices", ["alert_id", "channel", "state", "id"], if_not_exists=True)
    op.create_index("notices_due", "notices", ["channel", "state", "next_at"], if_not_exists=True)
    op.create_index("notices_sent", "notices", ["channel", "state", "sent_at"], if_not_exists=True)
    op.create_table(
        "offsets",
        Column("topic", String(length=128), nullable=False),
        Column("partition", Integer(), autoincrement=False, nullable=False),
        Column("cluster_id", String(length=128), nullable=False),
        Column("topic_id", String(length=64), nullable=False),
        Column("next_offset", BigInteger(), nullable=False),
        PrimaryKeyConstraint("topic", "partition"),
        if_not_exists=True,
    )
    op.create_table(
        "open_lists",
        Column("domain", String(length=32), nullable=False),
        Column("partition", Integer(), autoincrement=False, nullable=False),
        Column("topic_id", String(length=64), nullable=False),
        Column("offset", BigInteger(), nullable=False),
        Column("generation", BigInteger(), nullable=False),
        Column("written_at", BigInteger(), nullable=False),
        Column("log_topic_id", String(length=64), nullable=False),
        Column("log_partition", Integer(), nullable=False),
        Column("log_offset", BigInteger(), nullable=False),
        Column("alert_ids", LargeBinary(), nullable=False),
        Column("settled", Boolean(), nullable=False),
        PrimaryKeyConstraint("domain", "partition"),
        if_not_exists=True,
    )
    op.create_table(
        "refused",
        Column("id", ROW, autoincrement=True, nullable=False),
        Column("topic", String(length=128), nullable=False),
        Column("topic_id", String(length=64), nullable=False),
        Column("partition", Integer(), nullable=False),
        Column("offset", BigInteger(), nullable=False),
        Column("stored_at", BigInteger(), nullable=False),
        Column("reason", Text(), nullable=False),
        Column("excerpt", Text(), nullable=False),
        PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )
    op.create_table(
        "transitions",
        Column("id", ROW, autoincrement=True, nullable=False),
        Column("alert_id", String(length=64), nullable=False),
        Column("revision", Integer(), nullable=False),
        Column("stored_at", BigInteger(), nullable=False),
        Column("body", LargeBinary(), nullable=False),
        PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )
    op.create_index("transitions_alert", "transitions", ["alert_id", "id"], if_not_exists=True)
    op.create_table(
        "trials",
        Column("alert_id", String(length=64), nullable=False),
        Column("rule", String(length=128), nullable=False),
        Column("right", Boolean(), nullable=True),
        Column("judged_by", Text(), nullable=True),
        Column("judged_at", BigInteger(), nullable=True),
        PrimaryKeyConstraint("alert_id"),
        if_not_exists=True,
    )
    op.create_index("trials_rule", "trials", ["rule", "right"], if_not_exists=True)
    for guard in GUARDS[op.get_bind().dialect.name]:
        op.execute(guard)


def downgrade() -> None:
    """Drop them all."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_only_added()")
