"""How many signals a second role correlate judges: near rules over the grid, states made into bytes as they are written.

    PYTHONPATH=. python bench/correlate.py [--signals 8000] [--rounds 3] [--only NAME] [--profile]

spread   alerts of two domains over the province in half a day; few of them meet
burst    as many within 20 minutes
dense    all of those along 60 km: nearly everything meets everything within reach

The shipped rules and two wider ones; signals per second of CPU in one process, best of the rounds.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import random
import time
from pathlib import Path

from ioc.alerts import correlate
from ioc.alerts.alert import Position
from ioc.alerts.correlate import NearState, NoRoom, SignalEngine
from ioc.alerts.parse import parse
from ioc.alerts.signal import Signal

RULES = Path(__file__).resolve().parents[1] / "config" / "rules"
START = 1_750_000_000_000
WRITE = 2_000
"""Signals between two writings of the changed states."""
CASES = {"spread": (13 * 60, 0.0), "burst": (20, 0.0), "dense": (20, 1.0)}
"""Minutes, and whether they lie on one line."""
WIDER = """
rules:
  - id: smoke-near-hotspot
    title: {vi: a, en: a}
    domain: camera
    by: [commune]
    condition: {kind: near, with: {domain: hotspot}, km: 10, minutes: 30}
    severities: {severe: {}}
    certainty: likely
    settle: 1h
    steps: [{vi: a, en: a}]
    call: {vi: a, en: a}
    source_of_threshold: bench
    owner: {vi: a, en: a}
"""


def signals(count: int, minutes: int, line: float) -> list[Signal]:
    """Alternating domains, in order of time."""
    dice = random.Random(3)
    made = []
    for number in range(count):
        camera = number % 2 == 0
        at = START + number * minutes * 60_000 // count
        along = dice.random()
        lat = 21.4 + 0.54 * along if line else dice.uniform(21.3, 22.7)
        lon = 105.8 if line else dice.uniform(105.4, 106.3)
        made.append(
            Signal(
                alert_id=f"{number * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF:032x}",
                revision=1,
                change="fired",
                rule="camera-fire-smoke" if camera else "hotspot-fire",
                title={"vi": "Khói", "en": "Smoke"},
                domain="camera" if camera else "hotspot",
                key=f"s{number % 400}",
                source=f"s{number % 400}",
                feed="f",
                severity="severe" if number % 3 else "moderate",
                certainty="likely",
                since=at,
                at=at,
                clock=at,
                event=f"{number:032x}",
                lat=lat,
                lon=lon,
                commune=f"{5000 + int(along * 92):05}",
                input=Position("t", 0, number, "source"),
            )
        )
    return made


def once(engine: SignalEngine, rows: list[Signal]) -> tuple[float, int]:
    """CPU seconds and transitions."""
    states: dict[str, NearState] = {}
    dirty: dict[str, NearState] = {}
    told = 0
    gc.collect()
    began = time.process_time()
    for number, one in enumerate(rows):
        for key in engine.keys(one):
            state = states.get(key)
            if state is None:
                state = states[key] = engine.new(key)
            try:
                _, out = engine.step(state, one, one.clock)
            except NoRoom as full:
                out = full.told
            told += len(out)
            dirty[key] = state
        if number % WRITE == WRITE - 1:
            for state in dirty.values():
                correlate.to_bytes(state)
            dirty.clear()
    return time.process_time() - began, told


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--signals", type=int, default=8_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=list(CASES))
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    texts = {path.name: path.read_text("utf-8") for path in sorted(RULES.glob("*.yaml"))}
    engine = SignalEngine(parse({**texts, "wider.yaml": WIDER}))
    for name in [asked.only] if asked.only else CASES:
        rows = signals(asked.signals, *CASES[name])
        if asked.profile:
            with cProfile.Profile() as profile:
                once(engine, rows)
            pstats.Stats(profile).sort_stats("tottime").print_stats(18)
            continue
        seconds, told = min(once(engine, rows) for _ in range(asked.rounds))
        print(f"{name}: {asked.signals / seconds:,.0f} signals/s, {told} transitions")


if __name__ == "__main__":
    main()
