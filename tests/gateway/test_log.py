"""The door over a real broker: 202 means that the broker has it."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from ioc.embedded.broker import Broker, free_port
from ioc.events.codec import model_of
from ioc.gateway.app import create_app
from ioc.gateway.log import KafkaLog
from ioc.streams import rejects
from ioc.streams.admin import ensure
from ioc.streams.topics import REJECTED, input_topic, partition_of, table
from tests.gateway.gateway_door import NOW, ROW, Door
from tests.streams.log_reading import read, read_all

PARTITIONS = 4


async def connected(log: KafkaLog) -> None:
    async with asyncio.timeout(20):
        while not log.connected:  # noqa: ASYNC110 - as a sender asks, and as /healthz is asked
            await asyncio.sleep(0.01)


def client(door: Door, log: KafkaLog) -> httpx.AsyncClient:
    door.receiver.log = log
    app = create_app(door.receiver, door.keys, elapsed=door.clock.elapsed)
    headers = {"authorization": f"Bearer {door.key}", "content-type": "application/json"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway", headers=headers)


async def newest(bootstrap: str, topic: str) -> list[int]:
    return [len(await read(bootstrap, topic, partition)) for partition in range(PARTITIONS)]


async def test_202_means_that_the_broker_has_the_events_and_the_refusals(tansu: str, tmp_path: Path) -> None:
    ensure(tansu, table(PARTITIONS))
    door = Door(tmp_path)
    topic = input_topic("environment")
    before = await newest(tansu, topic)
    async with KafkaLog(tansu, PARTITIONS) as log, client(door, log) as http:
        await connected(log)
        answer = await http.post("/v1/feeds/rain/events", content=json.dumps([ROW, ROW | {"rain_mm": "x"}]))

    assert answer.status_code == 202
    partition = partition_of("rain:one", PARTITIONS)
    [record] = await read(tansu, topic, partition, start=before[partition])
    event = model_of(record.value)
    assert answer.json()["outcomes"][0]["events"] == [event.id]
    assert record.key == b"rain:one"
    assert dict(record.headers)["ce_id"] == event.id.encode()
    assert event.received_at == NOW
    refused = [rejects.decode(one.value) for one in await read_all(tansu, REJECTED, PARTITIONS)]
    assert [(one.feed, one.note, one.reasons[0].code) for one in refused if one.feed == "rain"] == [
        ("rain", "http", "not_a_number")
    ]


@pytest.mark.filterwarnings(
    "default::ResourceWarning"
)  # aiokafka leaves the socket of a broker that died to the collector
async def test_a_broker_that_comes_late_or_goes_away_makes_senders_come_again(tmp_path: Path) -> None:
    port = free_port()
    door = Door(tmp_path)
    topic = input_topic("environment")
    async with KafkaLog(f"127.0.0.1:{port}", PARTITIONS, patience=2.0) as log, client(door, log) as http:

        async def post(minute: int) -> httpx.Response:
            row = ROW | {"rain_mm": minute, "time": f"2026-05-14T09:{minute:02}:00+07:00"}
            return await http.post("/v1/feeds/rain/events", content=json.dumps(row))

        early = await post(1)
        assert (early.status_code, early.headers["retry-after"]) == (503, "5")
        assert (await http.get("/healthz")).status_code == 503

        with Broker(port) as broker:
            ensure(broker.address, table(PARTITIONS))
            await connected(log)
            assert (await http.get("/healthz")).status_code == 200
            assert (await post(1)).status_code == 202

        gone = await post(2)
        assert gone.status_code == 503
        assert gone.json()["error"]["code"] == "come_again"
        assert int(gone.headers["retry-after"]) >= 1

        with Broker(port) as broker:
            ensure(broker.address, table(PARTITIONS))
            async with asyncio.timeout(30):
                while (again := await post(2)).status_code == 503:  # noqa: ASYNC110 - as a sender comes again
                    await asyncio.sleep(0.05)
            assert again.status_code == 202
            found = await read(broker.address, topic, partition_of("rain:one", PARTITIONS))
            assert {model_of(record.value).value for record in found} == {2.0}
