"""`ioc replay` and role evaluate as processes, on both brokers: the same alerts as in the pure run, and only once.

Two files in the short form; all of them, with more kills, in `scripts/long replay`.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from ioc.alerts.alert import Transition
from tests.acceptance.replay_rig import PATIENCE, Rig, told
from tests.acceptance.replayed import judged_alone, read
from tests.acceptance.situations import SITUATIONS, Situation

STATIONS = next(one for one in SITUATIONS if one.name == "stations")
FIRES = next(one for one in SITUATIONS if one.name == "hotspots_on_dinh_hoa")
PARTITIONS = 4
pytestmark = [pytest.mark.data, pytest.mark.slow]


class Pure(NamedTuple):
    """A replay's name, and what it comes to in the pure run."""

    name: str
    told: dict[tuple[str, int], Transition]


def pure(situation: Situation, data: Path) -> Pure:
    with read(situation, data, PARTITIONS) as found:
        return Pure(found.replay.name, told(judged_alone(found.replay, PARTITIONS)))


@pytest.fixture(scope="module")
def stations(shared_data: Path) -> Pure:
    return pure(STATIONS, shared_data)


@pytest.fixture(scope="module")
def fires(shared_data: Path) -> Pure:
    return pure(FIRES, shared_data)


async def test_a_replay_says_what_the_pure_run_says_and_played_again_nothing_new(
    broker: str, shared_data: Path, tmp_path: Path, stations: Pure
) -> None:
    with Rig(broker, tmp_path, PARTITIONS) as rig:
        assert rig.replay(STATIONS, shared_data) == stations.name
        await rig.judged("environment")
        first = await rig.alerts()
        assert rig.replay(STATIONS, shared_data) == stations.name
        await rig.judged("environment")
        second = await rig.alerts()

    assert told(first) == stations.told
    assert len(first) == len(stations.told)
    assert second == first


async def test_a_worker_killed_in_the_middle_changes_nothing(
    broker: str, shared_data: Path, tmp_path: Path, fires: Pure
) -> None:
    with Rig(broker, tmp_path, PARTITIONS) as rig:
        with rig.begin(FIRES, shared_data, "--speed", "60000x") as playing:
            await rig.until(5)
            rig.kill()
            assert playing.poll() is None, "the replay was over before the worker was killed"
            rig.start()
            _, said = playing.communicate(timeout=PATIENCE)
        assert playing.returncode == 0, said
        await rig.judged("hotspot")
        found = await rig.alerts()

    assert told(found) == fires.told
