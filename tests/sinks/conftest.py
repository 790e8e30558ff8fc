"""A history of each kind, empty, and let go of at the end."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from ioc.ports import History
from ioc.sinks.influx_door import InfluxConfig
from ioc.sinks.influx_walls import InfluxWalls
from ioc.sinks.rollup import TIERS
from ioc.sinks.sqlite import SqliteConfig, SqliteHistory
from tests.real_services import InfluxDB, InfluxDB1
from tests.sinks.history_events import FrozenClock, just_now


@pytest.fixture
def now() -> datetime:
    return just_now()


@pytest.fixture
def clock(now: datetime) -> FrozenClock:
    return FrozenClock(now)


@pytest.fixture
async def sqlite(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[SqliteHistory]:
    made = SqliteHistory(SqliteConfig(path=tmp_path / "history.sqlite"), clock)
    await made.prepare()
    yield made
    await made.close()


@pytest.fixture
def influx_config(influxdb: InfluxDB) -> InfluxConfig:
    """Buckets of this test's own."""
    name = f"test-{uuid4().hex[:12]}"
    return InfluxConfig(
        url=influxdb.url, org=influxdb.org, token=SecretStr(influxdb.token), bucket=name, replay_bucket=f"{name}-replay"
    )


@pytest.fixture
async def influx(influx_config: InfluxConfig, clock: FrozenClock) -> AsyncIterator[InfluxWalls]:
    made = InfluxWalls(influx_config, clock)
    await made.prepare()
    yield made
    await made.close()
    token = {"Authorization": f"Token {influx_config.token.get_secret_value()}"}
    async with httpx.AsyncClient(base_url=influx_config.url, headers=token, trust_env=False) as http:
        tiers = [made.tier(tier) for tier in TIERS]
        for bucket in (influx_config.bucket, influx_config.replay_bucket, *tiers):
            found = await http.get("/api/v2/buckets", params={"name": bucket, "org": influx_config.org})
            (await http.delete(f"/api/v2/buckets/{found.json()['buckets'][0]['id']}")).raise_for_status()


@pytest.fixture
async def influx1(influxdb1: InfluxDB1, clock: FrozenClock) -> AsyncIterator[InfluxWalls]:
    """The same door before an InfluxDB 1.8."""
    name = f"test-{uuid4().hex[:12]}"
    config = InfluxConfig(
        url=influxdb1.url,
        token=SecretStr(f"{influxdb1.username}:{influxdb1.password}"),
        bucket=name,
        replay_bucket=f"{name}-replay",
    )
    made = InfluxWalls(config, clock)
    await made.prepare()
    yield made
    await made.close()
    token = {"Authorization": f"Token {config.token.get_secret_value()}"}
    async with httpx.AsyncClient(base_url=config.url, headers=token, trust_env=False) as http:
        for bucket in (config.bucket, config.replay_bucket):
            (await http.post("/query", data={"q": f'DROP DATABASE "{bucket}"'})).raise_for_status()


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("influx", marks=pytest.mark.services),
        pytest.param("influx1", marks=pytest.mark.services),
    ]
)
def history(request: pytest.FixtureRequest) -> History:
    """Each door in turn."""
    made: History = request.getfixturevalue(request.param)
    return made
