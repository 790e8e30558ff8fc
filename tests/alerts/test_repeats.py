"""Every event sent one to five times, by producers that try again: counted and told as if once (R17)."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ioc.alerts.state import to_bytes
from ioc.streams.seen import LIMIT, Seen, hash64
from tests.alerts import histories, oracle_run, playing
from tests.alerts.naive.heard import Heard
from tests.alerts.trials import KINDS


def repeated(log: Sequence[Heard], dice: random.Random) -> list[Heard]:
    """Each event up to four times more, within five minutes of the log, each time at a later place of it."""
    again = list(log)
    for one in log:
        if one.id:
            again += [replace(one, clock=one.clock + dice.randrange(300_000)) for _ in range(dice.randrange(5))]
    return sorted(again, key=lambda one: one.clock)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("absence", "schedule")])
def test_counts_and_alerts_are_as_if_each_had_come_once(kind: str) -> None:
    told = 0
    for seed in range(5):
        trial, dice = oracle_run.trial_of(seed, kind)
        log = [one for one in histories.history(trial, dice, 300) if one.id or one.clock == 0]
        once = {one.id: one for one in reversed(log) if one.at <= one.clock}.values()
        log = [*sorted(once, key=lambda one: one.clock), Heard(max(one.clock for one in once) + 400_000)]
        engine = oracle_run.engine_of(trial)

        whole, state = playing.play(engine, trial.domain, log, dice)
        many, again = playing.play(engine, trial.domain, repeated(log, dice), dice)

        assert playing.told(many) == playing.told(whole)
        assert to_bytes(again) == to_bytes(state)
        told += len(whole)
    assert told > 0


def test_a_tenth_of_a_million_ids_takes_a_tenth_of_two_hundred_megabytes_and_forgets_the_oldest() -> None:
    limit = LIMIT // 10
    seen = Seen(limit)
    seen.advance(1)
    for number in range(2 * limit):
        assert seen.first(hash64(f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}"), number)

    assert len(seen) <= limit
    assert sum(sys.getsizeof(part) + 32 * len(part) for part in (seen._current, seen._older)) < 20_000_000
    assert seen.overflow > 0
