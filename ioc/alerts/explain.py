"""Why, and why not: what each rule made of one event, by the same step that judges it, with a recorder in its place.

The recorder stands around each rule's `where`, reader and judge and changes nothing that they say; the step runs on a
copy of the state. So an explanation cannot differ from the verdict: it is read off the verdict's own run. What it adds
is the part of `where` that failed, and how far a figure lies from the next level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from ioc.alerts.alert import Transition
from ioc.alerts.arrival import epoch_ms
from ioc.alerts.conditions.flatline import Flatlines
from ioc.alerts.conditions.windowed import Windowed
from ioc.alerts.engine import Engine
from ioc.alerts.episode import group_of
from ioc.alerts.fields import readable
from ioc.alerts.plan import Plan
from ioc.alerts.reading import REACHED
from ioc.alerts.rule import Rule
from ioc.alerts.severity import settle_of
from ioc.alerts.state import Memory, State, from_bytes, to_bytes
from ioc.alerts.stuck_run import Newest
from ioc.alerts.where import compile_where
from ioc.events.codec import Observed
from ioc.events.envelope import SEVERITIES, Fate, clip

Code = Literal[
    "not_judged",
    "quality",
    "quantity",
    "silence",
    "where",
    "not_counted",
    "no_room",
    "outside_hours",
    "nothing_said",
    "not_reached",
    "held",
    "stands",
    "changed",
    "threw",
]
"""What became of the event at one rule; words `explain.<code>`. See `Verdict`."""


OWN: Final = frozenset({"rule-error", "rule-overflow"})
"""The engine's own rules: told of only where they spoke."""


class Verdict(NamedTuple):
    """One rule's answer to one event.

    not_judged: the event was late or came from the future. quality: calibration or fault data meet no rule. quantity:
    the rule reads others. silence: the rule is moved by the absence of events. where: `field` of the event is not as
    the rule wants it. not_counted: its window has passed, or a newer reading stands. no_room: the source has as many
    groups as the rule allows. outside_hours: nothing stands, and now nothing may begin. nothing_said: the event says
    nothing either way, or too few are there for a figure. not_reached: `figure` lies `gap` from `level` of `severity`.
    held: reached since `since`, fires in `left_ms` unless contradicted. stands: the alert is open and stays so.
    changed: `transitions` came. threw: the rule failed.

    `open` tells whether an alert of this group is open afterwards; `ends_ms` how long until it ends if nothing more
    comes, 0 where nothing contradicts it.
    """

    rule: str
    code: Code
    group: str = ""
    field: str = ""
    wanted: str = ""
    got: str = ""
    figure: float | None = None
    level: float | None = None
    gap: float | None = None
    severity: str = ""
    since: int = 0
    left_ms: int = 0
    ends_ms: int = 0
    open: str = ""
    transitions: Sequence[Transition] = ()


class Explanation(NamedTuple):
    """The event's fate, and every rule of its domain in id order."""

    fate: Fate
    verdicts: Sequence[Verdict]
    transitions: Sequence[Transition]


@dataclass
class _Asked:
    """What one rule was asked about the event, and answered; None where it was not asked."""

    reading: int | None = None
    passed: bool | None = None
    taken: bool | None = None
    threw: bool = False


class _Recorded:
    """A judge that notes whether it took the event in; all else is the judge's own."""

    def __init__(self, judge: Any, asked: _Asked) -> None:
        self._judge = judge
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._judge, name)

    def observe(self, memory: Memory, plan: Plan, scene: Any, reading: int) -> bool:
        try:
            self._asked.taken = self._judge.observe(memory, plan, scene, reading)
        except Exception:
            self._asked.threw = True
            raise
        return self._asked.taken

    def glance(self, newest: Newest, scene: Any) -> bool | None:
        took: bool | None = self._judge.glance(newest, scene)
        if took is not None:
            self._asked.taken = took
        return took


