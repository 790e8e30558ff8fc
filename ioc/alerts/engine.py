"""step(state, event or tick) -> transitions: the whole rule engine as a pure function of what it is given.

No clock, no I/O, no randomness, no logging. The same history gives the same transitions and the same bytes, however it
is cut into batches, saved and loaded between any two events, or filled with ticks that nothing was due at.

What the order of events may change, within the lateness of their feed:

- match and momentary threshold, hold 0: nothing but which event opens an alert (and so its id), and where a silence
  between two events comes within the disorder of `settle`;
- count: nothing while the disorder stays within the window, but for the opening event;
- conditions that persist, readings of one quantity in their own order: nothing. A reading older than the newest of its
  quantity says nothing of now: it fires, raises and clears nothing, and can only break a hold.

What has fired stays fired: a late event never takes an alert back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from ioc.alerts import picture
from ioc.alerts.alert import Change, Transition
from ioc.alerts.arrival import AHEAD_S, IDLE_MS, LATENESS_S, epoch_ms, judge, source_time
from ioc.alerts.broken import RULE_ERROR, RULE_OVERFLOW, rule_error, rule_overflow
from ioc.alerts.conditions import absence
from ioc.alerts.conditions.absence import Watched
from ioc.alerts.episode import advance, count_groups, first_timer, observe, overflowed, threw, timer
from ioc.alerts.index import Index
from ioc.alerts.judge import Scene
from ioc.alerts.plan import Plan
from ioc.alerts.reading import NEUTRAL, REACHED
from ioc.alerts.rule import RuleSet
from ioc.alerts.stage import SOURCE
from ioc.alerts.state import Memory, State
from ioc.catalogue import Catalogue
from ioc.events.codec import Observed
from ioc.events.domains import Domain
from ioc.events.envelope import Fate

NOTHING: Final[Sequence[Transition]] = ()
_UNKNOWN: Final = (LATENESS_S * 1000, AHEAD_S * 1000)


class Engine:
    """The rules of one domain over the province's sources; holds nothing that changes.

    `version` (16 hex digits) names rules and schedules together: a state made under another one is brought over by
    `end` when it is next touched. Of the rules it takes those of one `stage` (`ioc.alerts.stage`): by source, or by
    another field, and then the key of a state is the field's value. `most` is how many states of such keys may be held
    beside each other (0: any number); what comes beyond them goes to `crowd`.
    """

    def __init__(self, rules: RuleSet, catalogue: Catalogue, domain: Domain, stage: str = SOURCE) -> None:
        plans = [Plan(rule, rules.holidays) for rule in rules.of(domain) if rule.stage == stage]
        self._domain: Domain = domain
        self._first = stage == SOURCE
        self.most = 0 if self._first else max((plan.rule.max_groups for plan in plans), default=0)
        self._broken = Plan(rule_error(domain))
        self._overflow = Plan(rule_overflow(domain))
        own = {RULE_ERROR: self._broken, RULE_OVERFLOW: self._overflow}
        self._plans = {plan.id: plan for plan in plans} | own
        self._index = Index(plans)
        self._named, self._others = self._index.named, self._index.others
        self._feeds = {feed.name: (feed.lateness * 1000, feed.ahead * 1000) for feed in catalogue.feeds}
        self._watched = absence.watched(plans, catalogue, domain)
        self.version = _version(rules, self._watched)

    def new(self, source: str, replay: str = "") -> State:
        """The empty state of one message key, on the broker's clock or that of a replay."""
        watched = self._watched.get(source)
        if watched is None:
            return State(source=source, rules=self.version, replay=replay)
        return State(source=source, feed=watched.feed, rules=self.version, replay=replay, due=1)

    def expect(self) -> Sequence[tuple[str, State]]:
        """Registered sources whose silence is an alert, each with the state it has before it was ever heard."""
        return [(source, self.new(source)) for source in self._watched]

    def step(
        self, state: State, event: Observed, clock: int, replay: str = "", lost: int = 0
    ) -> tuple[Fate, Sequence[Transition]]:
        """Take in one event read at `clock` (log clock, ms); changes `state`, gives the event's fate and what it did.

        `lost` is the length of all holes in the ticks so far: silence does not count while nothing was read.
        """
        out: list[Transition] = []
        if state.rules != self.version:
            out += self.end(state, clock)
        at = epoch_ms(event.observed_at)
        received = at if event.observed_at <= event.received_at else epoch_ms(event.received_at)
        lateness, ahead = self._feeds.get(event.feed, _UNKNOWN)
        # What was accepted by its source's clock stays so: partitions of the input may lag behind each other.
        fate = judge(state.watermark, at, received, lateness, ahead) if self._first else "accepted"
        if replay != state.replay and fate != "accepted":
            return fate, out  # A replay of what is past says nothing of a source that lives by another clock.
        state.feed = event.feed
        if replay != state.replay:
            state.replay = replay
            state.marked = state.heard = clock
        watched = self._watched.get(state.source)
        if fate == "accepted" and not event.drill:
            if watched is not None:
                _found(state, watched, event, clock, out)
            state.heard = clock
            state.lost = lost
            state.last_id = event.id
        elif not state.heard and not state.watched:
            state.watched, state.lost = clock, lost
        if fate == "accepted":
            if at > state.watermark:
                if 0 < state.timer <= at:
                    self._pass(state, at, clock, out)
                state.watermark = at
                state.marked = clock
            if event.quality in ("valid", "suspect"):
                self._judge(state, event, at, clock, lateness, out)
        if watched is None and not state.timer:
            state.due = 0  # What `_due` says of nearly every state, without the call.
        else:
            state.due = self._due(state, lost)
        return fate, out

    def crowd(self, state: State, event: Observed, clock: int, replay: str = "") -> Sequence[Transition]:
        """An event whose key is one too many meets no rule; the engine's own rule says so, of each that it would meet.

        `state` belongs to all such events together.
        """
        out: list[Transition] = []
        if state.rules != self.version:
            out += self.end(state, clock)
        at = epoch_ms(event.observed_at)
        state.feed, state.replay = event.feed, replay
        if at > state.watermark:
            if 0 < state.timer <= at:
                self._pass(state, at, clock, out)
            state.watermark, state.marked = at, clock
        scene = Scene(state, event, at, clock, past=False, out=out)
        for plan in self._index.of(event.quantity).plans:
            if plan.read(event) >= REACHED and (plan.where is None or plan.where(event)):
                overflowed(scene, self._overflow, plan)
        state.due = self._due(state, 0)
        return out

    def tick(self, state: State, clock: int, replay: str = "", lost: int = 0) -> Sequence[Transition]:
        """Let time pass up to `clock`; a state that lives by another clock is left alone. `lost` as in `step`."""
        if state.rules == self.version and (replay != state.replay or not 0 < state.due <= clock):
            return NOTHING
        out: list[Transition] = []
        if state.rules != self.version:
            out += self.end(state, clock)
        if replay != state.replay:
            return out
        now = source_time(state.watermark, state.marked, clock)
        if 0 < state.timer <= now:
            self._pass(state, now, clock, out)
        watched = self._watched.get(state.source)
        if watched is not None:
            out += absence.miss(state, watched, clock, lost)
        state.due = self._due(state, lost)
        return out

    def end(self, state: State, clock: int) -> Sequence[Transition]:
        """Bring a state over to these rules: same shape keeps its memory, what is gone or reshaped ends with a reason.

        `step` and `tick` do so by themselves; called for every state after a change, it ends at once what no event and
        no tick would touch. Calling it again gives nothing.
        """
        if state.rules == self.version:
            return NOTHING
        out: list[Transition] = []
        for key, memory in list(state.memories.items()):
            name = key.partition("|")[0]
            plan = self._plans.get(name)
            change = self._outdated(state, memory, plan)
            if change is not None:
                del state.memories[key]
                told = picture.ended(state, memory, domain=self._domain, rule=name, change=change, clock=clock)
                out += [] if told is None else [told]
            elif plan is not None:
                memory.timer = timer(memory, plan)
        for key, newest in list(state.newest.items()):
            plan = self._plans.get(key.partition("|")[0])
            if plan is None or plan.shape != newest.shape or not plan.glances:
                del state.newest[key]
        state.rules = self.version
        count_groups(state, self._plans)
        state.timer = first_timer(state)
        # A hold that the new rules make shorter may be over already: the next tick is to say so, not one after a pause.
        state.due = 1 if 0 < state.timer <= state.watermark else self._due(state, state.lost)
        return out

    def _outdated(self, state: State, memory: Memory, plan: Plan | None) -> Change | None:
        if plan is None:
            return "rule_removed"
        if plan.shape != memory.shape or (memory.level and memory.level not in plan.ranks):
            return "rule_reshaped"
        if plan.rule.kind == "absence":
            watched = self._watched.get(state.source)
            if watched is None or all(watch.plan is not plan for watch in watched.watches):
                return "source_retired"
        return None

    def _judge(  # noqa: PLR0917 - the hot path
        self, state: State, event: Observed, at: int, clock: int, lateness: int, out: list[Transition]
    ) -> None:
        met = self._named.get(event.quantity, self._others)
        past = met.keeps and _is_past(state, event, at)
        memories = state.memories
        drill = event.drill
        calm = met.low <= event.value <= met.high and not drill and met.ids.isdisjoint(memories)
        plans = met.others if calm else met.plans
        scene: Scene | None = None
        for plan in plans:
            try:
                reading = plan.read(event)
                # The calm of nearly every event: nothing reached, nothing remembered that it could touch.
                if reading < REACHED and (
                    reading == NEUTRAL
                    or (reading >= 0 and not memories)
                    or (plan.id not in memories and plan.plain and not drill)
                ):
                    continue
                where = plan.where
                if where is not None and not where(event):
                    continue
                scene = scene or Scene(state, event, at, clock, past, out, lateness)
                if not observe(scene, plan, reading):
                    overflowed(scene, self._overflow, plan)
            except Exception as error:  # noqa: BLE001 - whatever one rule does, the next rule and event are judged
                scene = scene or Scene(state, event, at, clock, past, out, lateness)
                threw(scene, self._broken, plan, error)

    def _pass(self, state: State, now: int, clock: int, out: list[Transition]) -> None:
        """Let the source's time pass to `now`: holds and settles that are over, windows that have emptied."""
        told: list[Transition] = []
        for key, memory in list(state.memories.items()):
            if 0 < memory.timer <= now:
                advance(state, key, self._plans[key.partition("|")[0]], now, clock, told)
        told.sort(key=lambda one: one.at)
        out += told
        state.timer = first_timer(state)

    def _due(self, state: State, lost: int) -> int:
        due = 0
        if state.timer:
            due = state.marked + max(IDLE_MS, state.timer - state.watermark)
        watched = self._watched.get(state.source)
        if watched is not None:
            missed = absence.deadline(state, watched, lost)
            if missed and (not due or missed < due):
                due = missed
        return due


def _found(state: State, watched: Watched, event: Observed, clock: int, out: list[Transition]) -> None:
    """An event that counts, from a source that somebody waits for: nothing is missed from here on."""
    if state.memories:
        out += absence.found(state, watched, clock)
    place = event.location
    if place is not None:
        state.lat, state.lon, state.commune = place.lat, place.lon, place.commune


def _is_past(state: State, event: Observed, at: int) -> bool:
    """Whether a newer reading of this quantity is known; notes this one where it is the newest."""
    quantity = f"!{event.quantity}" if event.drill else event.quantity
    if at < state.latest.get(quantity, 0):
        return True
    state.latest[quantity] = at
    return False


def _version(rules: RuleSet, watched: Mapping[str, Watched]) -> str:
    waits = [
        f"{source} {watch.plan.id} {watch.silences} {watch.expect}"
        for source, one in watched.items()
        for watch in one.watches
    ]
    return hashlib.blake2b("\n".join((rules.digest, *waits)).encode(), digest_size=8).hexdigest()
