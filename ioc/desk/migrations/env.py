"""Alembic's own entry: runs the steps on the connection that `ioc.desk.schema` holds, within its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
