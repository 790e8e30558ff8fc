"""A backtest is production's step on the file's own clock: the same alerts, however it is cut, shared or ordered."""

from __future__ import annotations

import random
from datetime import timedelta
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.state import State
from ioc.events.codec import decode
from ioc.workshop.backtest import RUN_ON_MS, Backtest, Disorder
from ioc.workshop.lines import Share, blocks
from ioc.workshop.order import ordered
from tests.alerts.timeline import MINUTE, START, START_MS, catalogue
from tests.workshop.made import ALL, judged, line, rules, told

REGISTRY = catalogue("environment", "a", "b")


def history(seed: int, events: int = 300) -> list[bytes]:
    """Four sources in order of time, with silences, high spells and drills."""
    dice = random.Random(seed)
    minute = 0.0
    made = []
    for number in range(events):
        minute += dice.choice((0.0, 0.5, 1, 3, 40))
        value = dice.choice((20, 75, 90, 200))
        made.append(line(dice.choice("abcd"), minute, value, number, drill=dice.random() < 0.05))
    return made


def by_the_second(lines: list[bytes]) -> list[Transition]:
    """The same by an engine that is ticked at every half minute, as a worker does."""
    engine = Engine(rules(*ALL), REGISTRY, "environment")
    states: dict[str, State] = {}
    found: list[Transition] = []
    events = [decode(one) for one in lines]
    moments = [round(one.observed_at.timestamp() * 1000) for one in events]
    clock, nth = START_MS, 0
    while clock <= moments[-1] + RUN_ON_MS:
        for source in sorted(states):
            found += engine.tick(states[source], clock)
        while nth < len(events) and moments[nth] <= clock:
            event = events[nth]
            state = states.setdefault(event.source, engine.new(event.source))
            found += engine.step(state, event, clock)[1]
            nth += 1
        clock += MINUTE // 2
    return found


def picture(transitions: list[Transition]) -> list[tuple[object, ...]]:
    return [(one.at, one.alert_id, one.revision, one.change, one.severity) for one in ordered(transitions)]


@pytest.mark.parametrize("seed", range(5))
def test_it_gives_what_an_engine_gives_that_is_ticked_all_the_time(seed: int) -> None:
    lines = history(seed)
    assert picture(judged(lines).transitions) == picture(by_the_second(lines))
    assert {one.change for one in judged(lines).transitions} >= {"fired", "cleared", "raised"}


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), shares=st.integers(2, 5))
def test_sources_shared_out_give_the_same_bytes(seed: int, shares: int) -> None:
    lines = history(seed, 120)
    whole = judged(lines)
    found: list[Transition] = []
    events = 0
    for number in range(shares):
        test = Backtest(rules(*ALL), REGISTRY)
        for block in blocks(BytesIO(b"\n".join(lines) + b"\n"), Share(number, shares)):
            test.take(block.events)
        test.finish(whole.last)
        found += test.transitions
        events += test.fates.total()
    assert told(found) == told(whole.transitions)
    assert events == 120


def test_a_second_copy_of_an_event_counts_once() -> None:
    lines = [line("a", minute, 90, minute) for minute in (0, 1)]
    test = judged([*lines, *lines[1:], line("a", 2, 90, 2)])
    assert test.fates["tried", "duplicate"] == 1
    (counted,) = [one for one in test.transitions if one.rule == "counted" and one.change == "fired"]
    assert counted.at == START_MS + 2 * MINUTE


def test_a_source_out_of_order_is_not_taken_in_silence() -> None:
    with pytest.raises(Disorder):
        judged([line("a", 5), line("a", 4)])


def test_sources_one_after_the_other_are_in_order() -> None:
    lines = [line(source, minute, 90) for source in "abcd" for minute in range(10)]
    mixed = [line(source, minute, 90) for minute in range(10) for source in "abcd"]
    assert told(judged(lines).transitions) == told(judged(mixed).transitions)


def test_by_arrival_what_comes_too_late_is_late() -> None:
    test = judged([line("a", 30), line("a", 25, number=1), line("a", 5, number=2)], arrival=True)
    assert test.fates == {("tried", "accepted"): 2, ("tried", "late"): 1}


def test_time_runs_on_a_day_so_that_silences_and_all_clears_come() -> None:
    test = judged([line("a", 0, 90), line("a", 6, 90, 1), line("a", 7, 10, 2)])
    after = {(one.rule, one.change) for one in test.transitions if one.at > START_MS + 7 * MINUTE}
    assert after >= {("tried", "cleared"), ("silent", "fired")}


def test_registered_sources_that_never_speak_are_missed_where_it_is_asked() -> None:
    test = Backtest(rules(*ALL), REGISTRY)
    test.take([decode(line("a", 0))])
    test.finish(test.last, test.first, lambda _: True)
    missed = {one.source for one in test.transitions if one.rule == "silent"}
    assert missed == {"a", "b"}


def test_what_an_event_ahead_of_its_receipt_claims_is_not_believed() -> None:
    ahead = line("a", 600, number=1, received_at=START + timedelta(minutes=2))
    test = judged([line("a", 1), ahead, line("a", 3, number=2)])
    assert test.fates == {("tried", "accepted"): 2, ("tried", "future"): 1}
    assert test.last == START_MS + 3 * MINUTE
