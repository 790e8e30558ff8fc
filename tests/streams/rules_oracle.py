"""A whole partition judged once, from its beginning, with nothing of what makes the product quick.

From each tick it takes the greatest order so far, and asks the plain engine of that edition: one state per source, all
of them at every tick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from ioc.alerts import alert
from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.state import State
from ioc.events.codec import decode
from ioc.streams.fetched import LogRecord
from ioc.streams.headers import RULES, value_of
from ioc.streams.holes import HOLE_MS, PERIOD_MS
from ioc.streams.topics import partition_of


@dataclass
class Oracle:
    """`told` holds (alert id, revision, record) of every transition; `engine` gives that of an edition's name."""

    engine: Callable[[str], Engine]
    topic_id: str
    partition: int = 0
    partitions: int = 1
    states: dict[str, State] = field(default_factory=dict)
    told: set[tuple[str, int, bytes]] = field(default_factory=set)
    lost: int = 0
    ticked: int = 0
    switches: int = 0

    def judge(self, rows: Sequence[LogRecord]) -> None:
        orders = [value_of(row.headers, RULES) for row in rows]
        known = [raw.decode().split(":") for raw in orders if raw is not None]
        newest, name = int(known[0][0]), known[0][1]
        self.begin(name)
        clock, seen = 0, set()
        self.ticked = rows[0].timestamp
        for row, raw in zip(rows, orders, strict=True):
            clock = max(clock, row.timestamp)
            if row.value is None:
                if clock - self.ticked > HOLE_MS:
                    self.lost += clock - self.ticked - PERIOD_MS
                self.ticked = clock
                if raw is not None and int(raw.decode().split(":")[0]) > newest:
                    number, following = raw.decode().split(":")
                    newest = int(number)
                    self.switches += following != name
                    name = following
                    self.begin(name)
                for source in sorted(self.states):
                    self.tell(row, self.engine(name).tick(self.states[source], clock, "", self.lost))
                continue
            event = decode(row.value)
            if event.id in seen:
                continue
            seen.add(event.id)
            state = self.states.setdefault(event.source, self.engine(name).new(event.source))
            silent = clock - self.ticked
            lost = self.lost + (silent - PERIOD_MS if silent > HOLE_MS else 0)
            self.tell(row, self.engine(name).step(state, event, clock, "", lost)[1])

    def begin(self, name: str) -> None:
        for source, state in self.engine(name).expect():
            if partition_of(source, self.partitions) == self.partition:
                self.states.setdefault(source, state)

    def tell(self, row: LogRecord, told: Iterable[Transition]) -> None:
        for one in told:
            placed = msgspec.structs.replace(one, input=alert.Position(self.topic_id, self.partition, row.offset))
            self.told.add((one.alert_id, one.revision, alert.encode(placed)))
