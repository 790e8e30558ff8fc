"""R9, the short form: 30 seconds without InfluxDB at 2,000 events a second. The long form is `scripts/long outage`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sinks.outage import Plan, run


@pytest.mark.slow
@pytest.mark.services
async def test_influxdb_killed_under_load_leaves_no_gap(tmp_path: Path) -> None:
    result = await run(Plan(before=8, outage=30, after=10), tmp_path)

    assert result.good, result.told()
