"""R11: InfluxDB's disk is full; nothing is refused for it, everything waits, and goes on when there is room."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ioc.errors import Retryable
from ioc.events.codec import Observed
from ioc.ports import Refusal
from ioc.sinks.influxdb import InfluxHistory
from tests.sinks.history_events import FrozenClock, event
from tests.sinks.own_influxdb import OwnInfluxDB, own_influxdb


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """64 MB that hold the server's data and nothing else."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def server(small_disk: Path) -> Iterator[OwnInfluxDB]:
    with own_influxdb(small_disk) as made:
        yield made


@pytest.mark.slow
@pytest.mark.services
async def test_a_full_disk_makes_the_caller_wait_and_loses_nothing(
    server: OwnInfluxDB, small_disk: Path, clock: FrozenClock, now: datetime
) -> None:
    history = InfluxHistory(server.config, clock)
    await history.prepare()
    ballast = small_disk / "ballast"
    fill(ballast)
    kept: list[int] = []
    with pytest.raises(Retryable) as caught:
        await fill_history(history, now, kept)
    assert caught.value.code == "history_failing"

    ballast.unlink()
    # It does not open a shard again that it could not open once: after its disk was full it is to be restarted.
    server.kill()
    await asyncio.to_thread(server.start)
    wanted = [*kept, len(kept), len(kept) + 1]
    for nth in wanted:
        assert await asyncio.wait_for(patiently(history, block(now, nth)), 30) == []

    since, until = now - timedelta(hours=1), now + timedelta(seconds=1)
    counted = await history.counts("environment", by="source", since=since, until=until)
    assert counted == {f"s{nth}": 1000 for nth in wanted}
    await history.close()


def fill(ballast: Path) -> None:
    """All but half a megabyte of the file system."""
    room = os.statvfs(ballast.parent)
    ballast.write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - 512 * 1024)))


def block(now: datetime, nth: int) -> list[Observed]:
    """A thousand events, none like another's."""
    return [event(at=now - timedelta(seconds=n), source=f"s{nth}", n=n, title="x" * 200) for n in range(1000)]


async def fill_history(history: InfluxHistory, now: datetime, kept: list[int]) -> None:
    """Until there is no room; `kept` are the blocks that were taken."""
    for nth in range(60):
        assert await history.write(block(now, nth)) == []
        kept.append(nth)


async def patiently(history: InfluxHistory, events: list[Observed]) -> Sequence[Refusal]:
    """What the recorder does, without its waits."""
    while True:
        try:
            return await history.write(events)
        except Retryable:
            await asyncio.sleep(0.1)
