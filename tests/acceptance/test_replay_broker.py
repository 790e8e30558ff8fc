"""`ioc replay` and role evaluate as processes, on both brokers: the same alerts as in the pure run, and only once.

Two files in the short form; all of them, with more kills, in `scripts/long replay`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from pydantic import SecretStr

from ioc.alerts.alert import Transition
from ioc.ports import Scope
from ioc.runtime.clock import RealClock
from ioc.sinks.influx_door import InfluxConfig
from ioc.sinks.influxdb import InfluxHistory
from tests.acceptance.replay_rig import PATIENCE, Rig, told
from tests.acceptance.replayed import judged_alone, read
from tests.acceptance.situations import SITUATIONS, Situation
from tests.real_services import InfluxDB

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


@pytest.mark.services
async def test_kafka_and_influxdb_hold_the_same_alerts_and_every_event(
    kafka_broker: str, influxdb: InfluxDB, shared_data: Path, tmp_path: Path, stations: Pure
) -> None:
    bucket = f"replay-{os.urandom(4).hex()}"
    token = tmp_path / "token"
    token.touch(0o600)
    token.write_text(influxdb.token, encoding="utf-8")
    history = {
        "kind": "influxdb",
        "influxdb": {"url": influxdb.url, "org": influxdb.org, "bucket": bucket, "token_file": str(token)},
    }
    config = InfluxConfig(url=influxdb.url, org=influxdb.org, bucket=bucket, token=SecretStr(influxdb.token))
    try:
        with Rig(kafka_broker, tmp_path, PARTITIONS, history) as rig:
            rig.replay(STATIONS, shared_data)
            await rig.judged("environment")
            await rig.judged("environment", "record")
            found = await rig.alerts()
        kept = InfluxHistory(config, RealClock())
        may, june = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
        scope = Scope(replay=stations.name)
        replayed = await kept.counts("environment", since=may, until=june, by="source", scope=scope)
        live = await kept.counts("environment", since=may, until=june, by="source")
        names = [one.name for one in await kept.replays()]
        await kept.close()
    finally:
        await forget(influxdb, bucket, f"{bucket}_replay")

    assert told(found) == stations.told
    assert sum(replayed.values()) == STATIONS.golden()["records"]
    assert len(replayed) == 7
    assert (live, names) == ({}, [stations.name])


async def forget(influxdb: InfluxDB, *buckets: str) -> None:
    headers = {"Authorization": f"Token {influxdb.token}"}
    async with httpx.AsyncClient(base_url=influxdb.url, headers=headers, trust_env=False) as http:
        for bucket in buckets:
            found = (await http.get("/api/v2/buckets", params={"name": bucket, "org": influxdb.org})).json()
            for one in found.get("buckets", ()):
                (await http.delete(f"/api/v2/buckets/{one['id']}")).raise_for_status()


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
