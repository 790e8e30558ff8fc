from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ioc.alerts.alert import Evidence
from ioc.places.boundaries import Boundaries
from ioc.ports import Freshness
from tests.console.looking import WALL, Open, fires, ready, see
from tests.console.room import Room

pytestmark = [pytest.mark.browser, pytest.mark.services]


def test_the_map_is_drawn_with_all_communes_and_the_alerts(real_room: Room, url: str, browser_page: Open) -> None:
    fires(real_room, 1, severity="extreme")
    fires(real_room, 2, lat=None, lon=None, commune=None)
    page = ready(browser_page(), f"{url}/map")

    page.wait_for_selector("#map[data-ready='1']")
    assert page.locator(".cell").count() == 92
    assert "ranh giới gần đúng" in page.inner_text(".legend")
    assert "1 cảnh báo không có tọa độ" in page.inner_text("#no-place")
    assert "24 giờ qua: 1 trong tỉnh, 0 ngoài tỉnh" in page.inner_text("#hotspot-text")
    widths = page.eval_on_selector_all(".cell", "cells => cells.map(c => c.getBoundingClientRect().width)")
    assert all(width > 3 for width in widths), "no commune is missing from the picture"
    page.click(".map-sign")
    assert "#1001" in page.inner_text(".leaflet-popup")
    page.check("#unaccepted")
    assert page.locator(".map-sign").count() == 1


def test_true_boundaries_are_not_called_approximate(real_room: Room, browser_page: Open, shared_data: Path) -> None:
    text = (shared_data / "geo" / "thai_nguyen_communes_2025.geojson").read_text("utf-8")
    object.__setattr__(real_room.deps, "boundaries", Boundaries.from_geojson(json.loads(text)))
    with real_room.served() as url:
        page = ready(browser_page(), f"{url}/map")
        page.wait_for_selector("#map[data-ready='1']")
        assert page.locator(".cell").count() == 92
        assert page.locator(".cell.approximate").count() == 0
        assert "gần đúng" not in page.inner_text(".legend")


