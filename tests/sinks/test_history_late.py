"""The query of Grafana's own alert, asked of both InfluxDBs: silence has no answer, a working desk has one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ioc.events import SEVERITIES
from ioc.histories import Waiting
from ioc.sinks.influx_walls import InfluxWalls
from tests.docker.composition import ROOT, plain
from tests.sinks.asked import ask
from tests.sinks.history_events import just_now
from tests.sinks.test_alert_points import walls  # noqa: F401 - a fixture

(RULE,) = plain(ROOT / "docker" / "grafana" / "provisioning" / "alerting" / "ioc.yaml")["groups"][0]["rules"]
QUERY = RULE["data"][0]["model"]["query"]
LOWEST = RULE["data"][-1]["model"]["conditions"][0]["evaluator"]["params"][0]
NOBODY_WAITS = [Waiting(severity, 0, None) for severity in SEVERITIES[1:]]


@pytest.mark.services
async def test_a_calm_desk_that_is_told_is_not_late_and_one_not_told_for_two_minutes_is(walls: InfluxWalls) -> None:  # noqa: F811
    await walls.stand(just_now() - timedelta(minutes=3), NOBODY_WAITS, [])
    assert not await ask(walls, QUERY)
    await walls.stand(just_now(), NOBODY_WAITS, [])
    (told,) = (await ask(walls, QUERY))["told"]
    assert told == len(NOBODY_WAITS) >= LOWEST
