"""Events of the past -> the alerts that these rules would have raised, by production's own `step` on the file's clock.

Order. Each source is judged by itself, in order of its moments (time of observation; for an event ahead of its own
receipt, whose claim nobody believes, time of receipt). A file that has a source out of order raises `Disorder`; the
caller sorts it and begins anew, or asks for the order of arrival, when what comes too late is late.

Ticks. A source's time passes exactly when something is due for it, and at the end runs on for `RUN_ON_MS`, so that
holds, settles, silences and all-clears still come. Denser ticks would give the same transitions but for the clock at
which each was told, so the sources may be shared out among processes and nothing changes, to the byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Final

from ioc.alerts.alert import Transition
from ioc.alerts.arrival import AHEAD_S, epoch_ms
from ioc.alerts.engine import Engine
from ioc.alerts.rule import RuleSet
from ioc.alerts.state import State
from ioc.catalogue import Catalogue
from ioc.events import DOMAINS, Domain
from ioc.events.codec import STRUCTS, Observed
from ioc.workshop.onward import Onward, Passed

RUN_ON_MS: Final = 24 * 3_600_000
"""A day past the last event, as in a replay: beyond the longest settle and the highest silence of the shipped rules."""
REMEMBERED: Final = 4_000_000
"""Ids by which a second copy of an event is known, at least; about 90 bytes each."""


class Disorder(Exception):
    """A source's event lies before one that was judged already."""


class Cell:
    """One source: its state, and its clock."""

    __slots__ = ("clock", "state")

    def __init__(self, state: State, clock: int) -> None:
        self.state = state
        self.clock = clock


class Backtest:
    """Takes events, block by block, then `finish`; `transitions` are in no particular order until `ordered`.

    `arrival` judges every event as it comes. `fates` counts events by feed and fate (the refused lines are the
    reader's). Memory grows with the sources and the transitions, and by `REMEMBERED` ids.
    """

    def __init__(self, rules: RuleSet, catalogue: Catalogue, *, arrival: bool = False) -> None:
        self._rooms = {STRUCTS[domain]: _Room(rules, catalogue, domain) for domain in DOMAINS}
        self._ahead = {feed.name: feed.ahead * 1000 for feed in catalogue.feeds}
        self._arrival = arrival
        self._known: set[int] = set()
        self._older: set[int] = set()
        self.transitions: list[Transition] = []
        self.fates: Counter[tuple[str, str]] = Counter()
        self.first = 0
        self.last = 0

    def moment(self, event: Observed) -> int:
        """When the clock meets this event, epoch ms."""
        observed, received = event.observed_at, event.received_at
        if observed <= received:
            return epoch_ms(observed)
        at, heard = epoch_ms(observed), epoch_ms(received)
        return at if at <= heard + self._ahead.get(event.feed, AHEAD_S * 1000) else heard

    def take(  # noqa: PLR0912, PLR0915 - the hot loop: calls would cost more than they explain
        self, events: Iterable[Observed], lines: Iterable[int] = ()
    ) -> None:
        """Judge events; raises Disorder, after which nothing here means anything.

        `lines` are their lines in the file, where others judge a share of it: the order of events of one moment.
        """
        rooms, fates, told = self._rooms, self.fates, self.transitions
        moment, arrival = self.moment, self._arrival
        known, older = self._known, self._older
        latest, earliest = self.last, self.first
        feed, accepted = "", 0
        for event, line in zip(events, lines or repeat(0), strict=False):
            try:
                one = int(event.id[:16], 16)
            except ValueError:
                one = hash(event.id)
            if one in known or one in older:
                fates[event.feed, "duplicate"] += 1
                continue
            known.add(one)
            observed = event.observed_at
            at = round(observed.timestamp() * 1000) if observed <= event.received_at else moment(event)
            room = rooms[event.__class__]  # type: ignore[index]  # an Observed is one of the Structs
            source = event.source
            cell = room.cells.get(source)
            if cell is None:
                cell = room.cells[source] = Cell(room.engine.new(source), at)
                if at < earliest or not earliest:
                    earliest = at
            elif at > cell.clock:
                state = cell.state
                while 0 < state.due <= at:
                    due = cell.clock = max(state.due, cell.clock)
                    told += room.engine.tick(state, due)
                cell.clock = at
            elif at < cell.clock:
                if not arrival:
                    raise Disorder
                at = cell.clock
            if at > latest:  # noqa: PLR1730 - max() costs a call for every event
                latest = at
            fate, out = room.step(cell.state, event, at)
            if out:
                told += out
            if room.passes and fate == "accepted":
                room.onward.take(event, cell.clock, line)
            if fate != "accepted" or event.feed != feed:
                fates[feed, "accepted"] += accepted
                feed, accepted = event.feed, 0
            if fate == "accepted":
                accepted += 1
            else:
                fates[feed, fate] += 1
        fates[feed, "accepted"] += accepted
        fates += Counter()  # drops what counts nothing
        self.last, self.first = latest, earliest
        if len(known) > REMEMBERED:
            self._older, self._known = known, set()

    def passed(self) -> Iterator[Passed]:
        """Events of these sources that are judged again by another key."""
        for room in self._rooms.values():
            yield from room.onward.passed

    def meet_again(self, passed: Iterable[Passed]) -> None:
        """Judge these by their other keys, in place of those of these sources."""
        for room in self._rooms.values():
            room.onward.passed = []
        for one in passed:
            self._rooms[one.event.__class__].onward.passed.append(one)  # type: ignore[index]  # an Observed is one of the Structs

    def meet(self, event: Observed) -> tuple[State, int]:
        """The state of the event's source as the event finds it, and the clock: time has passed, it is not judged."""
        room = self._rooms[event.__class__]  # type: ignore[index]  # an Observed is one of the Structs
        at = self.moment(event)
        cell = room.cells.setdefault(event.source, Cell(room.engine.new(event.source), at))
        while 0 < cell.state.due <= at:
            cell.clock = max(cell.state.due, cell.clock)
            self.transitions += room.engine.tick(cell.state, cell.clock)
        cell.clock = max(at, cell.clock)
        return cell.state, cell.clock

    def finish(
        self, last: int, first: int = 0, missed: Callable[[str], bool] | None = None, run_on: int = RUN_ON_MS
    ) -> None:
        """Let time run on past `last`, the last moment of the whole file, for every source.

        With `missed`, registered sources that were never heard and that it picks are missed from `first` on.
        """
        end = last + run_on
        for room in self._rooms.values():
            if missed is not None:
                for source, state in room.engine.expect():
                    if source not in room.cells and missed(source):
                        room.cells[source] = Cell(state, first)
            for cell in room.cells.values():
                state = cell.state
                while 0 < state.due <= end:
                    due = cell.clock = max(state.due, cell.clock)
                    self.transitions += room.engine.tick(state, due)
            self.transitions += room.onward.judge(end)


class _Room:
    """One domain: its engine, its sources, and what is judged again by another key."""

    __slots__ = ("cells", "engine", "onward", "passes", "step")

    def __init__(self, rules: RuleSet, catalogue: Catalogue, domain: Domain) -> None:
        self.engine = Engine(rules, catalogue, domain)
        self.step = self.engine.step
        self.onward = Onward(rules, catalogue, domain)
        self.passes = bool(self.onward)
        self.cells: dict[str, Cell] = {}
