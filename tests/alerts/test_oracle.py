"""The engine against the naive oracle on random logs of every kind, however they are cut, ticked, saved and loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts.alert import Transition, alert_id
from ioc.alerts.engine import Engine
from ioc.alerts.rule import RuleSet
from ioc.alerts.state import from_bytes, to_bytes
from ioc.events.codec import STRUCTS, Observed
from tests.alerts.oracle import NAMES, Happened, Spec, Told, expected
from tests.alerts.timeline import START, START_MS, catalogue, rules

LATENESS = 600_000
TIMES = int(os.environ.get("IOC_EXAMPLES", "1"))
"""The long form runs this many times as many examples."""
DELAY = 5_000


@dataclass(frozen=True)
class Case:
    """A rule twice: in bare numbers for the oracle, and as its author writes it."""

    spec: Spec
    values: Sequence[float]
    condition: dict[str, Any]
    extra: dict[str, Any]

    def ruleset(self) -> RuleSet:
        severities = {}
        for rank, (level, clear) in self.spec.levels.items():
            severities[NAMES[rank]] = {"level": level, "clear": clear}
            if self.spec.kind == "match":
                severities[NAMES[rank]] = {}
            elif self.spec.kind == "absence":
                severities[NAMES[rank]] = {"level": level / 600_000}
        wait = {"hold": f"{self.spec.hold // 1000}s", "settle": f"{self.spec.settle // 1000}s"}
        if self.spec.kind == "absence":
            wait = {"quantity": []}  # type: ignore[dict-item]  # a rule's fields are of many types
        return rules({"severities": severities, "condition": self.condition, **wait, **self.extra})


def _threshold(hold: int, settle: int) -> Case:
    spec = Spec("threshold", {2: (80, 70), 3: (150, 130), 4: (250, 250)}, hold * 1000, settle * 1000)
    return Case(spec, (10, 70, 71, 80, 81, 130, 131, 151, 250, 251), {"kind": "threshold", "compare": "above"}, {})


def _detection(settle: int) -> Case:
    spec = Spec("threshold", {2: (5, 5), 3: (20, 10), 4: (100, 90)}, 0, settle * 1000, momentary=True)
    condition = {"kind": "threshold", "compare": "above", "persists": False}
    return Case(spec, (1, 5, 6, 10, 15, 20, 21, 90, 95, 101), condition, {})


def _status(hold: int, settle: int) -> Case:
    spec = Spec("match", {2: (0, 0)}, hold * 1000, settle * 1000)
    return Case(spec, (0, 1, 2), {"kind": "match", "when": {"value": 1}, "until": {"value": 0}}, {})


def _signature(settle: int) -> Case:
    spec = Spec("match", {3: (0, 0)}, 0, settle * 1000, momentary=True)
    return Case(spec, (1, 1, 2), {"kind": "match", "when": {"value": 1}}, {})


def _burst(hold: int, settle: int) -> Case:
    spec = Spec("count", {2: (3, 2), 3: (5, 4)}, hold * 1000, settle * 1000, window=120_000)
    return Case(spec, (1,), {"kind": "count", "window": "2m"}, {})


def _silence() -> Case:
    return Case(Spec("absence", {1: (600_000, 0), 2: (1_200_000, 0)}), (1,), {"kind": "absence", "period": "lost"}, {})


CASES = {
    "a level that holds and settles": _threshold(60, 120),
    "a level that fires at once": _threshold(0, 0),
    "a level that holds only": _threshold(60, 0),
    "a detection of the moment": _detection(90),
    "a status until its contrary": _status(60, 30),
    "a status without waiting": _status(0, 0),
    "a signature of the moment": _signature(90),
    "a burst": _burst(0, 0),
    "a burst that holds and settles": _burst(10, 20),
    "a silence": _silence(),
}
GAPS = [0, 1, 500, 999, 1000, 2000, 9_999, 10_000, 19_999, 20_000, 29_999, 30_000, 30_001, 59_999, 60_000, 60_001, 89_999,
        90_000, 90_001, 118_000, 119_999, 120_000, 120_001, 179_999, 180_000, 599_999, 600_000, 600_001, 1_200_000]  # fmt: skip


@st.composite
def logs(draw: st.DrawFn, values: Sequence[float]) -> list[Happened]:
    """Events in the order of their times, ticks between them, late ones and duplicates among them."""
    at, clock = 60_000, 60_000 + DELAY
    log: list[Happened] = []
    seen: list[Happened] = []
    for number in range(draw(st.integers(1, 25))):
        gap = draw(st.sampled_from(GAPS))
        what = draw(st.sampled_from(["event", "event", "event", "tick", "tick", "late", "duplicate"]))
        clock += gap
        if what == "tick":
            log.append(Happened(clock))
            continue
        if what == "duplicate" and seen:
            log.append(draw(st.sampled_from(seen))._replace(clock=clock))
            continue
        at = clock - DELAY
        if what == "late" and seen:
            old = max(one.at for one in seen) - LATENESS - draw(st.integers(1, 5_000))
            log.append(Happened(clock, f"late{number}", old, draw(st.sampled_from(values))))
            continue
        seen.append(Happened(clock, f"event{number}", at, draw(st.sampled_from(values))))
        log.append(seen[-1])
    log.append(Happened(clock + draw(st.sampled_from([1_000, 59_999, 60_000, 200_000, 5_000_000]))))
    return log


def judged(case: Case, log: Sequence[Happened]) -> list[Happened]:
    """What the oracle is shown: each id once, and nothing that is late."""
    newest, ids, kept = 0, set[str](), list[Happened]()
    for one in log:
        if one.id in ids:
            continue
        if one.id:
            ids.add(one.id)
            if one.at < newest - LATENESS:
                continue
            newest = max(newest, one.at)
        kept.append(one)
    return kept


@cache
def engine_of(name: str) -> Engine:
    return Engine(CASES[name].ruleset(), catalogue("environment", "s", lateness=LATENESS // 1000), "environment")


def event_of(one: Happened) -> Observed:
    at = START + timedelta(milliseconds=one.at)
    fields = {"quantity": "pm25", "unit": "ug/m3", "feed": "tried", "source": "s", "observed_at": at, "received_at": at}
    made: Any = STRUCTS["environment"](id=one.id.ljust(16, "."), value=float(one.value), **fields)
    found: Observed = made
    return found


def replay(case: Case, log: Sequence[Happened], between: Callable[[int], bool] = lambda _: False) -> tuple[list[Transition], bytes]:  # fmt: skip
    """The engine over the log; where `between` says so the state is saved and loaded."""
    engine = engine_of(next(name for name in CASES if CASES[name] is case))
    state = engine.new("s")
    out: list[Transition] = []
    ids: dict[str, str] = {}
    for place, one in enumerate(log):
        if one.id in ids:
            continue
        if one.id:
            ids[one.id] = one.id
            out += engine.step(state, event_of(one), START_MS + one.clock)[1]
        else:
            out += engine.tick(state, START_MS + one.clock)
        if between(place):
            state = from_bytes(to_bytes(state))
    return out, to_bytes(state)


def as_told(transitions: Sequence[Transition]) -> list[tuple[Any, ...]]:
    return [(one.at - START_MS, one.change, one.severity, one.alert_id, one.revision) for one in transitions]


def named(told: Sequence[Told]) -> list[tuple[Any, ...]]:
    found = []
    for one in told:
        source, _, due = one.opener.partition("@")
        opener = f"{source}@{int(due) + START_MS}" if due else one.opener.ljust(16, ".")
        found.append((one.at, one.change, one.severity, alert_id("tried", "s", opener), one.revision))
    return found


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=75 * TIMES, deadline=None)
@given(data=st.data())
def test_engine_tells_what_the_oracle_reads_off_the_log(name: str, data: st.DataObject) -> None:
    case = CASES[name]
    log = data.draw(logs(case.values))
    cut = data.draw(st.sets(st.integers(0, len(log))))

    out, _ = replay(case, log, cut.__contains__)

    assert as_told(out) == named(expected(case.spec, judged(case, log)))


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=25 * TIMES, deadline=None)
@given(data=st.data())
def test_saving_and_loading_anywhere_changes_no_byte(name: str, data: st.DataObject) -> None:
    case = CASES[name]
    log = data.draw(logs(case.values))
    cut = data.draw(st.sets(st.integers(0, len(log))))

    whole, left = replay(case, log)
    parts, cut_left = replay(case, log, cut.__contains__)

    assert parts == whole
    assert cut_left == left
    assert to_bytes(from_bytes(left)) == left


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].spec.kind != "absence"])
@settings(max_examples=25 * TIMES, deadline=None)
@given(data=st.data())
def test_more_ticks_tell_the_same_things_sooner(name: str, data: st.DataObject) -> None:
    case = CASES[name]
    log = data.draw(logs(case.values))
    often = [tick for before, one in pairwise(log)
             for tick in (before, *(Happened(at) for at in range(before.clock + 7_000, one.clock, 13_000)))]  # fmt: skip
    often.append(log[-1])

    seldom, _ = replay(case, log)
    told, _ = replay(case, often)

    assert as_told(told) == as_told(seldom)
    assert [one.why for one in told] == [one.why for one in seldom]
    assert all(a.clock <= b.clock for a, b in zip(told, seldom, strict=True))
