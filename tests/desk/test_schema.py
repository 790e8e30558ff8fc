"""Tables and steps say the same on both databases, and what an older program made is brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text

from ioc.desk import audit, board, schema
from ioc.desk.acts.accept import accept
from ioc.desk.acts.act import Asked
from ioc.desk.store import Store
from ioc.errors import Permanent
from tests.desk.made import NOON, Office, alert_name, transition

BEFORE = Path(__file__).parent / "golden" / "desk-of-schema-1.sql"
"""A database as the program wrote it before there were steps: two alerts, one accepted, one ended and seen."""


@pytest.fixture
def engine(desk_url: str) -> Iterator[Engine]:
    """An empty database."""
    url = make_url(desk_url)
    found = create_engine(url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url)
    yield found
    found.dispose()


def guards(connection: Connection) -> list[str]:
    """What the database itself watches over."""
    if connection.dialect.name == "sqlite":
        asked = "SELECT name || tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1"
    else:
        asked = (
            "SELECT tgname || ' ' || pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid "
            "WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace ORDER BY 1"
        )
    return list(connection.scalars(text(asked)))


def test_an_empty_database_and_one_brought_up_step_by_step_are_the_same(engine: Engine, desk_url: str) -> None:
    with engine.begin() as connection:
        schema.move(connection, schema.newest())
        stepped = guards(connection)
        differ = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True}),
            schema.metadata(),
        )
        assert differ == []
        schema.metadata().drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    Store(desk_url).close()
    with engine.begin() as connection:
        assert guards(connection) == stepped != []


def test_each_step_can_be_taken_back(engine: Engine) -> None:
    with engine.begin() as connection:
        schema.move(connection, schema.newest())
    steps = [step.revision for step in schema._script().walk_revisions()]
    for older in steps[1:]:
        with engine.begin() as connection:
            schema.move(connection, older)
            assert schema.edition(connection) == older
    with engine.begin() as connection:
        schema.move(connection, schema.newest())
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata()) == []


def test_a_database_of_the_first_programs_is_upgraded_and_nothing_in_it_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite"
    with sqlite3.connect(path) as made:
        made.executescript(BEFORE.read_text("utf-8"))
    made.close()

    office = Office(tmp_path)

    with office.store.reading() as session:
        assert schema.edition(session.connection()) == schema.newest()
        assert {m.label: (m.state, m.accepted_by) for m in board.snapshot(session).matters} == {
            "1001": ("owned", "Nguyễn Văn An"),
            "1003": ("waiting", None),
        }
        seen = board.find(session, "1002")
        assert seen is not None
        assert (seen.matter.state, seen.matter.seen_by) == ("closed", "Lê Thị Bình")
        assert audit.verify(session) is None
    assert office.at[0] == 4
    with office.store.writing() as session:
        assert accept(session, alert_name(3), Asked("Lê Thị Bình", NOON)).first
    office.store.close()


def test_what_a_newer_program_made_is_refused_and_left_alone(engine: Engine, desk_url: str) -> None:
    Store(desk_url).close()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Permanent) as error:
        Store(desk_url)

    assert (error.value.code, error.value.values["found"]) == ("desk_schema", "9999")
    with engine.begin() as connection:
        assert inspect(connection).has_table("alerts")


def test_a_step_that_fails_leaves_the_database_as_it_was(
    engine: Engine, desk_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        schema.move(connection, "0001")
    monkeypatch.setattr(schema, "_run", _run_and_lose_power(schema._run))

    with pytest.raises(PowerCutError):
        Store(desk_url)

    with engine.begin() as connection:
        assert schema.edition(connection) == "0001"


class PowerCutError(Exception):
    pass


def _run_and_lose_power(run: object) -> object:
    def once(*given: object) -> None:
        run(*given)  # type: ignore[operator]  # the real one
        raise PowerCutError

    return once


def test_two_desks_that_start_at_once_make_one_set_of_tables(desk_url: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(lambda _: Store(desk_url), range(4)))

    assert len({store.epoch for store in stores}) == 1
    for store in stores:
        store.close()


def test_a_desk_brought_down_by_one_edition_comes_up_again_with_what_it_knew(office: Office) -> None:
    office.receive(transition(1))
    with office.store.writing() as session:
        accept(session, alert_name(1), Asked("Nguyễn Văn An", NOON))

    office.store.move("0001")
    with office.twin() as again, again.store.reading() as session:
        (matter,) = board.snapshot(session).matters

    assert (matter.state, matter.accepted_by) == ("owned", "Nguyễn Văn An")


@pytest.mark.parametrize("url", ["mysql://ioc@db/ioc", "nonsense", "", "oracle://x", "postgresql+asyncpg+x://y"])
def test_an_address_of_no_known_database_is_refused_in_words(url: str) -> None:
    with pytest.raises(Permanent) as error:
        Store(url)
    assert error.value.code == "desk_address"
