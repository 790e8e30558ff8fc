"""Role evaluate with rules that are judged by the attacker's address, and knives between its two hops.

    python -m tests.faults.hops_worker BOOTSTRAP PARTITIONS SESSION FAULTS

Points: fetch, ack, commit (as in `tests.faults.worker`), between (half of what passes on was sent), passed (all of it
was, and no state of the first stage is written), second (half of the second stage's states are).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ioc.streams import run
from ioc.streams.inlet import Inlet
from ioc.streams.publish import Publisher, Record, TooLarge
from tests.faults.worker import MANY, Struck, Watched, armed, strike, wanted
from tests.streams.two_hops import FIELD, rulebook

FIRST, SECOND = Inlet("netsec"), Inlet("netsec", FIELD)


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
    config = armed(run, Publisher=Victim, Evaluate=Struck, Watchdog=Watched)
    sys.exit(run.evaluate(config, {"netsec": rulebook()}))
