"""Worlds by their seeds: `python -m tests.simulation [--seed FIRST] [--worlds N] [--seconds S] [--jobs N]`.

Tells each seed that went wrong, with what was wrong; `--seed N --worlds 1` plays that one again, the same to the byte.
Exit code 1 when one did.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.simulation.world import Outcome, play, template

MEMORY = Path("/dev/shm")  # noqa: S108 - the databases of worlds that are gone in a moment


def batch(first: int, worlds: int, seconds: float, stop: bool) -> tuple[int, Counter[str], list[str]]:
    """Play seeds from `first` on, so many or so long; how many there were, sums, and what was wrong."""
    logging.disable(logging.CRITICAL)
    sums: Counter[str] = Counter()
    wrong: list[str] = []
    began, played = time.monotonic(), 0
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as name:
        place = Path(name)
        empty = template(place)
        for seed in itertools.count(first):
            if played >= worlds or (stop and wrong) or (seconds and time.monotonic() - began > seconds):
                break
            played += 1
            try:
                outcome = play(seed, empty, place)
            except Exception as error:  # noqa: BLE001 - a seed that breaks is a seed that went wrong
                outcome = Outcome([f"{type(error).__name__}: {error}"], 0, 0, 0, 0, 0, 0, 0, 0)
            wrong += [f"seed {seed}: {one}" for one in outcome.wrong[:3]]
            sums.update({name: value for name, value in outcome._asdict().items() if isinstance(value, int)})
    return played, sums, wrong


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worlds", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=0.0, help="stop after so long; 0: when all are played")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--stop", action="store_true", help="at the first seed that goes wrong")
    given = parser.parse_args()
    each = -(-given.worlds // given.jobs)
    began = time.monotonic()
    if given.jobs == 1:
        parts = [batch(given.seed, each, given.seconds, given.stop)]
    else:
        with ProcessPoolExecutor(given.jobs) as pool:
            starts = [given.seed + nth * each for nth in range(given.jobs)]
            parts = list(pool.map(batch, starts, *([one] * given.jobs for one in (each, given.seconds, given.stop))))
    took = time.monotonic() - began
    played = sum(one for one, _, _ in parts)
    sums: Counter[str] = sum((one for _, one, _ in parts), Counter())
    wrong = [line for _, _, lines in parts for line in lines]
    for line in wrong:
        sys.stdout.write(f"{line}\n")
    figures = " ".join(f"{name}={number}" for name, number in sums.items())
    mark = "FAIL" if wrong else "pass"
    sys.stdout.write(f"{mark}  simulation, seeds from {given.seed}: worlds={played} {figures} ")
    sys.stdout.write(f"per_minute={played / took * 60:.0f} took={took:.0f}s\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
