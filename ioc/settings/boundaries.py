"""The operator's file of true commune boundaries, or the built-in approximate map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from ioc.settings.document import shown
from ioc.settings.mistake import ConfigMistakes, Mistake

if TYPE_CHECKING:
    from ioc.places.boundaries import Boundaries

SIZE = 64 * 1024 * 1024
"""Bytes; 92 communes drawn to a few metres take about ten megabytes."""


def load_boundaries(path: Path | None = None, former: Path | None = None) -> Boundaries:
    """Communes from a GeoJSON file and, from `former`, those of before July 2025; None takes the built-in map.

    Raises ConfigMistakes for a file that is no JSON, Permanent `boundaries_*` for the first mistake of its content.
    """
    from ioc.places.boundaries import Boundaries  # noqa: PLC0415 - geometry, which most roles never load

    if path is None:
        return Boundaries.builtin()
    return Boundaries.from_geojson(_json(path), former=_json(former) if former else None)


def _json(path: Path) -> object:
    file = shown(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(SIZE + 1)
    except OSError as error:
        raise ConfigMistakes([Mistake(file=file, code="unread", values={"why": error.strerror or ""})]) from None
    if len(raw) > SIZE:
        raise ConfigMistakes([Mistake(file=file, code="too_big", values={"limit": str(SIZE)})])
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ConfigMistakes([Mistake(file=file, line=error.lineno, code="not_json")]) from None
