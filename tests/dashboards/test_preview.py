"""Walls as Grafana's published components draw them in Chromium: computed sizes, places, nothing cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.looking import Open
from tests.dashboards.filled import fill
from tests.dashboards.grafana import real_now
from tests.dashboards.pictures import Asked, asked, tiny
from tests.dashboards.preview import PREVIEWED, bundle, draw
from tests.real_services import GrafanaPackages, InfluxDB

pytestmark = [pytest.mark.browser, pytest.mark.services]


@pytest.fixture(scope="module")
def filled(influxdb: InfluxDB) -> Asked:
    return asked(influxdb, lambda history: fill(history, real_now()), ("vi", "en"))


@pytest.fixture(scope="module")
def script(grafana_packages: GrafanaPackages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle(grafana_packages, tmp_path_factory.mktemp("preview"))


@pytest.mark.parametrize("uid", [*(f"ioc-{name}-vi" for name in PREVIEWED), "ioc-overview-en"])
def test_every_text_is_read_from_five_metres_and_stays_in_its_tile(
    filled: Asked, script: Path, browser_page: Open, uid: str
) -> None:
    wall, answers = filled[uid]
    texts = draw(browser_page(allow_errors=True), script, wall, answers)
    assert tiny(texts) == []
    assert len(texts) >= 10

    largest = max(texts, key=lambda one: float(one["px"]))
    assert largest["px"] >= 96
    assert sum(one["px"] == largest["px"] for one in texts) == 1, "one text is the largest"
    assert largest["left"] < 1920 / 4, "it begins at the left"
    assert largest["top"] < 1080 / 3, "it stands at the top"


def test_the_largest_text_of_the_first_wall_is_the_worst_alerts_place(
    filled: Asked, script: Path, browser_page: Open
) -> None:
    """Who saw this picture for three seconds could name the place, and beside it severity and matter."""
    wall, answers = filled["ioc-overview-vi"]
    texts = draw(browser_page(allow_errors=True), script, wall, answers)
    first, second = sorted(texts, key=lambda one: -float(one["px"]))[:1], [one for one in texts if one["px"] == 48]
    assert [one["text"] for one in first] == ["◆ La Bằng"]
    assert [one["text"] for one in second] == ["Khẩn cấp · Điểm nhiệt gần rừng · 12 phút"]


def test_a_text_that_is_too_small_is_found_by_this_very_check(filled: Asked, script: Path, browser_page: Open) -> None:
    wall, answers = filled["ioc-overview-vi"]
    wall["panels"][0]["options"]["text"]["titleSize"] = 20
    try:
        texts = draw(browser_page(allow_errors=True), script, wall, answers)
    finally:
        wall["panels"][0]["options"]["text"]["titleSize"] = 48
    assert tiny(texts) == ["Khẩn cấp · Điểm nhiệt gần rừng · 12 phút: 20 px"]
