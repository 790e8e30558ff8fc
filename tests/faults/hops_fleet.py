"""Workers that are killed and frozen between the two hops of a rule by another key, and the reckoning afterwards."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from typing import ClassVar, NamedTuple

from ioc.alerts import alert
from ioc.alerts.state import from_bytes
from ioc.events.codec import encode
from ioc.streams import admin
from ioc.streams.changelog import Fold
from ioc.streams.headers import OPEN, value_of
from ioc.streams.partition import Partition
from ioc.streams.patient import Patient
from ioc.streams.publish import Record
from ioc.streams.topics import partition_of
from tests.faults.fleet import START, Fleet
from tests.streams.log_reading import read
from tests.streams.two_hops import FIELD, attack, counted, repeated, rulebook, wanted


class Counted(NamedTuple):
    """`lost` and `doubled` are events of keys that were not taken in, or taken in again; `told` transitions there were."""

    events: int
    keys: int
    lost: int
    doubled: int
    repeated: int
    told: int
    wrong_told: int
    kills: int
    freezes: int
    seconds: float

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong_told)


class HopsFleet(Fleet):
    """Sensors that tell of attackers; each attacker's address is judged wherever it was seen."""

    module: ClassVar = "tests.faults.hops_worker"
    points: ClassVar = ("between", "passed", "second", "ack", "commit")
    stops: ClassVar = ("between", "second")
    inputs: ClassVar = ("ioc.netsec", f"ioc.netsec.by-{FIELD}")
    fields: ClassVar = (("netsec", FIELD),)

    async def _pour(self, publisher: Patient, done: asyncio.Event) -> None:
        sent, began = 0, time.monotonic()
        recent: list[tuple[int, bytes, bytes]] = []
        while sent < self.plan.events or not done.is_set():
            parts: defaultdict[int, list[Record]] = defaultdict(list)
            for _ in range(max(1, self.plan.rate // 20)):
                sent += 1
                if recent and self._random.random() < self.plan.copies:
                    part, key, raw = self._random.choice(recent)
                else:
                    source = f"sensor-{self._random.randrange(30)}"
                    once = sent % self.plan.once == 0
                    address = f"once-{sent}" if once else f"198.51.100.{self._random.randrange(self.plan.keys)}"
                    key = source.encode()
                    raw = encode(attack(source, address, START + 20 * sent, sent, severe=self._random.random() < 0.01))
                    part = partition_of(key, self.plan.partitions)
                    recent = [*recent[-200:], (part, key, raw)]
                parts[part].append(Record(key, raw))
            topic = f"{self.namespace}{self.inputs[0]}"
            await asyncio.gather(*(publisher.send_batch(topic, part, records) for part, records in parts.items()))
            await asyncio.sleep(max(0.0, began + sent / self.plan.rate - time.monotonic()))

    async def count(self) -> Counted:
        """Run, then count."""
        began = time.monotonic()
        await self.endure()
        first, second = (f"{self.namespace}{topic}" for topic in self.inputs)
        topic_id = (await asyncio.to_thread(admin.describe, self.bootstrap, [second])).topics[second].id
        inputs = [await read(self.bootstrap, first, part) for part in range(self.plan.partitions)]
        expected = wanted([row.value for row in rows] for rows in inputs)
        found: dict[str, int] = {}
        again = told = wrong = 0
        for part in range(self.plan.partitions):
            rows = await read(self.bootstrap, second, part)
            again += repeated(rows)
            fold = Fold(topic_id, part)
            for row in await read(self.bootstrap, f"{second}.changelog", part):
                fold.add(row.key, row.value, row.timestamp)
            found |= {key: counted(from_bytes(winner.record.state)) for key, winner in fold.winners.items()}
            calm = Partition("netsec", rulebook(FIELD), topic_id, part, self.plan.partitions, FIELD)
            calm.restore(Fold(topic_id, part), 0)
            due, at = set(), 0
            while at < len(rows):
                outcome = calm.judge(rows, at)
                at = outcome.stop
                due |= {(one.alert_id, one.revision) for _, raw in outcome.transitions for one in [alert.decode(raw)]}
            said = {
                (one.alert_id, one.revision)
                for row in await read(self.bootstrap, f"{self.namespace}ioc.alerts", part)
                if value_of(row.headers, OPEN) is None
                for one in [alert.decode(row.value)]
                if one.input is not None and one.input.topic_id == topic_id
            }
            told += len(said)
            wrong += len(said ^ due)
        short = {key: number - found.get(key, 0) for key, number in expected.items()}
        return Counted(
            events=sum(expected.values()),
            keys=len(expected),
            lost=sum(number for number in short.values() if number > 0),
            doubled=-sum(number for number in short.values() if number < 0) + len(set(found) - set(expected)),
            repeated=again,
            told=told,
            wrong_told=wrong,
            kills=self.kills,
            freezes=self.freezes,
            seconds=time.monotonic() - began,
        )
