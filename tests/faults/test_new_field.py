"""Rules that begin to be judged by another key while workers run: they begin anew, read it, and end its alerts later."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ioc.alerts import alert
from ioc.alerts.alert import Transition
from ioc.embedded.broker import Broker
from ioc.runtime.clock import RealClock
from ioc.settings.edition import load_edition
from ioc.streams.apply import apply, named
from ioc.streams.headers import OPEN, value_of
from ioc.streams.inlet import Inlet
from ioc.streams.orders import Order
from ioc.streams.publish import Publisher
from ioc.streams.reading import KafkaReader
from ioc.streams.topics import ALERTS
from ioc.streams.turns import RESTART
from tests.faults.fleet import ROOT
from tests.streams.log_reading import read
from tests.streams.two_hops import FIELD, RULES, attack

pytestmark = pytest.mark.slow
PARTITIONS = 2
FEED = """\
name: trial
adapter: suricata
domain: netsec
title: {vi: Thử, en: Trial}
owner: {unit: {vi: Thử, en: Trial}}
schedule: {every: 600, grace: 60}
lateness: 30
"""
WITHOUT = "rules:\n" + RULES[RULES.index("  - id: sensor") :]
"""Only the rule that is judged by the source."""
NOW = 1_750_000_000_000


def now() -> int:
    return int(RealClock().now().timestamp() * 1000)


def start(address: str, place: Path) -> subprocess.Popen[bytes]:
    with (place / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults.reload_worker", address, str(PARTITIONS), "2.0", str(place)],
            env=dict(os.environ),
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )


async def ready(worker: subprocess.Popen[bytes], place: Path) -> None:
    async with asyncio.timeout(60):
        while not (place / f"{worker.pid}-ready").exists():
            assert worker.poll() is None, (place / "worker.log").read_text()
            await asyncio.sleep(0.05)


async def order(publisher: Publisher, reader: KafkaReader, place: Path, text: str, at: int) -> Order:
    (place / "rules" / "hops.yaml").write_text(text, encoding="utf-8")
    edition, _ = load_edition(place / "rules", place / "feeds", demo=False)
    return await apply(reader, publisher, edition, at=at, by="test")


async def told(address: str, rule: str, change: str) -> Transition:
    """The first such transition, as soon as it is there."""
    async with asyncio.timeout(60):
        while True:
            for part in range(PARTITIONS):
                for row in await read(address, ALERTS, part):
                    one = alert.decode(row.value) if value_of(row.headers, OPEN) is None else None
                    if one is not None and (one.rule, one.change) == (rule, change):
                        return one
            await asyncio.sleep(0.1)


async def test_a_new_key_is_read_after_a_restart_and_its_alerts_end_with_the_rule(tmp_path: Path) -> None:
    for name in ("rules", "feeds"):
        (tmp_path / name).mkdir()
    (tmp_path / "feeds" / "trial.yaml").write_text(FEED, encoding="utf-8")
    (tmp_path / "rules" / "hops.yaml").write_text(WITHOUT, encoding="utf-8")
    with Broker() as broker:
        reader, worker = KafkaReader(broker.address), start(broker.address, tmp_path)
        try:
            await ready(worker, tmp_path)
            async with Publisher(broker.address, PARTITIONS) as publisher:
                with_address = await order(publisher, reader, tmp_path, RULES, now())
                assert await asyncio.to_thread(worker.wait, 60) == RESTART

                worker = start(broker.address, tmp_path)
                await ready(worker, tmp_path)
                assert await named(reader, with_address, Inlet("netsec", FIELD).topic, 0, 60.0)
                await publisher.publish_events(
                    "netsec", [attack(f"s{nth}", "203.0.113.1", NOW + nth, nth) for nth in range(3)]
                )
                fired = await told(broker.address, "often", "fired")
                assert (fired.key, fired.input and fired.input.topic) == ("203.0.113.1", f"netsec.by-{FIELD}")

                await order(publisher, reader, tmp_path, WITHOUT, now())
                ended = await told(broker.address, "often", "rule_removed")
                assert ended.alert_id == fired.alert_id
        finally:
            worker.terminate()
            worker.wait(20)
