"""Why, and why not, of rules between domains: what each made of one signal, by the same step, on a copy of the state.

What it adds to the step is read off the state as the step left it: the side that the signal is on, and how far in
place and time the alerts of the other side lie that are remembered there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple

from ioc.alerts.alert import Transition
from ioc.alerts.correlate import NearState, NoRoom, SignalEngine, from_bytes, to_bytes
from ioc.alerts.kinds import Near
from ioc.alerts.pairs import Reach, Seen, gap_ms
from ioc.alerts.rule import Rule
from ioc.alerts.signal import READABLE, Signal
from ioc.alerts.where import compile_among
from ioc.places.sphere import Point, distance_km

Side = Literal["trigger", "partner"]
NEAREST: Final = 3
"""Alerts of the other side that are named."""


class Other(NamedTuple):
    """An alert of the other side that is remembered: how far from the signal in place, and in time (ms)."""

    alert_id: str
    source: str
    km: float
    gap: int


class NearVerdict(NamedTuple):
    """One rule's answer to one signal.

    trial: what a rule on trial says moves no other. domain: neither side is of its domain. where: `field` is not as
    that side wants it. no_place: it has no coordinates. alone: nobody of the other side is remembered. apart: the
    nearest (`others`) is too far in place or time. stands: its pair has spoken already, or nothing more comes of it.
    full: its cell has no room for a further group. changed: `transitions` came.
    """

    rule: str
    code: Literal["trial", "domain", "where", "no_place", "alone", "apart", "stands", "full", "changed"]
    side: Side | None = None
    field: str = ""
    wanted: str = ""
    got: str = ""
    km: float = 0.0
    window: int = 0
    others: Sequence[Other] = ()
    transitions: Sequence[Transition] = ()


class NearRecorder(SignalEngine):
    """The rules of kind `near`, and what they make of a signal."""

    def explain(self, states: Iterable[NearState], signal: Signal, clock: int) -> Sequence[NearVerdict]:
        """Every rule in id order; `states` are those that the signal goes into, as it finds them. They stay as they are."""
        met: dict[str, list[NearVerdict]] = {}
        for state in states:
            met.setdefault(state.rule, []).append(self._met(state, signal, clock))
        return [
            max(met[name], key=_weight) if name in met else self._unmet(name, signal) for name in sorted(self._rules)
        ]

    def _met(self, state: NearState, signal: Signal, clock: int) -> NearVerdict:
        copy, one = from_bytes(to_bytes(state)), self._rules[state.rule]
        room = True
        try:
            told = self.step(copy, signal, clock)[1]
        except NoRoom as full:
            told, room = full.told, False
        side: Side = "trigger" if one.judge.rank(signal) else "partner"
        others = sorted(_others(copy, signal, side), key=lambda other: _beyond(other, one.reach))
        found = NearVerdict(
            state.rule,
            "stands",
            side,
            km=one.reach.km,
            window=one.reach.window,
            others=others[:NEAREST],
            transitions=told,
        )
        if told:
            return found._replace(code="changed")
        if not room:
            return found._replace(code="full")
        if not others:
            return found._replace(code="alone")
        return found if _beyond(others[0], one.reach) <= (1.0, 1.0) else found._replace(code="apart")

    def _unmet(self, name: str, signal: Signal) -> NearVerdict:
        rule = self._rules[name].rule
        condition = rule.condition
        assert isinstance(condition, Near)  # noqa: S101 - no other kind is here
        if signal.shadow and not rule.shadow:
            return NearVerdict(name, "trial")
        if signal.lat is None or signal.lon is None:
            return NearVerdict(name, "no_place")
        if signal.domain == rule.domain:
            return _failed(rule, "trigger", rule.where, signal)
        if signal.domain == condition.partner.domain:
            return _failed(rule, "partner", condition.partner.where, signal)
        return NearVerdict(name, "domain", wanted=f"{rule.domain}, {condition.partner.domain}", got=signal.domain)


def _failed(rule: Rule, side: Side, where: Any, signal: Signal) -> NearVerdict:
    for field, wanted in where.items():
        test: Any = compile_among({field: wanted}, READABLE)
        read: Any = READABLE[field].read if field in READABLE else None
        if test is not None and not test(signal):
            got = read(signal) if read is not None else ""
            return NearVerdict(rule.id, "where", side, field, _text(wanted), _text(got))
    return NearVerdict(rule.id, "where", side)


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _others(state: NearState, signal: Signal, side: Side) -> Iterable[Other]:
    mine, others = (state.triggers, state.partners) if side == "trigger" else (state.partners, state.triggers)
    here: Seen | None = next((one for one in mine if one.id == signal.alert_id), None)
    if here is None:
        return
    for one in others:
        if one.id != here.id:
            km = distance_km(Point(here.lat, here.lon), one.place)
            yield Other(one.id, one.source, km, gap_ms(here, one))


def _beyond(other: Other, reach: Reach) -> tuple[float, float]:
    """How far it lies, in the rule's own measures, the worse of the two first: a pair is no further than (1, 1)."""
    far, late = other.km / reach.km, other.gap / reach.window
    return max(far, late), min(far, late)


def _weight(one: NearVerdict) -> int:
    """A partner goes into several cells: what happened in one of them says more than that nothing was in another."""
    return ("alone", "apart", "stands", "full", "changed").index(one.code)
