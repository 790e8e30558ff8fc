"""The desk's database: opened once per process, read and written in transactions.

SQLite runs with a write-ahead log, so that readers never wait; a writer takes the lock when its transaction begins
(BEGIN IMMEDIATE), because a lock taken later cannot be waited for.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from ioc.desk.tables import SCHEMA, Base, CounterRow, MarkRow
from ioc.errors import Permanent, Retryable

FIRST_NUMBER = 1001
"""Short numbers have four digits from the start: read aloud, `1001` is no minute, no count and no severity."""
COUNTERS = {"alert": FIRST_NUMBER - 1, "drill": 0, "trial": 0, "change": 0, "audit": 0}
BUSY_MS = 10_000
"""How long a writer waits for another; a transaction of the desk takes milliseconds."""


class Store:
    """Sessions on one database; `url` is SQLAlchemy's address. Raises Permanent when it cannot be opened."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            _tune_sqlite(self._engine)
        self._writer = self._engine.execution_options(desk_writes=True)
        try:
            self.epoch = self._prepare()
        except DBAPIError as error:
            raise Permanent("desk_unopened", why=_why(error)) from error

    def _prepare(self) -> str:
        """Make what is missing; give the database's own name."""
        Base.metadata.create_all(self._writer)
        with self.writing() as session:
            marks = {row.name: row.value for row in session.scalars(select(MarkRow))}
            if not marks:
                marks = {"schema": SCHEMA, "epoch": secrets.token_hex(4)}
                session.execute(insert(MarkRow), [{"name": k, "value": v} for k, v in marks.items()])
            known = set(session.scalars(select(CounterRow.name)))
            missing = [{"name": k, "value": v} for k, v in COUNTERS.items() if k not in known]
            if missing:
                session.execute(insert(CounterRow), missing)
        if marks["schema"] != SCHEMA:
            raise Permanent("desk_schema", found=marks["schema"], wanted=SCHEMA)
        return marks["epoch"]

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one moment of the database; Retryable when it cannot be read now."""
        with self._session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that commits at its end, or changes nothing; Retryable when the database cannot take it now."""
        with self._session(self._writer) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        try:
            with Session(engine) as session, session.begin():
                yield session
        except OperationalError as error:
            raise Retryable("desk_busy", why=_why(error)) from error

    def close(self) -> None:
        """Let go of files and connections."""
        self._engine.dispose()


def take(session: Session, counter: str, count: int = 1) -> int:
    """The first of `count` consecutive new numbers; the counter is ours until the transaction ends."""
    session.execute(update(CounterRow).where(CounterRow.name == counter).values(value=CounterRow.value + count))
    last: int = session.execute(select(CounterRow.value).where(CounterRow.name == counter)).scalar_one()
    return last - count + 1


def last(session: Session, counter: str) -> int:
    """The last number given."""
    found: int = session.execute(select(CounterRow.value).where(CounterRow.name == counter)).scalar_one()
    return found


def _why(error: DBAPIError) -> str:
    return str(error.orig)[:200]


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("desk_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