LONG = "Cảnh báo dò mật khẩu trên cổng VPN của Ủy ban nhân dân phường Phan Đình Phùng"
SIZES = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest('.place-tip, .skip')) continue;
    found.push([walk.currentNode.data.trim(), parseFloat(getComputedStyle(element).fontSize)]);
  }
  return found;
}"""


def test_the_wall_is_readable_from_five_metres(real_room: Room, url: str, browser_page: Open) -> None:
    for nth in range(1, 30):
        domain = ("camera", "hotspot", "environment", "netsec")[nth % 4]
        fires(real_room, nth, domain=domain, severity="extreme", title={"vi": LONG, "en": LONG}, drill=nth == 9)
    page = ready(browser_page(**WALL), f"{url}/wall")

    sizes = page.evaluate(SIZES)
    small = [(text, size) for text, size in sizes if size < 36]
    assert not small
    figures = page.eval_on_selector_all(".figure", "all => all.map(f => parseFloat(getComputedStyle(f).fontSize))")
    assert len(figures) == 4
    assert min(figures) >= 96
    assert page.locator(".tile").count() <= 7
    assert 1 <= page.locator(".wall-line:visible").count() <= 12
    assert page.evaluate(
        "document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth"
    )
    cut = page.eval_on_selector_all(
        ".tile, .wall-list", "all => all.filter(e => e.scrollHeight > e.clientHeight + 1).map(e => e.className)"
    )
    assert not cut, "nothing is cut off"
    shown = page.locator(".wall-line:visible").count()
    assert page.inner_text("#wall-more") == f"còn {29 - shown} cảnh báo nữa"


def test_the_wall_follows_without_reload_and_says_when_data_are_gone(
    real_room: Room, url: str, browser_page: Open
) -> None:
    page = ready(browser_page(**WALL), f"{url}/wall")
    assert page.inner_text("[data-domain=camera] .figure") == "0"

    fires(real_room, 1, domain="camera", severity="severe")
    see(page.locator("[data-domain=camera] .figure")).to_have_text("1")
    assert "Cao" in page.inner_text("[data-domain=camera]")
    real_room.history.freshness = nothing_heard  # type: ignore[method-assign]  # a province gone silent
    real_room.refresh()
    fires(real_room, 2, domain="camera")
    page.wait_for_selector("[data-domain=netsec][data-state=pending]")


async def nothing_heard() -> Any:
    return Freshness({}, {})


HOSTILE = [
    "<script>window.PWN=1</script>",
    '"><img src=x onerror="window.PWN=1">',
    "<svg/onload=window.PWN=1>",
    "javascript:window.PWN=1",
    "</script><script>window.PWN=1</script>",
    "<iframe srcdoc='<script>parent.PWN=1</script>'>",
    "\u202e<b onmouseover=window.PWN=1>x",
    ":p window.PWN=1",
    "{{constructor.constructor('window.PWN=1')()}}",
]


def test_hostile_names_execute_nowhere(real_room: Room, url: str, browser_page: Open) -> None:
    for nth, text in enumerate(HOSTILE, 1):
        evidence = (Evidence(id="e" * 32, observed_at=0, value=1.0, title=text),)
        both = {"vi": text, "en": text}
        fires(
            real_room, nth, title=both, source=text, feed=text, rule=text, evidence=evidence, steps=(both,), call=both
        )
    page = browser_page()
    for path in ("/", "/map", "/wall", *(f"/alerts/{1000 + nth}" for nth in range(1, len(HOSTILE) + 1))):
        ready(page, url + path)
        if path == "/":
            page.click(".act")
            page.fill("#ask-name", HOSTILE[1])
            page.click("#ask-yes")
            page.wait_for_selector(".row[data-group=owned]")
        if path == "/map":
            page.click(".map-sign")
        assert page.evaluate("window.PWN") is None, path
        assert page.locator("main script, main iframe, main img[src='x']").count() == 0


def test_blocked_sound_is_told_until_it_is_allowed_and_then_an_extreme_sounds(
    real_room: Room, url: str, browser_page: Open
) -> None:
    page = ready(browser_page(), url)
    assert "ÂM THANH ĐANG BỊ CHẶN" in page.inner_text("#sound-blocked")

    page.click("#sound-allow")
    page.wait_for_selector("#sound-blocked", state="hidden")
    assert page.evaluate("document.body.dataset.sounded") is None, "nothing waits, nothing sounds"
    fires(real_room, 1, severity="extreme")
    see(page.locator("body")).to_have_attribute("data-sounded", "1")
    fires(real_room, 2, severity="minor")
    page.wait_for_selector("text=#1002")
    assert page.evaluate("document.body.dataset.sounded") == "1"
    page.click("#sound")
    assert "Tắt tiếng còn 30 phút" in page.inner_text("#sound")


RATIO = """([foreground, background]) => {
  const channel = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number); return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
  const [a, b] = [light(foreground), light(background)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""
BACK = """e => { while (e && /rgba\\(0, 0, 0, 0\\)|transparent/.test(getComputedStyle(e).backgroundColor)) e = e.parentElement;
  return getComputedStyle(e || document.body).backgroundColor; }"""
TEXTS = (".sev-extreme", ".sev-severe", ".sev-moderate", ".sev-minor", ".row .where", ".row .age", ".row .title", ".row .act",
         ".chip", ".group", ".state", ".oldest", ".feed-state", ".nav a")  # fmt: skip


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_texts_stand_out_from_their_ground(real_room: Room, url: str, browser_page: Open, scheme: str) -> None:
    for nth, severity in enumerate(("extreme", "severe", "moderate", "minor"), 1):
        fires(real_room, nth, severity=severity)
    real_room.hear_all(timedelta(hours=9), "suricata")
    page = ready(browser_page(color_scheme=scheme), url)

    weak = {}
    for selector in TEXTS:
        element = page.locator(f"{selector}:visible").first
        if element.count() == 0:
            continue
        colours = [element.evaluate("e => getComputedStyle(e).color"), element.evaluate(BACK)]
        ratio = page.evaluate(RATIO, colours)
        if ratio < 4.5:  # WCAG 2.2, success criterion 1.4.3
            weak[selector] = round(ratio, 2)
    assert not weak


def test_english_is_complete_on_the_screen(real_room: Room, url: str, browser_page: Open) -> None:
    fires(real_room, 1)
    page = ready(browser_page(), f"{url}/?lang=en")
    see(page.locator("#beat.odd")).to_have_count(1)

    text = page.inner_text("body")
    assert "Not accepted" in text
    assert "Accept" in text
    ours = re.sub(r"Thái Nguyên|La Bằng|Đại Từ|IOC", "", text)
    assert not re.search("[ăâđêôơưĂÂĐÊÔƠƯàáảãạ]", ours), "no Vietnamese is left among the words"
