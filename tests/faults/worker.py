"""The product's evaluate role, and a process that kills or freezes itself where it is told to.

    python -m tests.faults.worker BOOTSTRAP PARTITIONS SESSION FAULTS

A file `<pid>-<point>` in the directory FAULTS, holding `kill` or `stop`, is taken away when the point is reached.
Points: fetch (a chunk was handed over), state (half of its states are written), transitions (its states are, and half
of its transitions), ack (everything is written), commit (it is acked and not committed).
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ioc.streams import run
from ioc.streams.evaluate import Evaluate
from ioc.streams.fetched import Fetched, Finish
from ioc.streams.publish import Publisher, Record, TooLarge
from ioc.streams.topics import ALERTS
from ioc.streams.watchdog import Watchdog
from tests.streams.small_rules import rulebook

BOOTSTRAP, PARTITIONS, SESSION, FAULTS = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])
MANY = 3
"""A chunk with fewer records or states than this is no worthy victim."""


def wanted(point: str) -> Path | None:
    path = FAULTS / f"{os.getpid()}-{point}"
    return path if path.exists() else None


def strike(path: Path | None) -> None:
    if path is None:
        return
    kind = path.read_text()
    path.unlink()
    os.kill(os.getpid(), signal.SIGKILL if kind == "kill" else signal.SIGSTOP)


class Victim(Publisher):
    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        point = "state" if topic.endswith(".changelog") else "transitions" if topic == ALERTS else ""
        path = wanted(point) if point and len(records) >= MANY else None
        if path is not None:
            half = await super().send_batch(topic, partition, records[: len(records) // 2])
            strike(path)
            return half + await super().send_batch(topic, partition, records[len(records) // 2 :])
        return await super().send_batch(topic, partition, records)


class Struck(Evaluate):
    async def handle(self, fetched: Fetched) -> Finish | None:
        if len(fetched.records) >= MANY:
            strike(wanted("fetch"))
        finish = await super().handle(fetched)
        return finish if finish is None else self._then(finish, fetched)

    async def _then(self, finish: Finish, fetched: Fetched) -> None:
        await finish
        if len(fetched.records) >= MANY:
            strike(wanted("ack"))


class Watched(Watchdog):
    def progress(self, topic: str, partition: int, offset: int) -> None:
        super().progress(topic, partition, offset)
        strike(wanted("commit"))


def armed(doors: object, **knives: type) -> run.Config:
    """Put the knives into the doors of a role's module, and tell how the role is to run."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("ioc.streams.evaluate").setLevel(logging.INFO)
    for name, knife in knives.items():
        setattr(doors, name, knife)
    return run.Config(
        bootstrap=BOOTSTRAP,
        data=Path(tempfile.mkdtemp()),
        partitions=PARTITIONS,
        session=SESSION,
        metrics_port=int(os.environ.get("IOC_FAULTS_METRICS", "0")),
        ready=(FAULTS / f"{os.getpid()}-ready").touch,
    )


if __name__ == "__main__":
    config = armed(run, Publisher=Victim, Evaluate=Struck, Watchdog=Watched)
    sys.exit(run.evaluate(config, {"environment": rulebook()}))
