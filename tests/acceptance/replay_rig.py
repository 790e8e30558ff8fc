"""Role evaluate as a process of its own, the command line beside it, a broker beneath: replays as a person runs them."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from ioc.alerts import alert
from ioc.alerts.alert import Transition
from ioc.settings import Settings, dump, load_catalogue
from ioc.streams import admin
from ioc.streams.headers import OPEN, value_of
from ioc.streams.topics import table
from ioc.supervise import READY_FD
from tests.acceptance.situations import Situation
from tests.streams.log_reading import read

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds that a busy machine is given for what takes one."""


class Rig:
    """`with Rig(bootstrap, place) as rig:` has a worker that is ready; `partitions` are few, so that sources share them."""

    def __init__(
        self, bootstrap: str, place: Path, partitions: int = 4, history: Mapping[str, object] | None = None
    ) -> None:
        self.bootstrap = bootstrap
        self.place = place
        self.partitions = partitions
        self._history = history
        self._stack = ExitStack()
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self.kills = 0

    def __enter__(self) -> Self:
        self.name = f"r{os.getpid()}-{os.urandom(3).hex()}."
        names = [row.name for row in table(self.partitions, (feed.name for feed in load_catalogue().feeds))]
        self._stack.callback(admin.delete, self.bootstrap, [self.name + name for name in names])
        self._stack.callback(self.stop)
        given = {"bootstrap": self.bootstrap, "partitions": self.partitions}
        wanted = {"data": str(self.place), "demo": False, "kafka": given, "history": self._history or {}}
        settings = Settings.model_validate(wanted)
        self.settings = self.place / "settings.toml"
        self.settings.write_text(dump(settings), encoding="utf-8")
        self.env = {
            **os.environ,
            "IOC_SETTINGS": str(self.settings),
            "IOC_KAFKA_NAMESPACE": self.name,
            "IOC_LANG": "en",
        }
        self.start()
        if self._history:
            self.start("record")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    # --- workers

    def start(self, role: str = "evaluate") -> None:
        """Start a role and return when it has its partitions."""
        heard, told = os.pipe()
        path = self.place / f"{role}.log"
        with path.open("ab") as log:
            self._workers[role] = subprocess.Popen(
                [sys.executable, "-m", "ioc", "child", role],
                env={**self.env, READY_FD: str(told)},
                pass_fds=[told],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        os.close(told)
        with os.fdopen(heard, "rb") as ready:
            assert ready.read(1), path.read_text(encoding="utf-8")[-2000:]

    def kill(self) -> None:
        """SIGKILL role evaluate."""
        worker = self._workers["evaluate"]
        worker.kill()
        worker.wait()
        self.kills += 1

    def stop(self) -> None:
        """End all workers, whatever they do."""
        for worker in self._workers.values():
            worker.terminate()
        for worker in self._workers.values():
            try:
                worker.wait(20)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()

    # --- the command

    def command(self, situation: Situation, data: Path, *more: str) -> list[str]:
        """`ioc replay` as it is typed."""
        adapter = load_catalogue().by_feed[situation.feed].adapter
        moved = [f"--move={situation.move}"] if situation.move else []
        told = ["--adapter", adapter, "--feed", situation.feed, "--settings", str(self.settings), *moved, *more]
        return [sys.executable, "-m", "ioc", "replay", *told, str(data / situation.file)]

    def replay(self, situation: Situation, data: Path, *more: str) -> str:
        """Replay and return its name, when all of it is in Kafka."""
        command = self.command(situation, data, *more)
        done = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return name_in(done.stderr)

    def begin(self, situation: Situation, data: Path, *more: str) -> subprocess.Popen[str]:
        """Start a replay and leave it running."""
        command = self.command(situation, data, *more)
        return subprocess.Popen(command, env=self.env, cwd=ROOT, stderr=subprocess.PIPE, text=True)

    # --- the log

    async def judged(self, domain: str, role: str = "evaluate") -> float:
        """Wait until the role has committed everything that stands in the domain's topic now; seconds it took."""
        began, topic = time.monotonic(), f"{self.name}ioc.{domain}"
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, group_id=f"{self.name}ioc-{role}", enable_auto_commit=False
        )
        await consumer.start()
        try:
            async with asyncio.timeout(PATIENCE):
                for number in range(self.partitions):
                    end = await _end(self.bootstrap, topic, number)
                    spot = TopicPartition(topic, number)
                    while (await consumer.committed(spot) or 0) < end:  # noqa: ASYNC110 - the broker tells when asked
                        await asyncio.sleep(0.05)
        finally:
            await consumer.stop()
        return time.monotonic() - began

    async def alerts(self) -> list[Transition]:
        """What stands in `ioc.alerts` of replays."""
        found: list[Transition] = []
        for number in range(self.partitions):
            rows = await read(self.bootstrap, f"{self.name}ioc.alerts", number)
            found += [alert.decode(row.value) for row in rows if value_of(row.headers, OPEN) is None]
        return [one for one in found if one.replay]

    async def until(self, transitions: int) -> None:
        """Wait until so many transitions of replays stand in `ioc.alerts`."""
        async with asyncio.timeout(PATIENCE):
            while len(await self.alerts()) < transitions:  # noqa: ASYNC110 - the broker tells when asked
                await asyncio.sleep(0.5)


def told(transitions: Sequence[Transition]) -> dict[tuple[str, int], Transition]:
    """(alert id, revision) -> the picture, without its place in the log."""
    return {(one.alert_id, one.revision): msgspec.structs.replace(one, input=None) for one in transitions}


async def _end(bootstrap: str, topic: str, number: int) -> int:
    """The end as a fetch tells it; asked for by itself, Tansu names the last batch's beginning."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=50)
    await consumer.start()
    try:
        spot = TopicPartition(topic, number)
        consumer.assign([spot])
        while (end := consumer.highwater(spot)) is None:
            await consumer.getmany(timeout_ms=100)
        return int(end)
    finally:
        await consumer.stop()


def name_in(said: str) -> str:
    """The replay's name, out of what the command said."""
    found = re.search("Replay “(.+?)”", said)
    assert found, said
    return found[1]
