"""The desk's tables as this program needs them: made in an empty database, brought up to date in an older one.

Tables stand in modules of `ioc.desk` whose names begin with `tables`, one per owner, all registered on
`ioc.desk.tables.Base`. Whoever adds or changes one adds a step to `ioc.desk.migrations.versions`, both ways; a test
holds tables and steps together on SQLite and PostgreSQL.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect

import ioc.desk
from ioc.desk.tables import Base
from ioc.errors import Permanent


@cache
def metadata() -> MetaData:
    """All tables of the desk."""
    for module in pkgutil.iter_modules(ioc.desk.__path__):
        if module.name.startswith("tables"):
            import_module(f"ioc.desk.{module.name}")
    return Base.metadata


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "ioc.desk:migrations")
    return config


@cache
def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


@cache
def newest() -> str:
    """The edition of the tables that this program needs."""
    found = _script().get_current_head()
    if found is None:  # pragma: no cover - the steps are part of the program
        raise Permanent("desk_schema", found="-", wanted="-")
    return found


def edition(connection: Connection) -> str | None:
    """The edition that a database has; None for an empty one, and for tables from before there were editions."""
    return MigrationContext.configure(connection).get_current_revision()


def prepare(connection: Connection) -> None:
    """Make or upgrade the tables within the caller's transaction; raises Permanent for what a newer program made."""
    found = edition(connection)
    if found == newest():
        return
    if found is None and not inspect(connection).has_table("marks"):
        metadata().create_all(connection)
        _run(command.stamp, connection, newest())
        return
    move(connection, newest())


def move(connection: Connection, wanted: str) -> None:
    """Bring the tables to an edition, up or down, within the caller's transaction.

    Going down drops what the older edition has no place for. Raises Permanent for an edition nobody knows.
    """
    found = edition(connection)
    known = [step.revision for step in _script().walk_revisions()][::-1]
    if found not in {None, *known} or wanted not in known:
        raise Permanent("desk_schema", found=found or "-", wanted=wanted)
    down = found is not None and known.index(wanted) < known.index(found)
    _run(command.downgrade if down else command.upgrade, connection, wanted)


def _run(what: Callable[[Config, str], object], connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    what(config, revision)
