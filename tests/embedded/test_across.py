"""What the shipped rules over two domains make of the stories of the built-in province."""

from __future__ import annotations

import itertools

import msgspec

from ioc.alerts.alert import Position, Transition
from ioc.alerts.correlate import NearState, SignalEngine, due
from ioc.alerts.sentence import sentence
from ioc.alerts.signal import signal_of
from tests.embedded.told import told
from tests.embedded.virtual import shipped_rules


def across(transitions: tuple[Transition, ...]) -> list[Transition]:
    """Every transition as a signal, in the order in which it was told; and then a day in which nothing comes."""
    engine = SignalEngine(shipped_rules())
    states: dict[str, NearState] = {}
    found: list[Transition] = []
    for nth, one in enumerate(transitions):
        signal = signal_of(msgspec.structs.replace(one, input=Position("", 0, nth)))
        for key in engine.keys(signal) if signal is not None else ():
            assert signal is not None
            state = states.setdefault(key, engine.new(key))
            found += engine.tick(state, one.clock)
            found += engine.step(state, signal, one.clock)[1]
    for state in states.values():
        while wanted := due(state):
            found += engine.tick(state, wanted)
    return found


def test_the_forest_fire_is_seen_by_two_domains_at_once_and_its_all_clear_comes() -> None:
    found = across(told("forest-fire").transitions)
    opened = next(one for one in found if one.change == "fired")
    assert (opened.rule, opened.domain, opened.severity) == ("hotspot-near-smoke", "hotspot", "extreme")
    assert opened.key == opened.commune == "05818"
    assert {one.title for one in opened.evidence} >= {"firms:noaa21", "camera:la-bang-rung-01"}
    assert sentence(opened, "vi").startswith("Cách nơi “Camera thấy lửa hoặc khói” 1,")
    last = {key: list(group)[-1] for key, group in itertools.groupby(found, lambda one: one.alert_id)}
    assert all(one.status == "resolved" for one in last.values())


def test_a_story_of_one_domain_says_nothing_across() -> None:
    assert across(told("brute-force").transitions) == []
