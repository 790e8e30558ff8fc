"""Fixtures of the console's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.console.room import Real, Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A console's surroundings; feeds were heard 5 s ago."""
    made = Room(tmp_path)
    made.hear_all()
    yield made
    made.close()


@pytest.fixture
def client(room: Room) -> Iterator[httpx.Client]:
    """A browser without scripts, at the running console."""
    with room.served() as url, httpx.Client(base_url=url, trust_env=False) as found:
        yield found


@pytest.fixture
def real_room(tmp_path: Path) -> Iterator[Room]:
    """The same with the real clock, for browsers."""
    made = Room(tmp_path, Real())
    made.hear_all()
    yield made
    made.close()


@pytest.fixture
def url(real_room: Room) -> Iterator[str]:
    """Address of a console with the real clock."""
    with real_room.served() as found:
        yield found
