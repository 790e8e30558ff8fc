"""Why rules between domains fired, or did not: the explanation is the verdict's own run, and changes nothing."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from ioc.alerts.alert import Transition
from ioc.alerts.correlate import NearState, NoRoom, SignalEngine, to_bytes
from ioc.alerts.explain_near import NearRecorder
from tests.alerts.crossing import NEAR, rules, signal
from tests.alerts.test_near import history


@pytest.mark.parametrize("seed", range(10))
def test_an_explanation_never_disagrees_with_the_verdict(seed: int) -> None:
    engine, recorder = SignalEngine(rules(NEAR)), NearRecorder(rules(NEAR))
    states: dict[str, NearState] = {}
    codes: Counter[str] = Counter()
    for clock, one in history(random.Random(seed), 200, spans=True):
        met = [states.setdefault(key, engine.new(key)) for key in engine.keys(one)]
        before = [to_bytes(state) for state in met]
        (verdict,) = recorder.explain(met, one, clock)
        assert [to_bytes(state) for state in met] == before
        codes[verdict.code] += 1
        told: list[Transition] = []
        for state in met:
            try:
                told += engine.step(state, one, clock)[1]
            except NoRoom as full:
                told += full.told
        assert (verdict.code == "changed") == bool(told)
        assert all(change in told for change in verdict.transitions)
    assert codes["changed"]
    assert codes["alone"] + codes["apart"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (signal("cam", 0, rule="camera-offline"), "where"),
        (signal("cam", 0, domain="netsec"), "domain"),
        (signal("fire", 10, km=None), "no_place"),
        (signal("fire", 10, shadow=True), "trial"),
    ],
    ids=["another rule's alert", "another domain", "nobody knows where", "a rule on trial"],
)
def test_why_a_signal_is_not_meant(given: object, code: str) -> None:
    recorder = NearRecorder(rules(NEAR))
    (verdict,) = recorder.explain([], given, 0)  # type: ignore[arg-type]  # a signal
    assert verdict.code == code
