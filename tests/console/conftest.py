"""Fixtures of the console's tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.console.room import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A console's surroundings; feeds were heard 5 s ago."""
    made = Room(tmp_path)
    made.hear_all()
    yield made
    asyncio.run(made.close())


@pytest.fixture
def client(room: Room) -> Iterator[httpx.Client]:
    """A browser without scripts, at the running console."""
    with room.served() as url, httpx.Client(base_url=url, trust_env=False) as found:
        yield found
