"""What came of a run: the alerts and states in the log against the oracle, and against a judgement never disturbed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ioc.alerts import alert
from ioc.alerts.alert import alert_id
from ioc.alerts.rule import RANK
from ioc.alerts.state import State, from_bytes
from ioc.events.codec import decode
from ioc.streams import admin
from ioc.streams.changelog import Fold
from ioc.streams.headers import OPEN, value_of
from ioc.streams.partition import Partition
from tests.faults.oracle import SEVERE, Key, Oracle, Told
from tests.streams.log_reading import read
from tests.streams.small_rules import rulebook


class Reckoning(NamedTuple):
    """What came of it; `wrong` counts keys whose state is not what the oracle or a fresh judgement says.

    `repeated` are transitions told again with the same content, `unequal` those told again with another; `disordered`
    are alerts whose revisions came first in another order than theirs.
    """

    events: int
    keys: int
    wanted: int
    lost: int
    spurious: int
    unequal: int
    disordered: int
    wrong: int
    keys_inexact: int
    repeated: int
    kills: int
    freezes: int
    seconds: float

    @property
    def clean(self) -> bool:
        bad = self.lost or self.spurious or self.wrong or self.keys_inexact or self.unequal or self.disordered
        return not bad


class Struck(NamedTuple):
    """What was done to the workers, and since when (monotonic)."""

    kills: int
    freezes: int
    began: float


class Reckoner:
    """Reads the topics of one namespace; what differs is told in `differences.txt` in `place`."""

    def __init__(self, bootstrap: str, namespace: str, partitions: int, place: Path) -> None:
        self._bootstrap = bootstrap
        self._namespace = namespace
        self._partitions = partitions
        self._place = place
        self._topic = f"{namespace}ioc.environment"
        self.exact = True
        """Whether a judgement of each partition by itself must come to the same bytes."""
        self.told: set[tuple[str, int]] = set()
        """(alert id, revision) of all transitions that stand in the log, whatever their rule."""
        self.delays: list[tuple[int, float]] = []
        """Partition, and seconds from an event's time stamp in the log to that of its transition, where it was told first."""

    async def reckon(self, struck: Struck, spoiled: Collection[tuple[int, int]] = ()) -> Reckoning:
        """Compare; the records at the (partition, offset) of `spoiled` are no events."""
        oracle, inexact = Oracle(), 0
        states: dict[str, State] = {}
        found: Counter[Told] = Counter()
        names: dict[str, str] = {}
        spots: dict[str, tuple[int, int]] = {}
        inputs: defaultdict[Told, list[Any]] = defaultdict(list)
        bodies: defaultdict[tuple[str, int], set[bytes]] = defaultdict(set)
        disordered: set[str] = set()
        highest: dict[str, int] = {}
        topic_id = (await asyncio.to_thread(admin.describe, self._bootstrap, [self._topic])).topics[self._topic].id
        for part in range(self._partitions):
            rows = await read(self._bootstrap, self._topic, part)
            good = [row for row in rows if row.value is not None and (part, row.offset) not in spoiled]
            events = [decode(row.value) for row in good]
            oracle.feed((e.id, e.source, int(e.observed_at.timestamp() * 1000), e.value) for e in events)
            names |= {alert_id("high", e.source, e.id): e.id for e in events}
            for row, event in zip(good, events, strict=True):
                spots.setdefault(event.id, (part, row.offset))
            fold = Fold(topic_id, part)
            for row in await read(self._bootstrap, f"{self._topic}.changelog", part):
                fold.add(row.key, row.value, row.timestamp)
            inexact += self._inexact(fold, rows, topic_id, part) if self.exact else 0
            states |= {key: from_bytes(winner.record.state) for key, winner in fold.winners.items()}
            for row in await read(self._bootstrap, f"{self._namespace}ioc.alerts", part):
                if value_of(row.headers, OPEN) is not None:
                    continue
                one = alert.decode(row.value)
                if (one.alert_id, one.revision) not in bodies:
                    if one.input is not None and not one.input.topic:
                        self.delays.append((part, (row.timestamp - rows[one.input.offset].timestamp) / 1000))
                    if one.revision != highest.get(one.alert_id, 0) + 1:
                        disordered.add(one.alert_id)
                    highest[one.alert_id] = one.revision
                bodies[one.alert_id, one.revision].add(row.value)
                if one.rule == "high":
                    told = Told(one.source, names.get(one.alert_id, one.alert_id), one.revision, one.change)
                    found[told] += 1
                    inputs[told].append((row.offset, one.input))
        wanted = set(oracle.told)
        self.told = set(bodies)
        self._tell("lost", wanted - set(found), spots, inputs)
        self._tell("spurious", set(found) - wanted, spots, inputs)
        return Reckoning(
            events=len(oracle.seen),
            keys=len(oracle.keys),
            wanted=len(wanted),
            lost=len(wanted - set(found)),
            spurious=len(set(found) - wanted),
            unequal=sum(len(ones) > 1 for ones in bodies.values()),
            disordered=len(disordered),
            wrong=sum(not same(states.get(source), key) for source, key in oracle.keys.items()),
            keys_inexact=inexact,
            repeated=sum(found.values()) - len(found),
            kills=struck.kills,
            freezes=struck.freezes,
            seconds=time.monotonic() - struck.began,
        )

    def _tell(
        self, what: str, ones: set[Told], spots: Mapping[str, tuple[int, int]], inputs: Mapping[Told, list[Any]]
    ) -> None:
        """Each difference, with where its episode began in the input and where it was written."""
        with (self._place / "differences.txt").open("a", encoding="utf-8") as file:
            for one in sorted(ones):
                file.write(f"{what} {one} began at {spots.get(one.opened_by)} written {inputs.get(one)}\n")

    def _inexact(self, fold: Fold, rows: Sequence[Any], topic_id: str, part: int) -> int:
        """Keys whose bytes differ from those of one judgement of the whole log up to their stamp, never disturbed."""
        partition = Partition("environment", rulebook(), topic_id, part, self._partitions)
        partition.restore(Fold(topic_id, part), 0)
        stamps: defaultdict[int, list[str]] = defaultdict(list)
        for key, winner in fold.winners.items():
            stamps[winner.rank[1]].append(key)
        rules, wrong, at = rulebook(), 0, 0
        for stamp in sorted(stamps):
            while at <= stamp:
                at = at + partition.judge(rows[at : stamp + 1]).stop
            for key in stamps[stamp]:
                wrong += rules.to_bytes(partition.cells[key].state) != fold.winners[key].record.state
        return wrong


def same(state: State | None, key: Key) -> bool:
    """Whether a state says of the rule `high` what the oracle says."""
    if state is None or state.watermark != key.last:
        return False
    memory = state.memories.get("high")
    if memory is None or memory.alert is None:
        return key.level == 0
    standing = key.level != 0 and memory.alert.revision == key.revision
    return standing and (memory.level == RANK["severe"]) == (key.level == SEVERE)
