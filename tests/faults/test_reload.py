"""Rules reloaded under load in short form; the long one, 1,000 reloads in ten minutes, is `scripts/long reload`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.reloads import Plan, run

pytestmark = pytest.mark.slow


def test_every_record_is_judged_by_one_whole_set_and_an_invalid_one_changes_nothing(
    broker: str, tmp_path: Path
) -> None:
    plan = Plan(reloads=100, invalid=10)

    result = run(broker, tmp_path, plan)

    assert (result.missing, result.foreign) == (0, 0), (tmp_path / "differences.txt").read_text()[:4000]
    assert (result.refused, result.kills, result.restarts) == (10, 1, 0)
    assert result.orders > 60  # some ask for what is in force already
    assert result.switches > 60
    assert result.wanted > 500
    assert result.ended > 10
    assert result.versions > 10
