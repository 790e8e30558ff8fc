"""Fixtures of the desk's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.made import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A desk with an empty database and one channel."""
    made = Office(tmp_path)
    yield made
    made.store.close()
