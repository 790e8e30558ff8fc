"""Role evaluate with rules that are judged by the attacker's address, and knives between its two hops.

    python -m tests.faults.hops_worker BOOTSTRAP PARTITIONS SESSION FAULTS

Points: fetch, ack, commit (as in `tests.faults.worker`), between (half of what passes on was sent), passed (all of it
was, and no state of the first stage is written), second (half of the second stage's states are).
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ioc.streams import run
from ioc.streams.inlet import Inlet
from ioc.streams.publish import Publisher, Record, TooLarge
from tests.faults.worker import MANY, Struck, Watched, strike, wanted
from tests.streams.two_hops import FIELD, rulebook

FIRST, SECOND = Inlet("netsec"), Inlet("netsec", FIELD)
BOOTSTRAP, PARTITIONS, SESSION, FAULTS = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])


class Victim(Publisher):
    async def send_batch(self, topic: str, partition: int, records: Sequence[Record]) -> list[int | TooLarge]:
        many = len(records) >= MANY
        if many and topic == FIRST.changelog:
            strike(wanted("passed"))
        point = {SECOND.topic: "between", SECOND.changelog: "second"}.get(topic, "")
        path = wanted(point) if point and many else None
        if path is not None:
            half = await super().send_batch(topic, partition, records[: len(records) // 2])
            strike(path)
            return half + await super().send_batch(topic, partition, records[len(records) // 2 :])
        return await super().send_batch(topic, partition, records)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("ioc.streams.evaluate").setLevel(logging.INFO)
    for name, knife in (("Publisher", Victim), ("Evaluate", Struck), ("Watchdog", Watched)):
        setattr(run, name, knife)  # the same doors, with a knife in them
    config = run.Config(
        bootstrap=BOOTSTRAP,
        data=Path(tempfile.mkdtemp()),
        partitions=PARTITIONS,
        session=SESSION,
        ready=(FAULTS / f"{os.getpid()}-ready").touch,
    )
    sys.exit(run.evaluate(config, {"netsec": rulebook()}))
