"""The name of a commune beside its code: what a person reads on a wall. Bounded by the table of communes."""

from __future__ import annotations

from functools import cache

from ioc.places.table import communes


@cache
def _names() -> dict[str, str]:
    return {one.code: one.unit.name for one in communes()}


def place_name(commune: str | None) -> str:
    """La Bằng for 05725; "" for a code that the table does not have. No two communes of the table share a name."""
    return _names().get(commune or "", "")
