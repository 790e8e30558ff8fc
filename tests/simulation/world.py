"""One world from one seed: a log is filled, workers and desks live and die over it, and everything must come out equal.

The oracle judges the whole log once, from its beginning, without ever failing; the desk's database and the receiver
are held against the oracle's transitions as multisets.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ioc.alerts import alert
from ioc.desk.store import Store
from ioc.streams.changelog import Fold
from ioc.streams.partition import Partition
from ioc.streams.rulebook import EngineRules
from ioc.streams.topics import REJECTED, changelog_topic, input_topic
from tests.simulation.broker import SimBroker
from tests.simulation.office import Office
from tests.simulation.process import TOPIC_ID, Killed, Process, Wire
from tests.streams.log_filling import falsely_ended, fill, transitions
from tests.streams.small_rules import rulebook

TOPIC = input_topic("environment")
ODDS = {"rebalance": 0.06, "lose": 0.05, "die": 0.22, "freeze": 0.15}
CHUNK = 12
STAFFED = 8
"""Every so many-th seed has a desk: SQL takes ten times as long as all the rest."""
REFUSALS = 0.02


class Outcome(NamedTuple):
    """What was wrong, in words (nothing where all is well), and how much trouble there was."""

    wrong: list[str]
    events: int
    transitions: int
    kills: int
    freezes: int
    rebalances: int
    refusals: int
    desk_crashes: int
    told_again: int


@cache
def rules() -> EngineRules:
    return rulebook()


class World:
    """All randomness comes from the seed."""

    def __init__(self, seed: int, template: Path, place: Path) -> None:
        self._dice = random.Random(seed)
        self.broker = SimBroker(1_000_000 + seed % 1_000 * 10_000_000)
        self.office = Office(self.broker, self._dice, template, place) if seed % STAFFED == 0 else None
        self.kills = self.freezes = self.rebalances = self.refusals = 0
        self._zombies: list[tuple[Process, asyncio.Task[bool]]] = []
        self._parked: list[Process] = []
        self._made = 0
        fill(self.broker, self._dice, self._dice.randrange(20, 120))
        self._end = self.broker.end(TOPIC, 0)

    async def run(self) -> Outcome:
        """Live until everything is judged and committed, then compare."""
        while self.broker.committed(TOPIC, 0) != self._end:
            await self._live()
        for zombie in list(self._zombies):
            await self._wake(zombie)
        if self.office is not None:
            self.office.finish()
        return self._compare()

    # --- lives

    def _start(self) -> Process:
        if self._parked and self._dice.random() < 0.5:  # a worker that had lost the partition gets it back
            process = self._parked.pop()
        else:
            self._made += 1
            wire = Wire(self.broker, self._dice, REFUSALS)
            process = Process(f"w{self._made}", self.broker, rules(), TOPIC, wire)
        if self._dice.random() < 0.3:
            self.broker.take_over("nobody")  # a generation in which somebody else had it, for a moment
        process.own()
        return process

    async def _live(self) -> None:
        """One worker's life, up to its crash, its freezing, the loss of its partition, or the end of the log."""
        process = self._start()
        wire, odds = process.wire, ODDS
        while self.broker.committed(TOPIC, 0) != self._end:
            for zombie in [one for one in self._zombies if self._dice.random() < 0.3]:
                await self._wake(zombie)
            self._desk()
            fate = self._dice.random()
            if fate < odds["rebalance"]:
                self.rebalances += 1
                if await self._ended(process, process.settled()):
                    return
                process.own()
            elif fate < odds["rebalance"] + odds["lose"]:
                if not await self._ended(process, process.settled()):
                    self._parked.append(process)
                return
            wire.die_at = wire.freeze_at = None
            fate = self._dice.random()
            if fate < odds["die"]:
                wire.die_at = wire.written + self._dice.randrange(12)
            elif fate < odds["die"] + odds["freeze"]:
                wire.freeze_at = wire.written + self._dice.randrange(12)
            if await self._ended(process, self._judged(process)):
                return
            if self._dice.random() < 0.5:
                await process.commit()

    async def _ended(self, process: Process, work: Coroutine[Any, Any, bool]) -> bool:
        """Do it; whether the process is no longer there afterwards: dead, or frozen until somebody wakes it."""
        task = asyncio.create_task(work)
        frozen = asyncio.create_task(process.wire.frozen.wait())
        await asyncio.wait([task, frozen], return_when=asyncio.FIRST_COMPLETED)
        frozen.cancel()
        if not task.done() or process.wire.frozen.is_set():
            self.freezes += 1
            self._zombies.append((process, task))
            return True
        self.refusals += process.wire.refused
        process.wire.refused = 0
        killed = isinstance(task.exception(), Killed)
        if process.left is not None and not killed:
            raise AssertionError(f"the worker left with {process.left}")
        if killed or process.wire.dead:
            self.kills += 1
            await process.bury()
            return True
        if not task.result():
            await process.commit()  # there is nothing more to fetch: the timer comes in the end
        return False

    async def _judged(self, process: Process) -> bool:
        more = await process.take(self._dice.randrange(1, CHUNK))
        if self._dice.random() < 0.7 or not more:
            await process.settle()
        return more

    async def _wake(self, zombie: tuple[Process, asyncio.Task[bool]]) -> None:
        process, task = zombie
        self._zombies.remove(zombie)
        process.wire.freeze_at = None
        process.wire.thaw.set()
        if self._dice.random() < 0.2:
            process.wire.die_at = process.wire.written + self._dice.randrange(4)
        await asyncio.wait([task])
        if isinstance(task.exception(), Killed):
            await process.bury()
            return
        try:
            await process.settle()
        except Killed:
            await process.bury()
            return
        await process.commit()

    def _desk(self) -> None:
        if self.office is None:
            return
        if self._dice.random() < 0.3:
            self.office.apply()
        if self._dice.random() < 0.3:
            self.office.send()

    # --- the end

    def _compare(self) -> Outcome:
        log, wrong = self.broker, []
        calm = Partition("environment", rules(), TOPIC_ID, 0, 1)
        calm.restore(Fold(TOPIC_ID, 0), 0)
        judged = calm.judge(log.rows[TOPIC, 0])
        wanted = {(one.alert_id, one.revision): raw for _, raw in judged.transitions for one in [alert.decode(raw)]}
        found = transitions(log)
        wrong += [f"lost {one}" for one in wanted.keys() - found.keys()]
        wrong += [f"spurious {one}" for one in found.keys() - wanted.keys()]
        wrong += [f"told as another {one}" for one in found if one in wanted and found[one] != {wanted[one]}]
        wrong += [f"falsely ended {one}" for one in falsely_ended(log)]
        wrong += [f"rejected {row.value!r}" for row in log.rows[REJECTED, 0]]
        fold = Fold(TOPIC_ID, 0)
        for row in log.rows[changelog_topic("environment"), 0]:
            fold.add(row.key, row.value, row.timestamp)
        states = {key: rules().to_bytes(cell.state) for key, cell in calm.cells.items() if cell.stamp >= 0}
        stored = {key: winner.record.state for key, winner in fold.winners.items()}
        wrong += [f"state of {key}" for key in states.keys() | stored.keys() if states.get(key) != stored.get(key)]
        if (fold.clock.lost if fold.clock else 0) != calm.holes.lost:
            wrong.append("length of the holes")
        office = self.office
        if office is not None:
            wrong += at_the_desk(office, wanted)
        return Outcome(
            wrong,
            len(log.rows[TOPIC, 0]),
            len(wanted),
            self.kills,
            self.freezes,
            self.rebalances,
            self.refusals,
            office.crashes if office else 0,
            len(office.taken) - len(set(office.taken)) if office else 0,
        )


