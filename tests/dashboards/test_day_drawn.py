"""The same day drawn by Grafana's published components: real titles and names are read from five metres too.

`IOC_WRITE_PICTURES=1 pytest tests/dashboards/test_day_drawn.py` writes docs/pictures anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.console.looking import Open
from tests.dashboards.grafana import real_now
from tests.dashboards.pictures import asked, tiny, write
from tests.dashboards.preview import bundle, draw
from tests.dashboards.seeded import Day, fill_day
from tests.real_services import GrafanaPackages, InfluxDB

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.data]
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def test_real_names_and_titles_are_read_from_five_metres(
    influxdb: InfluxDB, grafana_packages: GrafanaPackages, seeded_day: Day, tmp_path: Path, browser_page: Open
) -> None:
    found = asked(influxdb, lambda history: fill_day(history, seeded_day, real_now(), tmp_path), ("vi",))
    script = bundle(grafana_packages, tmp_path)
    small: dict[str, list[str]] = {}
    for uid, (wall, answers) in found.items():
        page = browser_page(allow_errors=True)
        small[uid] = tiny(draw(page, script, wall, answers))
        if os.environ.get("IOC_WRITE_PICTURES"):
            write(PICTURES, uid, page.screenshot())
    assert {uid: texts for uid, texts in small.items() if texts} == {}
