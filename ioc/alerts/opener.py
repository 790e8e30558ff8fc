"""What an alert is named by and stands at: the event, or the moment, that began its condition."""

from __future__ import annotations

import msgspec


class Opener(msgspec.Struct, array_like=True, gc=False):
    """What began the present condition: the event (or for absence the last event, or the due time) and its place."""

    id: str
    at: int
    quantity: str = ""
    unit: str = ""
    lat: float | None = None
    lon: float | None = None
    commune: str | None = None
