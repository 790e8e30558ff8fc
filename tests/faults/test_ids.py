"""The fault tests by id, in their short forms, each where the province runs it; the long ones are `scripts/long delivery`.

`python -m tests.faults` runs each on every broker that it knows: together they take longer than a run of all tests may.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ioc.embedded.broker import Broker
from tests.faults.ids import TRIALS
from tests.faults.trial import Ground, Trial

pytestmark = pytest.mark.slow
ORDER = ["tansu", "own", "kafka"]
"""The later, the nearer to what a province runs."""
RUNS = [
    pytest.param(trial, where, id=f"{trial.name} ({where})", marks=[] if where == "tansu" else [pytest.mark.services])
    for trial in TRIALS
    for where in [max(trial.on, key=ORDER.index)]
]


@pytest.mark.parametrize(("trial", "where"), RUNS)
def test_nothing_is_lost_by(trial: Trial, where: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if where == "tansu":
        with Broker() as broker:
            verdict = asyncio.run(trial.run(Ground(broker.address, tmp_path, long=False, seed=7)))
    else:
        address = request.getfixturevalue("kafka_broker") if where == "kafka" else ""
        verdict = asyncio.run(trial.run(Ground(address, tmp_path, long=False, seed=7)))

    assert verdict.good, verdict.line()
