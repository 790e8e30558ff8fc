"""All walls in both languages -> the JSON files that Grafana is provisioned with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dashboards import alert_history, environment, forest_fire, overview, pipeline, sensors
from ioc.words import LANGS

FOLDER: Final = Path(__file__).parent / "json"
WALLS: Final = (
    overview.WALL,
    forest_fire.WALL,
    environment.WALL,
    sensors.CAMERAS,
    sensors.NETWORK,
    pipeline.WALL,
    alert_history.WALL,
)


def build() -> Mapping[str, str]:
    """File name below `FOLDER` -> its content."""
    return {f"{wall.uid(lang)}.json": wall.build(lang) for wall in WALLS for lang in LANGS}


def write(folder: Path = FOLDER) -> list[str]:
    """Write every file, take away what no wall makes; names of those that changed."""
    folder.mkdir(exist_ok=True)
    wanted = build()
    changed = []
    for stray in sorted(path for path in folder.glob("*.json") if path.name not in wanted):
        stray.unlink()
        changed.append(stray.name)
    for name, content in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")
            changed.append(name)
    return changed


def outdated(folder: Path = FOLDER) -> list[str]:
    """Files that are not what the code makes."""
    wanted = build()
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
