"""The grid of percentiles."""

from __future__ import annotations


def on_grid(value: float) -> float:
    """The value as the grid keeps it."""
    return value
