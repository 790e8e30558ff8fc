"""The desk's database: opened once per process, read and written in transactions.

SQLite (embedded) runs with a write-ahead log, so that readers never wait; a writer takes the lock when its transaction
begins (BEGIN IMMEDIATE), because a lock taken later cannot be waited for. PostgreSQL is used in the same way: a reading
transaction sees one moment (REPEATABLE READ), and writers take an advisory lock when they begin, so that two acts never
hold each other's rows. A transaction of the desk takes milliseconds; one that is frozen in the middle is cut off by the
database after 10 s, and changes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, make_url, select, update
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from ioc.desk import schema
from ioc.desk.tables import CounterRow, MarkRow
from ioc.errors import Permanent, Retryable

FIRST_NUMBER = 1001
"""Short numbers have four digits from the start: read aloud, `1001` is no minute, no count and no severity."""
COUNTERS = {"alert": FIRST_NUMBER - 1, "drill": 0, "trial": 0, "change": 0, "audit": 0, "told": 0}
BUSY_MS = 10_000
"""How long a writer waits for another; a transaction of the desk takes milliseconds."""


class Store:
    """Sessions on one database; `url` is SQLAlchemy's address, without the password.

    Raises Permanent when the address is wrong or a newer program made the tables, Retryable when a server does not
    answer now.
    """

    def __init__(self, url: str, password: str | None = None) -> None:
        self._engine = _engine(url, password)
        self._writer = self._engine.execution_options(desk_writes=True)
        try:
            with self._writer.begin() as connection:
                schema.prepare(connection)
            self.epoch = self._prepare()
        except DBAPIError as error:
            self.close()
            if self._engine.dialect.name != "sqlite" and isinstance(error, OperationalError):
                raise Retryable("desk_busy", why=_why(error)) from error
            raise Permanent("desk_unopened", why=_why(error)) from error
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> str:
        """Put in what every database has; give its own name."""
        with self.writing() as session:
            marks = {row.name: row.value for row in session.scalars(select(MarkRow))}
            if not marks:
                marks = {"schema": schema.newest(), "epoch": secrets.token_hex(4)}
                session.execute(insert(MarkRow), [{"name": k, "value": v} for k, v in marks.items()])
            known = set(session.scalars(select(CounterRow.name)))
            missing = [{"name": k, "value": v} for k, v in COUNTERS.items() if k not in known]
            if missing:
                session.execute(insert(CounterRow), missing)
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
        except DBAPIError as error:
            if not _passing(error):
                raise
            raise Retryable("desk_busy", why=_why(error)) from error

    def move(self, edition: str) -> None:
        """Bring the tables to an older or newer edition (`ioc.desk.schema`); what the older has no place for is lost."""
        with self._writer.begin() as connection:
            schema.move(connection, edition)

    def close(self) -> None:
        """Let go of files and connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def take(session: Session, counter: str, count: int = 1) -> int:
    """The first of `count` consecutive new numbers; the counter is ours until the transaction ends."""
    session.execute(update(CounterRow).where(CounterRow.name == counter).values(value=CounterRow.value + count))
    last: int = session.execute(select(CounterRow.value).where(CounterRow.name == counter)).scalar_one()
    return last - count + 1


def last(session: Session, counter: str) -> int:
    """The last number given."""
    found: int = session.execute(select(CounterRow.value).where(CounterRow.name == counter)).scalar_one()
    return found


def _passing(error: DBAPIError) -> bool:
    """Whether the database cannot take it now: locked, restarting, gone, or our transaction was cut off for being late.

    The last is an internal error to psycopg, as PostgreSQL's class 25 is (25P03, idle_in_transaction_session_timeout).
    """
    late = getattr(error.orig, "sqlstate", None) == "25P03"
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated or late


def _why(error: DBAPIError) -> str:
    return str(error.orig)[:200]


def _engine(url: str, password: str | None) -> Engine:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise Permanent("desk_address") from error
    if password is not None:
        address = address.set(password=password)
    if address.drivername == "sqlite":
        engine = create_engine(address, hide_parameters=True)
        _tune_sqlite(engine)
        return engine
    if address.drivername in {"postgresql", "postgresql+psycopg"}:
        return _postgresql(address)
    raise Permanent("desk_address")


def _postgresql(address: URL) -> Engine:
    limits = f"-c lock_timeout={BUSY_MS} -c idle_in_transaction_session_timeout={BUSY_MS}"
    given = address.query.get("options", "")
    known = given if isinstance(given, str) else " ".join(given)
    engine = create_engine(
        address.set(drivername="postgresql+psycopg").update_query_dict({"options": f"{known} {limits}".strip()}),
        isolation_level="REPEATABLE READ",
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"connect_timeout": BUSY_MS // 1000},
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("desk_writes", False):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('ioc.desk'), hashtext(current_schema()))")
        else:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    return engine


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
