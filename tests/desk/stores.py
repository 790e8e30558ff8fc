"""The databases that a desk runs on: a file of SQLite, and a schema of its own in the real PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session

STORES = ("sqlite", "postgresql")


@contextmanager
def schema_of(address: str) -> Iterator[str]:
    """SQLAlchemy's address of an empty schema in that PostgreSQL; it is dropped at the end."""
    name = f"desk_{secrets.token_hex(6)}"
    plain = make_url(address).set(drivername="postgresql+psycopg")
    engine = create_engine(plain, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        yield f"{address}{'&' if '?' in address else '?'}options={quote(f'-c search_path={name}')}"
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {name} CASCADE")
        engine.dispose()


def unguard(session: Session) -> None:
    """Take away what keeps the audit from being changed, as somebody with the database's password could."""
    on = " ON audit" if session.get_bind().dialect.name == "postgresql" else ""
    for trigger in ("audit_no_update", "audit_no_delete", "audit_only_added", "audit_never_emptied"):
        session.execute(text(f"DROP TRIGGER IF EXISTS {trigger}{on}"))
