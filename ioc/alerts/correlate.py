"""step(state, signal or tick) -> transitions, over the alerts of all domains: the rules of kind `near`.

As pure as `ioc.alerts.engine`, and with the same ladder of severities. A state is what one rule knows of one cell of
its grid: the triggers that lie in it, and the partners that lie within reach of it. So a signal may go into several
states (`SignalEngine.keys`), and each state can be judged, written and loaded by itself.

A pair speaks for the moment at which the later of its two sides began (event time); the alert ends when nothing further
has been heard for `settle` (log clock: the sources of the two sides have no common time). The signals of a drill meet only those of
drills; those of a replay meet nobody, for nothing ticks in its time here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from ioc.alerts import pairs, picture, severity
from ioc.alerts.alert import Change, Transition
from ioc.alerts.conditions.near import Nears
from ioc.alerts.kinds import Near
from ioc.alerts.meeting import Meeting
from ioc.alerts.opener import Opener
from ioc.alerts.pairs import Pair, Reach, Seen
from ioc.alerts.plan import Plan
from ioc.alerts.reading import reading_of
from ioc.alerts.rule import Rule, RuleSet
from ioc.alerts.signal import Signal
from ioc.alerts.state import Clue, Memory, State
from ioc.events.domains import DOMAINS, Domain
from ioc.events.envelope import Fate
from ioc.places.grid import Grid, Square
from ioc.places.sphere import Point

NOTHING: Final[Sequence[Transition]] = ()
GROUPS: Final = 200
"""Groups with an open alert in one cell, whatever `max_groups` allows: a state must fit a record of 900 kB by far."""
DRILL: Final = "!"
"""At the end of the key of a drill's state."""


class NoRoom(OverflowError):
    """A signal opened more groups than one cell may hold; `told` is what it came to beside them, which stands."""

    def __init__(self, rule: str, limit: int, told: Sequence[Transition]) -> None:
        super().__init__(f"{rule}: more than {limit} groups in one cell")
        self.told = told


class Matter(msgspec.Struct, array_like=True, gc=False):
    """What is open of one group: the ladder, and whose the alert is."""

    memory: Memory
    source: str
    feed: str


class NearState(msgspec.Struct, array_like=True, gc=False):
    """What one rule knows of one cell; changed by `SignalEngine` alone. `due` is log clock, 0 = never."""

    key: str
    domain: Domain
    shape: int
    rules: str = ""
    triggers: list[Seen] = []
    partners: list[Seen] = []
    matters: dict[str, Matter] = {}
    due: int = 0

    @property
    def rule(self) -> str:
        """Whose state it is."""
        return self.key.partition("|")[0]


class _Near:
    """One rule made ready, with its grid."""

    def __init__(self, rule: Rule, judge: Nears, holidays: Collection[int]) -> None:
        self.rule = rule
        self.plan = Plan(rule, holidays)
        self.judge = judge
        self.reach = judge.reach
        self.grid = Grid(2 * judge.reach.km)
        self.most = min(GROUPS, rule.max_groups)

    def key(self, square: Square, *, drill: bool) -> str:
        return f"{self.rule.id}|{square.row}:{square.column}{DRILL if drill else ''}"

    def keys(self, signal: Signal) -> set[str]:
        if signal.lat is None or signal.lon is None:
            return set()
        here, found = Point(signal.lat, signal.lon), set()
        if self.judge.rank(signal):
            found.add(self.key(self.grid.square(here), drill=signal.drill))
        if self.judge.meets(signal):
            found |= {self.key(square, drill=signal.drill) for square in self.grid.around(here, self.reach.km)}
        return found


