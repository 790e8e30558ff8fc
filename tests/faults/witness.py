"""The desk beside a fleet, as its own process with its own database, and the receiver that it notifies.

The desk is the product's role console; it dies and comes back like a worker. The receiver keeps every post in the order
in which it came, and refuses some of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from ioc.desk.deliver import AT_ONCE
from ioc.desk.store import Store
from ioc.desk.tables import NoticeRow, TransitionRow
from tests.faults.trial import settings
from tests.serving import served

ROOT = Path(__file__).parents[2]
REFUSED = 0.02
"""Share of posts that the receiver cannot take now (503)."""


class Witnessed(NamedTuple):
    """The desk's database and the receiver against the log's transitions, as multisets.

    `stored_*` are transitions in the database: missing, there twice, of nobody. `told_*` are notices at the receiver;
    `told_again` are posts whose key it had taken before, of which each death of a desk may cause as many as it sends
    at once. `disordered` are alerts of which a notice came before an earlier one.
    """

    stored_missing: int
    stored_twice: int
    stored_foreign: int
    told: int
    told_missing: int
    told_foreign: int
    told_again: int
    disordered: int
    deaths: int

    @property
    def clean(self) -> bool:
        bad = self.stored_missing + self.stored_twice + self.stored_foreign
        bad += self.told_missing + self.told_foreign + self.disordered
        return not bad and self.told_again <= self.deaths * AT_ONCE


class Receiver:
    """An ASGI app that keeps the idempotency keys of what it took, in the order of arrival."""

    def __init__(self, seed: int) -> None:
        self.taken: list[str] = []
        self._random = random.Random(seed)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        status = 503 if self._random.random() < REFUSED else 204
        if status == 204:
            self.taken += [value.decode() for name, value in scope["headers"] if name == b"idempotency-key"]
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


class Witness:
    """A desk process and its receiver; made by `witnessing`."""

    def __init__(self, receiver: Receiver, place: Path, env: dict[str, str]) -> None:
        self.deaths = 0
        self._receiver = receiver
        self._place = place
        self._env = env
        self._desk = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with (self._place / "desk.log").open("ab") as log:
            command = [sys.executable, "-m", "ioc", "child", "console"]
            return subprocess.Popen(command, env=self._env, cwd=ROOT, stdout=log, stderr=log)

    async def die(self) -> None:
        """SIGKILL, and another one in its place."""
        assert self._desk.poll() is None, f"the desk ended by itself; see {self._place}/desk.log"
        self._desk.kill()
        await asyncio.to_thread(self._desk.wait)
        self.deaths += 1
        self._desk = self._start()

    def stop(self) -> None:
        self._desk.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._desk.wait(10)
        self._desk.kill()
        self._desk.wait()

    async def reckon(self, told: set[tuple[str, int]], seconds: float = 120.0) -> Witnessed:
        """Wait until the desk has applied and sent all of them, or the time is over; then compare."""
        keys = {f"{alert}:{revision}" for alert, revision in told}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not keys <= set(self._receiver.taken):
                    assert self._desk.poll() is None, f"the desk ended by itself; see {self._place}/desk.log"
                    await asyncio.sleep(0.5)  # the desk's last word on a notice comes after the receiver's
        self.stop()
        store = Store(f"sqlite:///{self._place / 'desk.sqlite'}")
        try:
            with store.reading() as session:
                rows = session.execute(select(TransitionRow.alert_id, TransitionRow.revision)).all()
                stored = Counter((alert, revision) for alert, revision in rows)
                waiting = set(session.scalars(select(NoticeRow.key).where(NoticeRow.state == "waiting")))
        finally:
            store.close()
        taken, first = Counter(self._receiver.taken), list(dict.fromkeys(self._receiver.taken))
        newest: Counter[str] = Counter()
        disordered = set()
        for key in first:
            alert, _, revision = key.partition(":")
            if int(revision.partition(":")[0]) < newest[alert]:
                disordered.add(alert)
            newest[alert] = int(revision.partition(":")[0])
        return Witnessed(
            stored_missing=len(told - set(stored)),
            stored_twice=sum(number > 1 for number in stored.values()),
            stored_foreign=len(set(stored) - told),
            told=len(first),
            told_missing=len(keys - set(taken)) + len(waiting - set(taken)),
            told_foreign=len(set(taken) - keys),
            told_again=sum(taken.values()) - len(taken),
            disordered=len(disordered),
            deaths=self.deaths,
        )


@contextlib.contextmanager
def witnessing(bootstrap: str, namespace: str, partitions: int, place: Path, seed: int = 1) -> Iterator[Witness]:
    """A desk that follows the alerts of one namespace until the end of the block."""
    secret = place / "webhook-secret"
    secret.write_text("s" * 40, encoding="utf-8")
    secret.chmod(0o600)
    receiver = Receiver(seed)
    with served(receiver) as url:
        given = {
            "IOC_KAFKA_NAMESPACE": namespace,
            "IOC_KAFKA_BOOTSTRAP": bootstrap,
            "IOC_KAFKA_PARTITIONS": str(partitions),
            "IOC_DATA": str(place),
            "IOC_DEMO": "false",
            "IOC_LANG": "en",
            "IOC_CONSOLE_PORT": "0",
            "IOC_WEBHOOK_URL": f"{url}/hook",
            "IOC_WEBHOOK_SECRET_FILE": str(secret),
            "IOC_WEBHOOK_ALLOW_PRIVATE": "true",
        }
        witness = Witness(receiver, place, settings(**given))
        try:
            yield witness
        finally:
            witness.stop()
