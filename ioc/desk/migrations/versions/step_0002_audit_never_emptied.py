"""PostgreSQL refuses to empty the audit at one stroke too; programs from before there were steps no longer open this."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Guard against TRUNCATE, which fires no trigger of a row."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE TRIGGER audit_never_emptied BEFORE TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added()"
        )
    op.execute("UPDATE marks SET value = '2' WHERE name = 'schema'")


def downgrade() -> None:
    """As it was."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_never_emptied ON audit")
    op.execute("UPDATE marks SET value = '1' WHERE name = 'schema'")
