"""What one event costs a partition of role evaluate, without a broker: decode, duplicates, step, states to bytes.

    PYTHONPATH=. python bench/judge.py [--events 400000] [--chunk 2500] [--rounds 3] [--profile]

The events of `bench/worker.py` for one of its twelve partitions, over the shipped rules; after each chunk the changed
states are made into changelog records as they would be sent. Microseconds of CPU per event, best of the rounds: far more
repeatable than the whole worker, and the greater part of it.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import random
import sys
import time
from pathlib import Path
from typing import NamedTuple

from ioc.alerts.engine import Engine
from ioc.alerts.parse import parse
from ioc.catalogue import Catalogue
from ioc.streams.headers import Header
from ioc.streams.partition import Partition
from ioc.streams.rulebook import EngineRules
from ioc.streams.topics import partition_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.worker import QUANTITIES, START, event, headers

RULES = Path(__file__).resolve().parents[1] / "config" / "rules"
PARTITIONS = 12


class Read(NamedTuple):
    """A record as it was fetched."""

    offset: int
    timestamp: int
    key: bytes
    value: bytes
    headers: list[Header]


def records(count: int, sources: int) -> list[Read]:
    """The share of partition 0, `count` records."""
    dice = random.Random(1)
    names = [f"station:{number:05}" for number in range(sources)]
    mine = {number for number, name in enumerate(names) if partition_of(name, PARTITIONS) == 0}
    made: list[Read] = []
    number = 0
    while len(made) < count:
        nth = dice.randrange(sources)
        quantity, unit, usual = QUANTITIES[nth % len(QUANTITIES)]
        at = START + number * 60_000 // sources
        if nth in mine:
            value = usual * (4.0 if nth % 100 == 0 else dice.uniform(0.5, 1.5))
            raw = event(number, names[nth], (quantity, unit, value), at)
            made.append(Read(len(made), at, names[nth].encode(), raw, headers(number, names[nth], at)))
        number += 1
    return made


def once(rows: list[Read], chunk: int) -> tuple[float, float, int, int]:
    """CPU seconds of judging and of writing, states written and their bytes."""
    rules = parse({path.name: path.read_text("utf-8") for path in sorted(RULES.glob("*.yaml"))})
    partition = Partition("environment", EngineRules(Engine(rules, Catalogue(), "environment")), "t", 0, PARTITIONS)
    judging = writing = 0.0
    states = size = 0
    gc.collect()
    gc.freeze()
    for start in range(0, len(rows), chunk):
        began = time.process_time()
        outcome = partition.judge(rows[start : start + chunk])
        judged = time.process_time()
        made = partition.records(outcome.dirty, 1)
        writing += time.process_time() - judged
        judging += judged - began
        states += len(made)
        size += sum(len(value) for _, value in made)
    return judging, writing, states, size


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--sources", type=int, default=20_000)
    parser.add_argument("--chunk", type=int, default=2_500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    rows = records(asked.events, asked.sources)
    gc.set_threshold(100_000, 50, 50)
    if asked.profile:
        with cProfile.Profile() as profile:
            once(rows, asked.chunk)
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
        return
    judging, writing, states, size = min((once(rows, asked.chunk) for _ in range(asked.rounds)), key=lambda one: one[0])
    per = 1e6 / asked.events
    print(
        f"judge {judging * per:.2f} us, write {writing * per:.2f} us an event; "
        f"{states / asked.events:.2f} states an event, {size / states:.0f} B each"
    )


if __name__ == "__main__":
    main()
