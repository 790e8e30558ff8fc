"""The engine against the naive evaluator on random histories of every kind; the long form is `scripts/long oracle`.

Each seed is one rule and one history of a thousand records. A seed that fails is played again by
`scripts/long oracle --seed N --histories 1 --records 1000`.
"""

from __future__ import annotations

import os

import pytest

from tests.alerts.oracle_long import one_seed
from tests.alerts.trials import KINDS

HISTORIES = 200
EVENTS = 1_000
SEED = int(os.environ.get("IOC_SEED", "0")) // len(KINDS) * len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_engine_tells_what_the_definition_says(kind: str) -> None:
    share = range(SEED + KINDS.index(kind), SEED + HISTORIES, len(KINDS))
    outcomes = [one_seed(seed, EVENTS) for seed in share]

    assert {one.kind for one in outcomes} == {kind}
    assert [one for one in outcomes if one.difference] == []
    assert sum(one.told for one in outcomes) > 5 * len(outcomes)
