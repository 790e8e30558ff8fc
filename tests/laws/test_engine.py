"""Laws of the rule engine over whole histories with the shipped rules: many quantities, disorder, ticks, reloads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.alerts.state import State, from_bytes, open_alerts, to_bytes
from ioc.events.codec import STRUCTS, Observed
from tests.alerts.timeline import START, START_MS, catalogue, rules
from tests.laws.cuts import holds_however_cut

FOLDER = Path(__file__).parents[2] / "config" / "rules"
TIMES = int(os.environ.get("IOC_EXAMPLES", "1"))
"""The long form runs this many times as many examples."""
LATENESS_S = 600
DAY = 86_400_000


class Heard(NamedTuple):
    """One record of the log: an event, or a tick where `quantity` is empty. Milliseconds from START."""

    clock: int
    at: int = 0
    quantity: str = ""
    value: float = 0.0
    number: int = 0


READINGS: dict[str, tuple[str, Sequence[float]]] = {
    "pm25": ("ug/m3", (10, 70, 81, 151, 260)),
    "temperature": ("Cel", (20, 36.5, 38, 40)),
    "wind_gust": ("m/s", (3, 18, 33)),
    "rain": ("mm", (0, 45, 60, 250)),
    "humidity": ("%", (80,)),
}
GAPS = (0, 1_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000)


@cache
def shipped() -> RuleSet:
    return parse({path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yaml")})


@cache
def engine() -> Engine:
    return Engine(shipped(), catalogue("environment", "s", lateness=LATENESS_S), "environment")


@cache
def another() -> Engine:
    """The same rules in another order, compiled again, as in another worker."""
    return Engine(RuleSet(reversed(shipped().rules)), catalogue("environment", "s", lateness=LATENESS_S), "environment")


@st.composite
def histories(draw: st.DrawFn) -> list[Heard]:
    clock = 3_600_000
    log = []
    for number in range(draw(st.integers(1, 40))):
        clock += draw(st.sampled_from(GAPS))
        if draw(st.integers(0, 4)) == 0:
            log.append(Heard(clock))
            continue
        quantity = draw(st.sampled_from(sorted(READINGS)))
        ago = draw(st.sampled_from((0, 0, 0, 5_000, 60_000, 599_000, 3_000_000)))
        log.append(Heard(clock, clock - ago, quantity, draw(st.sampled_from(READINGS[quantity][1])), number))
    return log


def event_of(one: Heard) -> Observed:
    at = START + timedelta(milliseconds=one.at)
    fields: dict[str, Any] = {"feed": "tried", "source": "s", "observed_at": at, "received_at": at}
    made: Any = STRUCTS["environment"](
        id=f"{one.number:032x}", quantity=one.quantity, unit=READINGS[one.quantity][0], value=float(one.value), **fields
    )
    found: Observed = made
    return found


def play(log: Sequence[Heard], state: State, judge: Engine | None = None) -> list[Transition]:
    judge = judge or engine()
    out: list[Transition] = []
    for one in log:
        if one.quantity:
            out += judge.step(state, event_of(one), START_MS + one.clock)[1]
        else:
            out += judge.tick(state, START_MS + one.clock)
    return out


@settings(max_examples=60 * TIMES, deadline=None)
@given(histories())
def test_the_same_history_gives_the_same_transitions_and_the_same_bytes(log: list[Heard]) -> None:
    first, second = engine().new("s"), another().new("s")

    assert play(log, first) == play(log, second, another())
    assert to_bytes(first) == to_bytes(second)


@settings(max_examples=60 * TIMES, deadline=None)
@given(histories(), st.data())
def test_any_split_into_batches_is_the_whole_and_a_replayed_batch_tells_the_same_again(
    log: list[Heard], data: st.DataObject
) -> None:
    holds_however_cut(log, data, play, lambda: engine().new("s"))


@settings(max_examples=60 * TIMES, deadline=None)
@given(histories())
def test_every_alert_is_told_from_its_first_revision_to_its_end_without_a_gap(log: list[Heard]) -> None:
    state = engine().new("s")
    told = play(log, state)

    standing: dict[str, tuple[int, str]] = {}
    for one in told:
        revision, status = standing.get(one.alert_id, (0, "firing"))
        assert status == "firing"
        assert one.revision == revision + 1
        assert (one.change == "fired") == (one.revision == 1)
        assert one.opened_at <= one.at or one.rule == "station-silent"
        standing[one.alert_id] = (one.revision, one.status)
    firing = {name for name, (_, status) in standing.items() if status == "firing"}
    assert firing == set(open_alerts(state))


@settings(max_examples=60 * TIMES, deadline=None)
@given(histories())
def test_the_all_clear_always_comes(log: list[Heard]) -> None:
    state = engine().new("s")
    told = play(log, state)
    newest = max(one.clock for one in log)
    calm = [
        Heard(newest + place, newest + place, name, READINGS[name][1][0], 1000 + place)
        for place, name in enumerate(sorted(READINGS))
    ]

    told += play([*calm, Heard(newest + 30 * DAY)], state)
    told += play([Heard(newest + 30 * DAY, newest + 30 * DAY, "humidity", 80, 2000)], state)

    assert {one.alert_id for one in told if one.change == "fired"} == {
        one.alert_id for one in told if one.status == "resolved"
    }
    assert open_alerts(state) == []


@settings(max_examples=60 * TIMES, deadline=None)
@given(histories(), st.integers(1, DAY), st.sampled_from(sorted(READINGS)))
def test_a_late_event_takes_nothing_back_and_fires_nothing(log: list[Heard], older: int, quantity: str) -> None:
    state = engine().new("s")
    play(log, state)
    if not state.watermark:
        return
    before = from_bytes(to_bytes(state))
    clock = max(one.clock for one in log)
    at = state.watermark - START_MS - LATENESS_S * 1000 - older

    for value in READINGS[quantity][1]:
        fate, told = engine().step(state, event_of(Heard(clock, at, quantity, value, 5000)), START_MS + clock)
        assert fate == "late"
        assert {one.rule for one in told} <= {"station-silent"}

    lasting = {key: memory for key, memory in before.memories.items() if key != "station-silent"}
    assert {key: memory for key, memory in state.memories.items() if key != "station-silent"} == lasting
    assert (state.watermark, state.timer) == (before.watermark, before.timer)


@settings(max_examples=60 * TIMES, deadline=None)
@given(histories())
def test_a_tick_before_it_is_due_changes_not_a_byte(log: list[Heard]) -> None:
    state = engine().new("s")
    play(log, state)
    clock = max(one.clock for one in log) + START_MS
    before = to_bytes(state)

    for at in {clock, state.due - 1} if state.due else {clock + 365 * DAY}:
        if not state.due or at < state.due:
            assert list(engine().tick(state, at)) == []
    assert to_bytes(state) == before


MOMENT: dict[str, Any] = {
    "domain": "environment",
    "quantity": "pm25",
    "condition": {"kind": "threshold", "compare": "above", "persists": False},
    "severities": {"moderate": {"level": 80}, "severe": {"level": 150}},
    "settle": "10m",
}


@cache
def moments() -> Engine:
    return Engine(rules(MOMENT), catalogue(lateness=LATENESS_S), "environment")


@settings(max_examples=80 * TIMES, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 8), st.sampled_from((10, 90, 160))), min_size=1, max_size=15), st.data()
)  # fmt: skip
def test_any_order_within_lateness_gives_the_same_episodes_of_momentary_conditions(
    steps: list[tuple[int, float]], data: st.DataObject
) -> None:
    """Episodes apart by more than settle and disorder, or closer than settle less disorder, are the same in any order.

    What may differ is the id (it comes from the event that opened), and when a severity went up.
    """
    judge = moments()
    at, times = 3_600_000, []
    for gap, value in steps:
        at += gap * 60_000 if gap < 8 else 15 * 60_000
        times.append((at, value))
    # Each arrives up to two minutes after its time: settle is ten, gaps are seven at most or fifteen at least.
    delays = [data.draw(st.integers(0, 120_000)) for _ in times]
    arrivals = sorted(
        Heard(at + delay, at, "pm25", value, number)
        for number, ((at, value), delay) in enumerate(zip(times, delays, strict=True))
    )
    end = Heard(at + DAY)

    def episodes(log: list[Heard]) -> list[tuple[str, int, int]]:
        found: dict[str, list[Transition]] = {}
        for one in play([*log, end], judge.new("s"), judge):
            found.setdefault(one.alert_id, []).append(one)
        rank = ("minor", "moderate", "severe").index
        return [
            (max((one.severity for one in told), key=rank), told[-1].last_seen, told[-1].at) for told in found.values()
        ]

    in_order = episodes([Heard(at, at, "pm25", value, n) for n, (at, value) in enumerate(times)])
    hot = [at for at, value in times if value > 80]
    gaps = [after - before for before, after in pairwise(hot)]
    assume(not any(480_000 < gap < 720_000 for gap in gaps))  # within the disorder of settle either answer is right
    assert episodes(arrivals) == in_order
