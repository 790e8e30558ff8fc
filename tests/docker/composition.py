"""docker-compose.yml as its tests read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]


def plain(path: Path) -> Any:
    """A YAML file with anchors and merges resolved."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


COMPOSE = plain(ROOT / "docker-compose.yml")
SERVICES: dict[str, Any] = COMPOSE["services"]
ROLES = {name: one for name, one in SERVICES.items() if one["image"] == "ioc:local"}


def mounts(service: str) -> dict[str, str]:
    """Where in the container -> what of the project or which volume."""
    found = [one.split(":") for one in SERVICES[service].get("volumes", [])]
    return {one[1]: one[0] for one in found}
