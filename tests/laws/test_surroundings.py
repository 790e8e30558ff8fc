"""The laws of the engine with everything that can surround a rule: flapping, hours, groups with a cap, trial, parents."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts.alert import Transition
from ioc.alerts.broken import RULE_OVERFLOW
from ioc.alerts.engine import Engine
from ioc.alerts.episode import first_timer
from ioc.alerts.state import State
from ioc.events.codec import STRUCTS, Observed
from tests.alerts.timeline import START, START_MS, catalogue, rules
from tests.laws.cuts import holds_however_cut

TIMES = int(os.environ.get("IOC_EXAMPLES", "1"))
"""The long form runs this many times as many examples."""
GAPS = (0, 1_000, 59_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000)
CAP = 2
CAPPED = ("moments", "lasting-at-once", "pairs", "counts-by-kind")
LASTS = ("lasting", "lasting-at-once", "shares")
"""Rules whose conditions stand until something says the contrary."""


class Heard(NamedTuple):
    """One record of the log: an event, or a tick where `number` is 0. Milliseconds from START."""

    clock: int
    at: int = 0
    value: float = 0.0
    kind: str = ""
    number: int = 0
    drill: bool = False


MOMENTS: dict[str, Any] = {
    "domain": "camera", "quantity": [], "condition": {"kind": "match", "when": {"value": {"at_least": 0.5}}},
    "severities": {"minor": {}, "severe": {"when": {"value": 1}}}, "settle": "5m",
}  # fmt: skip
LASTING: dict[str, Any] = {
    "domain": "camera", "quantity": "status",
    "condition": {"kind": "match", "when": {"value": 1}, "until": {"value": 0}}, "severities": {"minor": {}},
}  # fmt: skip
COUNTS: dict[str, Any] = {
    "domain": "camera", "quantity": [], "condition": {"kind": "count", "window": "10m"},
    "severities": {"minor": {"level": 2, "clear": 1}, "severe": {"level": 4, "clear": 3}},
}  # fmt: skip
NEW: dict[str, Any] = {
    "domain": "camera", "quantity": [], "condition": {"kind": "new_value", "field": "kind", "learn": "1h", "window": "1d"},
    "severities": {"minor": {}}, "settle": "5m",
}  # fmt: skip
PAIRS: dict[str, Any] = {
    "domain": "camera", "quantity": [], "severities": {"minor": {}, "severe": {"when": {"kind": "a"}}}, "settle": "5m",
    "condition": {"kind": "sequence", "first": {"value": 0}, "then": {"value": 1}, "within": "10m"},
}  # fmt: skip
SHARES: dict[str, Any] = {
    "domain": "camera", "quantity": [], "severities": {"minor": {"level": 40, "clear": 30}, "severe": {"level": 80}},
    "condition": {"kind": "percentage", "of": {"value": 1}, "window": "10m", "min_events": 2},
}  # fmt: skip
FLAP = {"opens": 2, "within": "40m"}
HOURS = {"hours": "08:00-09:30", "days": ["thu"], "holidays": "any"}
GROUPED = {"by": ["source", "kind"], "max_groups": CAP}


@cache
def engine() -> Engine:
    made = rules(
        {**MOMENTS, "id": "moments", "flap": FLAP, "active": HOURS, **GROUPED, "shadow": True},
        {**MOMENTS, "id": "moments-flapping", "flap": FLAP, "inhibited_by": [{"rule": "counts", "same": "source"}]},
        {**LASTING, "id": "lasting", "hold": "5m", "settle": "1m", "flap": FLAP, "active": HOURS},
        {**LASTING, "id": "lasting-at-once", "flap": FLAP, **GROUPED, "emit": "signal"},
        {**NEW, "id": "new", "flap": FLAP, "active": HOURS},
        {**PAIRS, "id": "pairs", "flap": FLAP, "active": HOURS, **GROUPED},
        {**SHARES, "id": "shares", "flap": FLAP, "active": HOURS, "hold": "2m"},
        {**COUNTS, "id": "counts", "flap": FLAP, "settle": "2m"},
        {**COUNTS, "id": "counts-by-kind", "flap": FLAP, "active": HOURS, **GROUPED, "suppression_key": ["rule"]},
    )
    return Engine(made, catalogue("camera", "s", lateness=600), "camera")


@st.composite
def histories(draw: st.DrawFn, *, ordered: bool = False) -> list[Heard]:
    clock = 0
    log = []
    for number in range(1, draw(st.integers(1, 40)) + 1):
        clock += draw(st.sampled_from(GAPS))
        if draw(st.integers(0, 4)) == 0:
            log.append(Heard(clock))
            continue
        ago = 0 if ordered else draw(st.sampled_from((0, 0, 0, 5_000, 60_000, 599_000, 3_000_000)))
        value, kind = draw(st.sampled_from((0.0, 0.6, 1.0))), draw(st.sampled_from(("a", "b", "c|!", "!")))
        log.append(Heard(clock, clock - ago, value, kind, number, draw(st.integers(0, 9)) == 0))
    return log


def event_of(one: Heard) -> Observed:
    at = START + timedelta(milliseconds=one.at)
    made: Any = STRUCTS["camera"](
        id=f"{one.number:032x}", feed="tried", source="s", observed_at=at, received_at=at, quantity="status", unit="1",
        value=one.value, kind=one.kind, phase="state", drill=one.drill,
    )  # fmt: skip
    found: Observed = made
    return found


def play(log: Sequence[Heard], state: State) -> list[Transition]:
    out: list[Transition] = []
    for one in log:
        if one.number:
            out += engine().step(state, event_of(one), START_MS + one.clock)[1]
        else:
            out += engine().tick(state, START_MS + one.clock)
        assert state.timer == first_timer(state)
        assert state.groups == counted(state)
        assert all(size <= CAP for size in state.groups.values())
    return out


def counted(state: State) -> dict[str, int]:
    """Groups per rule, read off the memories themselves."""
    found: dict[str, int] = {}
    for key in state.memories:
        name = key.partition("|")[0]
        if name in CAPPED:
            found[name] = found.get(name, 0) + 1
    return found


@settings(max_examples=80 * TIMES, deadline=None)
@given(histories(), st.data())
def test_any_split_with_crashes_and_reloads_is_the_whole(log: list[Heard], data: st.DataObject) -> None:
    holds_however_cut(log, data, play, lambda: engine().new("s"))


@settings(max_examples=80 * TIMES, deadline=None)
@given(histories(ordered=True))
def test_more_ticks_tell_the_same_things(log: list[Heard]) -> None:
    often = [tick for before, one in pairwise(log)
             for tick in (before, *(Heard(at) for at in range(before.clock + 61_000, one.clock, 97_000)))]  # fmt: skip
    often.append(log[-1])

    seldom, ticked = play(log, engine().new("s")), play(often, engine().new("s"))

    assert [as_told(one) for one in ticked] == [as_told(one) for one in seldom]


def as_told(one: Transition) -> tuple[Any, ...]:
    return (
        one.alert_id,
        one.revision,
        one.change,
        one.severity,
        one.at,
        one.flapping,
        one.shadow,
        one.emit,
        one.evidence,
    )


@settings(max_examples=80 * TIMES, deadline=None)
@given(histories())
def test_every_alert_is_told_from_its_beginning_to_its_end(log: list[Heard]) -> None:
    state = engine().new("s")
    told = play([*log, Heard(log[-1].clock + 86_400_000), Heard(log[-1].clock + 2 * 86_400_000)], state)

    ids = {one.alert_id for one in told}
    for name in ids:
        mine = [one for one in told if one.alert_id == name]
        assert [one.revision for one in mine] == list(range(1, len(mine) + 1))
        assert mine[0].change == "fired"
        if mine[0].rule not in LASTS:
            assert mine[-1].change == "cleared"
        assert len({(one.flapping, one.shadow, one.emit) for one in mine}) == 1
    # Whatever settles by itself leaves nothing behind: what stays is what a reading said and none has taken back.
    assert {key.partition("|")[0] for key in state.memories} <= set(LASTS)


@settings(max_examples=80 * TIMES, deadline=None)
@given(histories(ordered=True))
def test_nothing_begins_or_rises_outside_its_hours_unless_it_was_held_before(log: list[Heard]) -> None:
    for one in play(log, engine().new("s")):
        if one.rule in ("moments", "new", "pairs", "counts-by-kind") and one.change in ("fired", "raised"):
            minute = (one.at - START_MS) // 60_000  # START is 07:00 of a Thursday here
            assert 60 <= minute % 1440 < 150
            assert minute // 1440 % 7 == 0
        if one.rule == RULE_OVERFLOW:
            assert one.key in {f"s|{name}" for name in CAPPED}
