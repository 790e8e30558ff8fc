"""What people do with an alert beyond accepting it: units, times, findings, merging; and acts done under a key."""

import json
from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Text, bindparam, column, select, table, update

revision = "0003"
down_revision = "0002"

FILLED = ("rule", "source", "people", "verification", "acted")
"""Columns that every row has from now on; the program gives them, so the server's default goes again."""
ALERTS = table("alerts", column("alert_id", String()), column("body", LargeBinary()))
SLICE = 500


def _new() -> list[Column[Any]]:
    return [
        Column("rule", String(128), nullable=False, server_default=""),
        Column("source", Text(), nullable=False, server_default=""),
        Column("people", String(16), nullable=False, server_default="unaccepted"),
        Column("handed_to", Text()),
        Column("handed_unit", String(64)),
        Column("handed_by", Text()),
        Column("handed_at", BigInteger()),
        Column("due_at", BigInteger()),
        Column("overdue_at", BigInteger()),
        Column("snoozed_until", BigInteger()),
        Column("snoozed_by", Text()),
        Column("verification", String(16), nullable=False, server_default="unverified"),
        Column("verified_by", Text()),
        Column("verified_at", BigInteger()),
        Column("verified_how", String(16)),
        Column("cause", String(16)),
        Column("people_severity", Integer()),
        Column("rule_severity", Integer()),
        Column("merged_into", String(64)),
        Column("acted", BigInteger(), nullable=False, server_default="0"),
    ]


def upgrade() -> None:
    """Add the columns, and fill in what is known of the alerts that are there."""
    for new in _new():
        op.add_column("alerts", new)
    op.execute(
        "UPDATE alerts SET people = CASE WHEN seen_at IS NOT NULL THEN 'closed' "
        "WHEN accepted_by IS NOT NULL AND severity <= accepted_severity THEN 'accepted' ELSE 'unaccepted' END"
    )
    _name_rules()
    with op.batch_alter_table("alerts") as alerts:
        for name in FILLED:
            alerts.alter_column(name, server_default=None)
    op.drop_index("alerts_open", "alerts")
    op.create_index("alerts_people", "alerts", ["people", "status"])
    op.create_index("alerts_due", "alerts", ["due_at"])
    op.create_index("alerts_pair", "alerts", ["rule", "source", "opened_at"])
    op.create_index("ix_alerts_merged_into", "alerts", ["merged_into"])
    op.create_table(
        "done",
        Column("key", String(64), primary_key=True),
        Column("alert_id", String(64), nullable=False),
        Column("action", String(32), nullable=False),
        Column("actor", Text(), nullable=False),
        Column("at", BigInteger(), nullable=False),
        Column("answer", Text(), nullable=False),
    )
    op.create_index("ix_done_at", "done", ["at"])


def _name_rules() -> None:
    """Rule and source of each alert stand in its newest transition."""
    connection = op.get_bind()
    known = table("alerts", column("alert_id"), column("rule"), column("source"))
    fill = update(known).where(known.c.alert_id == bindparam("key")).values(rule=bindparam("r"), source=bindparam("s"))
    last = ""
    while True:
        wanted = select(ALERTS).where(ALERTS.c.alert_id > last).order_by(ALERTS.c.alert_id).limit(SLICE)
        rows = connection.execute(wanted).all()
        if not rows:
            return
        told = [(alert_id, json.loads(body)) for alert_id, body in rows]
        connection.execute(fill, [{"key": name, "r": body["rule"], "s": body["source"]} for name, body in told])
        last = rows[-1][0]


def downgrade() -> None:
    """Drop them; a hand-over becomes an acceptance again, a merged alert a closed one."""
    op.drop_table("done")
    for index in ("ix_alerts_merged_into", "alerts_pair", "alerts_due", "alerts_people"):
        op.drop_index(index, "alerts")
    with op.batch_alter_table("alerts") as alerts:
        for new in _new():
            alerts.drop_column(new.name)
    op.create_index("alerts_open", "alerts", ["status", "seen_at"])
