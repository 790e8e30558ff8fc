"""Previews of walls: Grafana's published components in Chromium, on answers of a real InfluxDB. No Grafana server."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboards import ground
from tests.dashboards.grafana import NODE
from tests.real_services import GrafanaPackages

if TYPE_CHECKING:
    from playwright.sync_api import Page

LABEL = "bản xem trước, không phải máy chủ Grafana · preview, no Grafana server"
SCREEN = {"width": 1920, "height": 1080}
PREVIEWED = ("overview", "forest-fire", "environment", "pipeline")
TEXTS = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.getElementById('wall'), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || element.closest('.preview-label, style')) continue;
    const box = element.getBoundingClientRect();
    const panel = element.closest('.panel').getBoundingClientRect();
    found.push({
      text: walk.currentNode.data.trim(),
      px: parseFloat(getComputedStyle(element).fontSize),
      left: box.left, top: box.top,
      inside: box.left >= panel.left - 1 && box.right <= panel.right + 1 && box.top >= panel.top - 1 && box.bottom <= panel.bottom + 1,
      lines: Math.round(box.height / (parseFloat(getComputedStyle(element).fontSize) * 1.2)),
    });
  }
  return found;
}"""


def bundle(packages: GrafanaPackages, place: Path) -> Path:
    """The script of all previews."""
    script = place / "preview.js"
    done = subprocess.run(
        [packages.node, str(NODE / "bundle.cjs"), str(script)],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        env={**os.environ, "NODE_PATH": str(packages.modules)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return script


def draw(page: Page, script: Path, wall: Any, answers: Mapping[int, Any]) -> list[dict[str, Any]]:
    """Open a wall; every text on it with its computed size and place."""
    given = {"wall": wall, "answers": answers, "communes": json.loads(ground.build()), "label": LABEL}
    page.set_viewport_size(SCREEN)  # type: ignore[arg-type]  # a plain dict of both sizes
    held = json.dumps(given, ensure_ascii=False).replace("</", "<\\/")
    html = script.with_name(f"{wall['uid']}.html")
    html.write_text(
        f'<!doctype html><meta charset="utf-8"><body style="margin:0"><div id="root"></div>'
        f'<script>window.GIVEN = {held};</script><script src="{script.name}"></script>',
        encoding="utf-8",
    )
    page.goto(html.as_uri())
    page.wait_for_selector("body[data-ready], body[data-failed]", timeout=60_000)
    failed = page.evaluate("document.body.dataset.failed")
    assert not failed, failed
    texts: list[dict[str, Any]] = page.evaluate(TEXTS)
    return texts
