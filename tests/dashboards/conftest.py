"""The histories of the sinks' tests, for walls."""

from tests.sinks.conftest import clock, influx, influx1, influx_config, now
from tests.sinks.test_alert_points import walls

__all__ = ["clock", "influx", "influx1", "influx_config", "now", "walls"]