class SignalEngine:
    """All rules of kind `near`; holds nothing that changes. `version` (16 hex digits) names them together."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = {
            rule.id: _Near(rule, Nears(rule), rules.holidays)
            for rule in rules.rules
            if isinstance(rule.condition, Near)
        }
        told = "\n".join(f"{one.rule.id} {one.rule.version}" for one in self._rules.values())
        self.version = hashlib.blake2b(told.encode(), digest_size=8).hexdigest()

    def keys(self, signal: Signal) -> Sequence[str]:
        """The states that a signal goes into, in order; none where no rule means it."""
        if signal.replay or not {signal.domain}.intersection(DOMAINS):
            return ()
        return sorted(set[str]().union(*(one.keys(signal) for one in self._rules.values())))

    def new(self, key: str) -> NearState:
        """The empty state of one key, also of a rule that is gone."""
        one = self._rules.get(key.partition("|")[0])
        if one is None:
            return NearState(key, DOMAINS[0], 0, self.version)
        return NearState(key, one.rule.domain, one.plan.shape, self.version)

    def step(self, state: NearState, signal: Signal, clock: int) -> tuple[Fate, Sequence[Transition]]:
        """Take in one signal read at `clock` (log clock, ms); changes `state`. Raises NoRoom when it has done so."""
        out = list(self.end(state, clock))
        one = self._rules[state.rule]
        if 0 < state.due <= clock:
            self._pass(state, one, clock, out)
            state.due = _due(state, one.reach)
        if not self._judge(state, one, signal, clock, out):
            raise NoRoom(one.rule.id, one.most, out)
        return "accepted", out

    def tick(self, state: NearState, clock: int) -> Sequence[Transition]:
        """Let time pass up to `clock`."""
        if state.rules == self.version and not 0 < state.due <= clock:
            return NOTHING
        out = list(self.end(state, clock))
        one = self._rules.get(state.rule)
        if one is not None:
            self._pass(state, one, clock, out)
            state.due = _due(state, one.reach)
        return out

    def end(self, state: NearState, clock: int) -> Sequence[Transition]:
        """Bring a state over to these rules; calling it again gives nothing. See `ioc.alerts.engine.Engine.end`."""
        if state.rules == self.version:
            return NOTHING
        out: list[Transition] = []
        one = self._rules.get(state.rule)
        shaped = one is not None and one.plan.shape == state.shape
        for group, matter in list(state.matters.items()):
            memory = matter.memory
            change: Change | None = None if one is not None else "rule_removed"
            if one is not None and (not shaped or (memory.level and memory.level not in one.plan.ranks)):
                change = "rule_reshaped"
            if change is not None:
                del state.matters[group]
                told = picture.ended(
                    _whose(matter), memory, domain=state.domain, rule=state.rule, change=change, clock=clock
                )
                out += [] if told is None else [told]
            elif one is not None:
                memory.timer = severity.timer(memory, one.plan)
        if not shaped:
            state.triggers, state.partners = [], []
            state.shape = one.plan.shape if one is not None else 0
        state.rules = self.version
        state.due = 0 if one is None else _due(state, one.reach)
        return out

    def _judge(self, state: NearState, one: _Near, signal: Signal, clock: int, out: list[Transition]) -> bool:
        """Whether all that the signal opened had room."""
        judge, room = one.judge, True
        rank = judge.rank(signal)
        if rank and signal.lat is not None and signal.lon is not None:
            square = one.grid.square(Point(signal.lat, signal.lon))
            if one.key(square, drill=signal.drill) == state.key:
                found = pairs.seen(signal, rank, judge.group(signal), clock)
                room = self._take(state, one, found, clock, out, trigger=True)
        if judge.meets(signal):
            room &= self._take(state, one, pairs.seen(signal, 0, "", clock), clock, out, trigger=False)
        return room

    def _take(
        self, state: NearState, one: _Near, found: Seen | None, clock: int, out: list[Transition], *, trigger: bool
    ) -> bool:
        if found is None:
            return True
        mine, others = (state.triggers, state.partners) if trigger else (state.partners, state.triggers)
        before, now = pairs.remember(mine, found)
        _wait(state, pairs.gone(now, one.reach))
        found_room = True
        spoken: dict[str, tuple[Matter, int]] = {}
        for pair in pairs.pairs(before, now, others, one.reach, trigger=trigger):
            named, rank = pair.trigger.group, pair.trigger.reach
            matter, said = spoken.get(named, (None, 0))
            # At one moment a second word of the same weight moves no ladder: it is evidence, and that is all.
            if matter is not None and rank <= said and state.matters.get(named) is matter:
                _heard(matter.memory, pair)
                continue
            found_room &= self._speak(state, one, pair, clock, out)
            if (standing := state.matters.get(named)) is not None:
                spoken[named] = standing, rank
        return found_room

    def _speak(self, state: NearState, one: _Near, pair: Pair, clock: int, out: list[Transition]) -> bool:
        trigger, partner = pair.trigger, pair.partner
        matter = state.matters.get(trigger.group)
        if matter is None:
            if len(state.matters) >= one.most:
                return False
            memory = Memory(one.plan.shape, trigger.group, state.key.endswith(DRILL))
            matter = state.matters[trigger.group] = Matter(memory, trigger.source, trigger.feed)
            memory.opener = Opener(
                f"{trigger.id}{partner.id}{trigger.reach}", pair.at, "", "km", trigger.lat, trigger.lon, trigger.commune
            )
        memory = matter.memory
        if trigger.reach > memory.level:
            memory.keep = Meeting(pair.km, pair.gap, partner.source, partner.title)
        severity.observe(memory, one.plan, clock, reading_of(trigger.reach))
        _heard(memory, pair)
        self._advance(state, one, trigger.group, clock, out)
        _wait(state, memory.timer)
        return True

    def _pass(self, state: NearState, one: _Near, clock: int, out: list[Transition]) -> None:
        for group, matter in list(state.matters.items()):
            if 0 < matter.memory.timer <= clock:
                self._advance(state, one, group, clock, out)
        pairs.forget(state.triggers, one.reach, clock)
        pairs.forget(state.partners, one.reach, clock)

    def _advance(self, state: NearState, one: _Near, group: str, clock: int, out: list[Transition]) -> None:
        matter = state.matters[group]
        memory = matter.memory
        for moved, before in severity.advance(memory, one.plan, clock):
            at = memory.at if memory.level > before else moved
            out.append(picture.moved(_whose(matter), memory, one.plan, before=before, at=at, clock=clock))
        if not memory.level and not memory.pending:
            del state.matters[group]


def _whose(matter: Matter) -> State:
    return State(matter.source, matter.feed)


def _heard(memory: Memory, pair: Pair) -> None:
    """Keep both sides as evidence: the first of them, and the newest partner."""
    memory.at = pair.at
    memory.last_seen = max(memory.last_seen, pair.at)
    _note(memory, pair.trigger, 0.0)
    _note(memory, pair.partner, pair.km)


def _note(memory: Memory, one: Seen, km: float) -> None:
    if one.media:
        memory.media += [url for url in one.media if url not in memory.media][: picture.LINKS - len(memory.media)]
    named, worst = one.event or one.id, memory.worst
    for held in memory.clues:
        if held.id == named:
            return
    if len(memory.clues) < picture.FIRST:
        memory.clues.append(Clue(named, one.since, round(km, 3), one.source))
    elif worst is None or one.since >= worst.at:
        memory.worst = Clue(named, one.since, round(km, 3), one.source)


def _wait(state: NearState, at: int) -> None:
    """Something may change at `at`: too early is put right by the tick that finds nothing."""
    if at and (not state.due or at < state.due):
        state.due = at


def _due(state: NearState, reach: Reach) -> int:
    due = [matter.memory.timer for matter in state.matters.values()]
    due += (pairs.first_gone(state.triggers, reach), pairs.first_gone(state.partners, reach))
    return min([at for at in due if at], default=0)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(NearState).decode


def to_bytes(state: NearState) -> bytes:
    """The state as stored; the same history gives the same bytes."""
    return _encode(state)


def from_bytes(raw: bytes) -> NearState:
    """A state as it was stored; raises msgspec.DecodeError."""
    return _decode(raw)


def due(state: NearState) -> int:
    """Log clock from which `tick` may change something; 0 = never."""
    return state.due


def live(state: NearState) -> bool:
    """Whether anything is open or remembered."""
    return bool(state.matters or state.triggers or state.partners)


def remembered(state: NearState) -> int:
    """How much there is; less after rules have changed where some was gone or reshaped."""
    return len(state.matters) + len(state.triggers) + len(state.partners)


def open_alerts(state: NearState) -> Sequence[str]:
    """Ids of the alerts that are out."""
    return [one.memory.alert.id for one in state.matters.values() if one.memory.alert is not None]
