"""All walls in both languages -> the JSON files that Grafana is provisioned with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dashboards import alert_history, environment, forest_fire, ground, overview, pipeline, sensors
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


def write(folder: Path = FOLDER, ground_file: Path = ground.FILE) -> list[str]:
    """Write every file, take away what no wall makes; names of those that changed."""
    folder.mkdir(exist_ok=True)
    ground_file.parent.mkdir(exist_ok=True)
    wanted = build()
    changed = []
    for stray in sorted(path for path in folder.glob("*.json") if path.name not in wanted):
        stray.unlink()
        changed.append(stray.name)
    files = {folder / name: content for name, content in wanted.items()} | {ground_file: ground.build()}
    for path, content in files.items():
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")
            changed.append(path.name)
    return changed


def outdated(folder: Path = FOLDER, ground_file: Path = ground.FILE) -> list[str]:
    """Files that are not what the code makes."""
    wanted = build()
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    wrong = {name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)}
    if not ground_file.exists() or ground_file.read_text(encoding="utf-8") != ground.build():
        wrong.add(ground_file.name)
    return sorted(wrong)
