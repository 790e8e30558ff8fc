"""The kill test in its short form; the long one, with a million events, is `scripts/long kill`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.fleet import POINTS, Fleet, Plan, namespace

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(
            Plan(events=10_000, keys=20, rate=1_000, session=2.0), id="few keys with many transitions in a batch"
        ),
    ],
)
async def test_workers_killed_and_frozen_lose_nothing_and_invent_nothing(
    broker: str, plan: Plan, tmp_path: Path
) -> None:
    with namespace(broker, plan.partitions) as name:
        result = await Fleet(broker, plan, tmp_path, name).run()

    assert result.clean, result
    assert (result.kills, result.freezes) == (len(POINTS), 1)
    assert result.wanted > 1_000
    assert result.events >= plan.events * (1 - plan.copies) * 0.9
