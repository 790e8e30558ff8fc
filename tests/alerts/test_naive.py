"""The engine against the naive evaluator on random histories of every kind; the long form is `scripts/long oracle`.

Each seed is one rule and one history of a thousand events. A seed that fails is played again by
`scripts/long oracle --seed N`.
"""

from __future__ import annotations

import os

import pytest

from tests.alerts.oracle_run import compare
from tests.alerts.trials import KINDS

HISTORIES = 200
EVENTS = 1_000
SEED = int(os.environ.get("IOC_SEED", "0"))


DISORDERS = (0, 0, 5_000, 60_000, 600_000)
"""How late events may come, in turn; the feed's lateness is 600 s."""


@pytest.mark.parametrize("kind", KINDS)
def test_engine_tells_what_the_definition_says(kind: str) -> None:
    share = range(SEED + KINDS.index(kind), SEED + HISTORIES, len(KINDS))
    outcomes = [compare(seed, kind, EVENTS, DISORDERS[n % len(DISORDERS)]) for n, seed in enumerate(share)]

    assert [one for one in outcomes if one.difference] == []
    assert sum(one.told for one in outcomes) > 10 * len(outcomes)
