"""The long comparison: thousands of histories of ten thousand events, each seed of its own, over some processes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.alerts.oracle_run import Outcome, compare
from tests.alerts.trials import KINDS

DISORDERS = (0, 0, 5_000, 60_000, 600_000)
"""How late events may come, by seed; the feed's lateness is 600 s."""


def one_seed(seed: int, events: int) -> Outcome:
    """Kind and disorder come of the seed alone, so a seed is the whole history."""
    kind = KINDS[seed % len(KINDS)]
    return compare(seed, kind, events, DISORDERS[seed // len(KINDS) % len(DISORDERS)])


def compared(first: int, histories: int, events: int, tell: Callable[[str], None]) -> bool:
    """Whether all agree; every seed that does not is told, and how much was told of each kind."""
    agreed: Counter[str] = Counter()
    good = True
    with ProcessPoolExecutor(min(os.cpu_count() or 1, histories)) as pool:
        running = [pool.submit(one_seed, seed, events) for seed in range(first, first + histories)]
        for number, done in enumerate(as_completed(running), start=1):
            outcome = done.result()
            agreed[outcome.kind] += outcome.told
            if outcome.difference:
                good = False
                tell(f"FAIL  oracle, --seed {outcome.seed} ({outcome.kind}):\n{outcome.difference}")
            if number % 100 == 0:
                tell(f"      oracle: {number} of {histories} histories, {agreed.total()} transitions")
    tell(
        f"{'pass' if good else 'FAIL'}  oracle: {histories} histories of {events} records from --seed {first}: "
        + " ".join(f"{kind}={agreed[kind]}" for kind in KINDS)
    )
    return good
