"""Random histories of a trial: events in order or shuffled, late ones, duplicates, strangers, drills, ticks. Seeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ioc.streams.topics import SEEN_MS
from tests.alerts.naive.heard import Heard
from tests.alerts.timeline import START_MS
from tests.alerts.trials import Dice, Trial

LATENESS: Final = 600_000
AHEAD: Final = 300_000
DELAY: Final = 5_000
OTHER: Final = {"environment": "pm10", "netsec": "anomaly"}
OWN: Final = {"environment": "pm25", "netsec": "ids_alert"}


def history(trial: Trial, dice: Dice, events: int) -> list[Heard]:
    """Events in the order of their times, and all that may lie between them."""
    at = START_MS + dice.choice((0, 1, 59_999, 3_600_000))
    log: list[Heard] = []
    newest = 0
    lively = dice.random()
    for _ in range(events):
        gap = dice.choice(trial.gaps)
        at += gap
        clock = at + DELAY
        if dice.random() < trial.ticks:
            log.append(Heard(clock))
            continue
        one = Heard(
            clock,
            f"{dice.getrandbits(128):032x}",
            at,
            dice.choice(trial.values),
            OWN[trial.domain],
            fields={name: dice.choice(menu) for name, menu in trial.fields.items()},
        )
        what = dice.random() * (1 if lively < 0.8 else 4)
        if what < 0.02:
            one = replace(one, at=newest - LATENESS - dice.choice((1, 1000, 3_600_000)))
        elif what < 0.04:
            one = replace(one, at=clock + AHEAD + dice.choice((1, 3_600_000)))
        elif what < 0.07 and log and clock - (again := dice.choice(log[-50:])).clock < SEEN_MS:
            one = replace(again, clock=clock)
        elif what < 0.10:
            one = replace(one, quantity=OTHER[trial.domain])
        elif what < 0.13:
            one = replace(one, drill=True)
        elif what < 0.15:
            one = replace(one, quality=dice.choice(("suspect", "fault", "calibration")))
        if START_MS <= one.at <= clock + AHEAD:
            newest = max(newest, one.at)
        log.append(one)
    rest = dice.choice((0, 1000, 59_999, 60_000, 400_000, 5_000_000))
    log.append(Heard(at + DELAY + rest))
    return log


def shuffled(log: Sequence[Heard], dice: Dice, disorder: int) -> list[Heard]:
    """Each event arrives up to `disorder` ms after its time, some at the last moment; no ticks but the last."""
    moved = [replace(one, clock=one.at + dice.randint(0, disorder)) for one in log if one.id and one.at <= one.clock]
    moved.sort(key=lambda one: (one.clock, one.id))
    found: list[Heard] = []
    newest = 0
    for one in moved:
        newest = max(newest, one.at)
        found.append(one)
        if dice.random() < 0.02:
            last = newest - LATENESS - dice.choice((0, 0, 1))
            found.append(replace(one, id=f"{dice.getrandbits(128):032x}", at=last))
    return [*found, Heard(max(log[-1].clock, found[-1].clock) + DELAY)]
