"""Fixtures of the desk's tests: each runs on both databases, which must do the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.made import Office
from tests.desk.stores import STORES, schema_of


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.services if name == "postgresql" else ()) for name in STORES]
)
def desk_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of an empty database, SQLite and then PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'desk.sqlite'}"
        return
    with schema_of(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture
def office(tmp_path: Path, desk_url: str) -> Iterator[Office]:
    """A desk with an empty database and one channel."""
    made = Office(tmp_path, url=desk_url)
    yield made
    made.store.close()
