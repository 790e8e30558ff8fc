"""The histories of the sinks' tests, for walls; a day of real files, read and judged once."""

from pathlib import Path

import pytest

from tests.dashboards.grafana import real_now
from tests.dashboards.seeded import Day, day
from tests.sinks.conftest import clock, influx, influx1, influx_config, now
from tests.sinks.test_alert_points import walls

__all__ = ["clock", "influx", "influx1", "influx_config", "now", "seeded_day", "walls"]


@pytest.fixture(scope="session")
def seeded_day(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Day:
    """What the pipeline makes of the real files, as the last day."""
    return day(shared_data, tmp_path_factory.mktemp("day"), real_now())
