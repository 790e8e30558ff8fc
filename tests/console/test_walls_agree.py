"""The console's own wall and Grafana's show the same alerts in the same order, told through the same port."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from dashboards.build import build
from ioc.console import standing
from ioc.sinks.influx_walls import InfluxWalls
from tests.console.looking import fires
from tests.console.reading import Page
from tests.console.room import Real, Room
from tests.dashboards.grafana import answers, shown
from tests.real_services import GrafanaPackages
from tests.sinks.conftest import clock, influx, influx_config, now

__all__ = ["clock", "influx", "influx_config", "now"]

pytestmark = pytest.mark.services


@pytest.fixture
async def busy(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    """Six alerts of all severities, one of them a drill."""
    room = Room(tmp_path_factory.mktemp("room"), Real())
    await room.hear()
    for nth, (severity, ago) in enumerate(
        (("minor", 50), ("severe", 7), ("extreme", 3), ("moderate", 90), ("severe", 30)), 1
    ):
        fires(room, nth, severity=severity, ago_min=ago, title={"vi": f"Việc {nth}", "en": f"Matter {nth}"})
    fires(room, 6, severity="extreme", ago_min=1, drill=True, title={"vi": "Tập 6", "en": "Drill 6"})
    yield room
    await room.history.close()
    room.office.store.close()


async def test_both_walls_name_the_same_alerts_in_the_same_order(
    busy: Room, influx: InfluxWalls, grafana_packages: GrafanaPackages
) -> None:
    since = busy.clock.now() - timedelta(hours=1)
    await standing.tell(busy.deps, influx, since, [], None)
    wall = json.loads(build()["ioc-overview-vi.json"])
    panel = next(one for one in wall["panels"] if "'waiting'" in one.get("targets", [{}])[0].get("query", ""))
    (grafana,) = shown(grafana_packages, [(panel, await answers(influx, panel))])

    with busy.served() as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            page = Page((await client.get("/wall")).text)
    lines = [tag for tag in page.tags if "wall-line" in tag.attributes.get("class", "").split()]
    ours = [re.sub(r"\s+", " ", line.text) for line in lines]
    assert len(ours) == 6
    assert len(grafana) == 4, "the first of them: letters are larger there"
    for told, line in zip(grafana, ours, strict=False):
        sign, word = told.text.split(maxsplit=1)
        place, matter = told.title.removeprefix("DIỄN TẬP · ").split(": ", 1)
        assert sign in line
        assert word in line
        assert place in line
        assert matter.rpartition(" · ")[0] in line
        assert told.title.startswith("DIỄN TẬP") == ("DIỄN TẬP" in line)