def at_the_desk(office: Office, wanted: dict[tuple[str, int], bytes]) -> list[str]:
    """What the desk's database and the receiver have otherwise than they should."""
    due: Counter[tuple[str, int, str]] = Counter(
        (one.alert_id, one.revision, one.change) for one in map(alert.decode, wanted.values())
    )
    stored, taken = office.stored(), Counter(office.taken)
    keys = {f"{alert_id}:{revision}" for alert_id, revision, _ in due}
    wrong = [f"the desk lacks {one}" for one in due - stored]
    wrong += [f"the desk has too much of {one}" for one in stored - due]
    wrong += [f"nobody was told {key}" for key in keys - taken.keys()]
    wrong += [f"somebody was told {key}" for key in taken.keys() - keys]
    if taken.total() - len(taken) > office.cuts:
        wrong.append(f"told again {taken.total() - len(taken)} times in {office.cuts} crashes")
    newest: Counter[str] = Counter()
    for key in dict.fromkeys(office.taken):
        alert_id, revision, *_ = key.split(":")
        if int(revision) < newest[alert_id]:
            wrong.append(f"out of order {key}")
        newest[alert_id] = int(revision)
    return wrong


def template(place: Path) -> Path:
    """An empty database of the desk, to be copied."""
    path = place / "template.sqlite"
    store = Store(f"sqlite:///{path}")
    with store.writing():
        pass
    store.close()
    return path


def play(seed: int, empty: Path, place: Path) -> Outcome:
    """The world of one seed."""
    world = World(seed, empty, place)
    try:
        return asyncio.run(world.run())
    finally:
        if world.office is not None:
            world.office.store.close()
