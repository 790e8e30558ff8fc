"""Killed and frozen between the two hops, on both brokers; the rough proof of it in memory is in tests/streams."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.fleet import Plan, namespace
from tests.faults.hops_fleet import HopsFleet

pytestmark = pytest.mark.slow


async def test_no_event_of_a_key_is_lost_or_counted_twice_between_the_hops(broker: str, tmp_path: Path) -> None:
    plan = Plan(events=8_000, keys=20, rate=800, session=2.0, workers=2)
    with namespace(broker, plan.partitions, HopsFleet.fields) as name:
        result = await HopsFleet(broker, plan, tmp_path, name).count()

    assert result.clean, result
    assert (result.kills, result.freezes) == (len(HopsFleet.points), 1)
    assert result.events >= plan.events * (1 - plan.copies) * 0.9
    assert result.repeated > 0  # the first hop did repeat itself
    assert result.told > 0
