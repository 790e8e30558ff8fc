"""Role grafana as a process: real broker, a Grafana of the test's own; killed and started anew, one mark per alert."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ioc.alerts.alert import Transition, encode
from ioc.embedded.broker import Broker
from ioc.streams import admin
from ioc.streams.publish import Publisher, Record
from ioc.streams.topics import ALERTS, partition_of, table
from tests.sinks.grafana_double import TOKEN, GrafanaDouble, served
from tests.sinks.test_alert_points import change

PARTITIONS = 2


@contextmanager
def role(place: Path, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    env = {**os.environ, "IOC_DATA": str(place), "IOC_LANG": "en", **settings}
    with (place / "log").open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "ioc", "child", "grafana"], env=env, stdout=out, stderr=out, cwd=place
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


async def publish(log: Publisher, *told: Transition) -> None:
    for one in told:
        key = one.source.encode()
        await log.send_batch(ALERTS, partition_of(key, PARTITIONS), [Record(key, encode(one))])


async def until(place: Path, process: subprocess.Popen[bytes], double: GrafanaDouble, closed: int, made: int) -> None:
    async with asyncio.timeout(60):
        while True:
            ended = sum(mark["timeEnd"] != mark["time"] for mark in double.marks)
            if (ended, len(double.marks)) == (closed, made):
                return
            assert process.poll() is None, (place / "log").read_text(encoding="utf-8")
            await asyncio.sleep(0.1)


def alert(nth: int, revision: int = 1) -> Transition:
    ended = {"status": "resolved", "change": "cleared"} if revision > 1 else {}
    return change(revision, alert_id=f"{nth:032x}", source=f"s{nth}", key=f"s{nth}", **ended)


@pytest.mark.slow
async def test_killed_and_started_again_every_alert_has_one_mark_and_its_end(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN, encoding="utf-8")
    token.chmod(0o600)
    double = GrafanaDouble(None)
    with Broker() as broker, served(double) as url:
        given = {
            "IOC_KAFKA_BOOTSTRAP": broker.address,
            "IOC_KAFKA_PARTITIONS": str(PARTITIONS),
            "IOC_GRAFANA_URL": url,
            "IOC_GRAFANA_TOKEN_FILE": str(token),
        }
        await asyncio.to_thread(admin.ensure, broker.address, table(PARTITIONS))
        async with Publisher(broker.address, PARTITIONS) as log:
            await publish(log, *map(alert, range(20)))
            with role(tmp_path, **given) as process:
                await until(tmp_path, process, double, closed=0, made=20)
            double.troubles += [(503, {"message": "starting"}, {})] * 2
            await publish(log, *(alert(nth, 2) for nth in range(5)), *map(alert, range(20, 25)))
            with role(tmp_path, **given) as process:
                await until(tmp_path, process, double, closed=5, made=25)
    tags = [tuple(mark["tags"]) for mark in double.marks]
    assert len(set(tags)) == len(tags)


def test_without_settings_it_says_so_and_ends(tmp_path: Path) -> None:
    with role(tmp_path) as process:
        assert process.wait(timeout=30) == 1
    said = (tmp_path / "log").read_text(encoding="utf-8")
    assert said.count("\n") == 1
    assert "grafana.url" in said
