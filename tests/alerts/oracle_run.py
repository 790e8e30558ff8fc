"""One seed of the comparison: a rule of some kind, a history, the engine, the naive evaluator, and where they differ."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import NamedTuple

from ioc.alerts.engine import Engine
from tests.alerts import histories, playing
from tests.alerts.naive.evaluate import expected
from tests.alerts.naive.heard import Heard, Told
from tests.alerts.trials import PLANS, Trial, grouped


class Outcome(NamedTuple):
    """`difference` is empty where both agree; `told` is the number of transitions they agree on."""

    seed: int
    kind: str
    told: int
    difference: str


def trial_of(seed: int, kind: str) -> tuple[Trial, random.Random]:
    """The rule of this seed."""
    dice = random.Random(f"{kind} {seed}")
    return grouped(dice, PLANS[kind](dice)), dice


def naive(trial: Trial, log: Sequence[Heard]) -> dict[str, list[Told]]:
    """What ought to be told."""
    found = expected(
        playing.written(trial), "s", log, lateness=histories.LATENESS, ahead=histories.AHEAD,
        late=playing.LATE * 1000, lost=playing.LATE * 1000, expect=trial.expect,
    )  # fmt: skip
    return {group: one for group, one in found.items() if one}


def engine_of(trial: Trial, *others: Trial) -> Engine:
    """The rule, and others around it that must not matter."""
    rules = [playing.written(trial), *(playing.written(one, f"other{n}") for n, one in enumerate(others))]
    return Engine(playing.ruleset(*rules), playing.registry(trial), trial.domain)


def compare(seed: int, kind: str, events: int, disorder: int = 0) -> Outcome:
    """Play the seed; with `disorder` each event arrives up to so many ms after its time."""
    trial, dice = trial_of(seed, kind)
    log = histories.history(trial, dice, events)
    if disorder and trial.disorder:
        log = histories.shuffled(log, dice, disorder)
    other = beside(trial, dice)
    transitions, _ = playing.play(engine_of(trial, *other), trial.domain, log, dice)
    told, lines = 0, []
    for one, name in zip((trial, *other), ("tried", "other0"), strict=False):
        wanted = naive(one, log)
        told += sum(map(len, wanted.values()))
        lines.append(differences(one, wanted, playing.told(transitions, name)))
    return Outcome(seed, kind, told, "\n".join(filter(None, lines)))


def beside(trial: Trial, dice: random.Random) -> list[Trial]:
    """In every third run a rule of another kind over the same events."""
    if dice.random() > 1 / 3:
        return []
    others = [one for one in (grouped(dice, make(dice)) for make in PLANS.values()) if one.domain == trial.domain]
    return [dice.choice([one for one in others if one.expect is None])]


def differences(trial: Trial, wanted: dict[str, list[Told]], found: dict[str, list[Told]]) -> str:
    """The first thing in each group that is not the same, in words."""
    lines = []
    for group in sorted(wanted.keys() | found.keys()):
        ours, theirs = wanted.get(group, []), found.get(group, [])
        if ours != theirs:
            same = next(
                (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
            )
            lines.append(f"{group} after {same} alike: naive {ours[same : same + 3]} engine {theirs[same : same + 3]}")
    return "\n".join([json.dumps(trial.rule), *lines]) if lines else ""