class Recorder(Engine):
    """The engine of one domain with every rule's answers noted; `explain` is its only use."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked: dict[str, _Asked] = {}
        for plan in self._plans.values():
            self._wrap(plan)

    def _wrap(self, plan: Plan) -> None:
        asked = self.asked[plan.id] = _Asked()
        read, where = plan.read, plan.where

        def reading(event: Observed) -> int:
            try:
                asked.reading = read(event)
            except Exception:
                asked.threw = True
                raise
            return asked.reading

        def passes(event: Observed) -> bool:
            assert where is not None  # noqa: S101 - put in only where there is one
            try:
                asked.passed = where(event)
            except Exception:
                asked.threw = True
                raise
            return asked.passed

        plan.read = reading
        plan.where = None if where is None else passes
        plan.judge = _Recorded(plan.judge, asked)  # type: ignore[assignment]  # all that a judge can

    def explain(self, state: State, event: Observed, clock: int, replay: str = "", lost: int = 0) -> Explanation:
        """What `step` would do with this event now, and why; changes nothing that it was given."""
        for asked in self.asked.values():
            asked.reading = asked.passed = asked.taken = None
            asked.threw = False
        copy = from_bytes(to_bytes(state))
        fate, told = self.step(copy, event, clock, replay, lost)
        verdicts = [
            self._verdict(plan, copy, event, fate, told)
            for _, plan in sorted(self._plans.items())
            if plan.id not in OWN or any(one.rule == plan.id for one in told)
        ]
        return Explanation(fate, verdicts, told)

    def _verdict(self, plan: Plan, state: State, event: Observed, fate: Fate, told: Sequence[Transition]) -> Verdict:
        if plan.id in OWN:
            spoke = tuple(one for one in told if one.rule == plan.id)
            return Verdict(plan.id, "changed", spoke[-1].key, severity=spoke[-1].severity, transitions=spoke)
        key, group = group_of(plan, event, state.source)
        mine = tuple(one for one in told if one.rule == plan.id and one.key == group and one.drill == event.drill)
        memory = state.memories.get(key)
        found = self._code(plan, state, event, fate, mine)
        if memory is None:
            return found._replace(group=group, transitions=mine)
        return found._replace(
            group=group,
            transitions=mine,
            open=memory.alert.id if memory.alert is not None else "",
            ends_ms=_ends(memory, plan, state.watermark),
        )

    def _code(self, plan: Plan, state: State, event: Observed, fate: Fate, mine: Sequence[Transition]) -> Verdict:
        rule, asked = plan.rule, self.asked[plan.id]
        if asked.threw:
            return Verdict(rule.id, "threw")
        if mine:
            return Verdict(rule.id, "changed", severity=mine[-1].severity)
        if fate != "accepted":
            return Verdict(rule.id, "not_judged")
        if rule.condition.moved_by != "events":
            return Verdict(rule.id, "silence")
        if event.quality not in ("valid", "suspect"):
            return Verdict(rule.id, "quality")
        # A calm value need not be read by each rule: `ioc.alerts.index` knows what all of them would say.
        if asked.reading is None and rule.quantity and event.quantity not in rule.quantity:
            return Verdict(rule.id, "quantity", field="quantity", wanted=_listed(rule.quantity), got=event.quantity)
        if asked.passed is False or (asked.passed is None and plan.where is not None and not plan.where(event)):
            return _failed(rule, event)
        if asked.taken is False:
            return Verdict(rule.id, "not_counted")
        memory = state.memories.get(group_of(plan, event, state.source)[0])
        if memory is None and asked.taken is None and (asked.reading or 0) >= REACHED:
            return Verdict(rule.id, "no_room", wanted=str(rule.max_groups))
        calm = memory is None or not (memory.level or memory.pending)
        if calm and plan.active is not None and not plan.active(epoch_ms(event.observed_at)):
            return Verdict(rule.id, "outside_hours")
        return _standing(plan, event, memory, state.watermark)


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return clip(", ".join(f"{name} {_shown(one)}" for name, one in value.items()), 200)
    if isinstance(value, (list, tuple)):
        return clip(_listed([_shown(one) for one in value]), 200)
    return clip("" if value is None else f"{value:g}" if isinstance(value, float) else str(value), 200)


def _failed(rule: Rule, event: Observed) -> Verdict:
    """The first part of `where` that the event does not fulfil."""
    known = readable(rule.domain)
    for name, wanted in rule.where.items():
        test = compile_where({name: wanted}, rule.domain)
        if test is not None and not test(event):
            got = _shown(known[name].read(event)) if name in known else ""
            return Verdict(rule.id, "where", field=name, wanted=_shown(wanted), got=got)
    return Verdict(rule.id, "where")


def _standing(plan: Plan, event: Observed, memory: Memory | None, now: int) -> Verdict:
    """Where the ladder stands after an event that the rule took in."""
    rule = plan.rule
    figure = _figure(plan, event, memory)
    level = 0 if memory is None else memory.level
    if memory is not None and memory.pending:
        rank = max(rank for rank in plan.ranks if memory.since[rank])
        since = memory.since[rank]
        return _near(
            Verdict(rule.id, "held", severity=SEVERITIES[rank], since=since, left_ms=max(0, since + plan.hold - now)),
            plan, figure, level,
        )  # fmt: skip
    if level:
        return _near(Verdict(rule.id, "stands", severity=SEVERITIES[level]), plan, figure, level)
    if figure is None:
        return Verdict(rule.id, "nothing_said")
    return _near(Verdict(rule.id, "not_reached", severity=SEVERITIES[plan.ranks[0]]), plan, figure, 0)


def _figure(plan: Plan, event: Observed, memory: Memory | None) -> float | None:
    """What is held against the levels; None where there is no figure, or too little for one."""
    judge = getattr(plan.judge, "_judge", plan.judge)
    if isinstance(judge, Flatlines):
        return 0.0 if memory is None else judge.figure(memory)  # no run of more than one reading
    if isinstance(judge, Windowed):
        return None if memory is None else judge.figure(memory)
    return event.value if judge.by_value else None


def _near(found: Verdict, plan: Plan, figure: float | None, standing: int) -> Verdict:
    """With the figure, and how far it lies from the next level above what stands."""
    if figure is None:
        return found
    above = [rank for rank in plan.ranks if rank > standing]
    if not above:
        return found._replace(figure=figure)
    level = plan.levels[above[0]]
    gap = figure - level if plan.falling else level - figure
    return found._replace(figure=figure, level=level, gap=gap)


def _ends(memory: Memory, plan: Plan, now: int) -> int:
    """Until the alert ends if nothing more comes; 0 where nothing contradicts it."""
    if not memory.level:
        return 0
    lowest = memory.below[plan.ranks[0]]
    return max(0, lowest + settle_of(memory, plan) - now) if lowest else 0
