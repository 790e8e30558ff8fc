"""The gateway as a process of its own, as the supervisor starts it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from ioc.errors import Permanent
from ioc.events.codec import model_of
from ioc.gateway.keys import KeyStore
from ioc.gateway.serve import serve
from ioc.settings import Settings, dump, load, load_boundaries, load_catalogue
from ioc.streams.admin import ensure
from ioc.streams.topics import input_topic, table
from tests.gateway.gateway_door import NOW, ROW
from tests.streams.log_reading import read_all

PROGRAM = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from ioc.gateway.serve import serve
from ioc.settings import load, load_boundaries, load_catalogue

class Clock:
    def now(self):
        return datetime.now(UTC)

settings = load(Path(sys.argv[1]))
asyncio.run(serve(settings.gateway, load_catalogue(settings.paths.feeds), load_boundaries(), Clock(),
    bootstrap=settings.kafka.bootstrap, partitions=4, ready=lambda port: print(port, flush=True)))
print("ended", flush=True)
"""
FEED = """\
name: rain
adapter: readings
domain: environment
title: {vi: Mưa, en: Rain}
owner: {unit: {vi: Đài, en: Station}}
schedule: {every: 600}
columns: {source: station, quantities: {rain_mm: rain}, units: {rain_mm: mm}}
"""


class Running:
    """A gateway process on a free port."""

    def __init__(self, folder: Path, bootstrap: str) -> None:
        (folder / "feeds").mkdir()
        (folder / "feeds" / "rain.yaml").write_text(FEED, encoding="utf-8")
        self.drop = folder / "drop"
        (self.drop / "rain").mkdir(parents=True)
        path = folder / "ioc.toml"
        path.write_text(
            f'data = "data"\n[kafka]\nbootstrap = "{bootstrap}"\n[gateway]\nport = 0\ndrop = "drop"\n'
            f'[gateway.tail]\nrain = "rain.ndjson"\n[paths]\nfeeds = "feeds"\n',
            encoding="utf-8",
        )
        settings = load(path, {})
        path.write_text(dump(settings), encoding="utf-8")
        self.key = KeyStore(settings.gateway.keys_file).issue("rain", NOW).text
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"IOC_LANG": "en"},
        )
        assert self.process.stdout
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}/v1/feeds/rain/events"
        self.headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}

    def post(self, rows: object) -> httpx.Response:
        return httpx.post(self.url, content=json.dumps(rows), headers=self.headers, timeout=20)


@pytest.fixture
def running(tmp_path: Path, tansu: str) -> Iterator[Running]:
    ensure(tansu, table(4))
    made = Running(tmp_path, tansu)
    yield made
    made.process.kill()
    made.process.communicate()


async def values(bootstrap: str) -> set[float]:
    return {model_of(record.value).value for record in await read_all(bootstrap, input_topic("environment"), 4)}


def until_ready(running: Running) -> None:
    end = time.monotonic() + 20
    while httpx.get(f"http://127.0.0.1:{running.port}/healthz").status_code != 200:
        assert time.monotonic() < end
        time.sleep(0.02)


async def test_what_is_posted_dropped_or_appended_reaches_kafka(running: Running, tansu: str, tmp_path: Path) -> None:
    until_ready(running)
    rows = [ROW | {"rain_mm": minute + 0.5, "time": f"2026-05-14T09:{minute:02}:00+07:00"} for minute in (11, 12, 13)]
    answer = running.post(rows[0])
    (running.drop / "rain" / "a.json").write_text(json.dumps(rows[1]), encoding="utf-8")
    (tmp_path / "rain.ndjson").write_text(json.dumps(rows[2]) + "\n", encoding="utf-8")

    assert answer.status_code == 202
    async with asyncio.timeout(20):
        while not {11.5, 12.5, 13.5} <= await values(tansu):  # noqa: ASYNC110 - Kafka is read anew each time
            await asyncio.sleep(0.1)


def test_it_ends_in_order_and_soon(running: Running) -> None:
    until_ready(running)
    idle = socket.create_connection(("127.0.0.1", running.port))
    began = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    out, _ = running.process.communicate(timeout=10)
    idle.close()

    assert running.process.returncode == 0
    assert out == "ended\n"
    assert time.monotonic() - began < 4


def test_no_header_tells_what_serves_and_an_unannounced_body_is_cut_off(running: Running) -> None:
    until_ready(running)
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as link:
        link.sendall(
            b"POST /v1/feeds/rain/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: text/csv\r\nAuthorization: " + f"Bearer {running.key}".encode() + b"\r\n\r\n"
        )
        sent = 0
        try:
            while sent < 64_000_000:
                link.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                sent += 0x10000
        except OSError:
            pass
        link.settimeout(5)
        answer = b""
        try:
            while chunk := link.recv(65536):
                answer += chunk
        except OSError:
            pass

    assert sent < 32_000_000
    assert not answer or b"413" in answer.split(b"\r\n")[0]
    assert b"uvicorn" not in answer.lower()
    assert "server" not in running.post([]).headers


async def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = load(None, {"IOC_DATA": str(tmp_path), "IOC_GATEWAY_PORT": str(other.getsockname()[1])})
        with pytest.raises(Permanent) as caught:
            await serve(
                settings.gateway,
                load_catalogue(),
                load_boundaries(),
                _Clock(),
                bootstrap="127.0.0.1:1",
                partitions=4,
            )
    assert caught.value.code == "port_taken"


async def test_a_key_file_that_others_can_read_stops_the_start(tmp_path: Path) -> None:
    settings = load(None, {"IOC_DATA": str(tmp_path), "IOC_GATEWAY_PORT": "0"})
    KeyStore(settings.gateway.keys_file).issue("rain", NOW)
    settings.gateway.keys_file.chmod(0o644)

    with pytest.raises(Permanent) as caught:
        await serve(
            settings.gateway, load_catalogue(), load_boundaries(), _Clock(), bootstrap="127.0.0.1:1", partitions=4
        )
    assert caught.value.code == "secret_open"


async def test_a_tailed_file_of_no_feed_stops_the_start(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {"data": tmp_path, "gateway": {"port": 0, "tail": {"suricatta": tmp_path / "eve.json"}}}
    )
    with pytest.raises(Permanent) as caught:
        await serve(
            settings.gateway, load_catalogue(), load_boundaries(), _Clock(), bootstrap="127.0.0.1:1", partitions=4
        )
    assert caught.value.code == "feed_unknown"


class _Clock:
    def now(self) -> datetime:
        return NOW
