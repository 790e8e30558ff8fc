"""The grid of percentiles: cells a factor 1.04 wide, of which each pane of a window keeps ten."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

WIDTH = 1.04
KEPT = 10


def on_grid(value: float) -> float:
    """The middle of the cell in which a value lies."""
    if abs(value) < 1e-6:
        return 0.0
    return math.copysign(WIDTH ** round(math.log(abs(value)) / math.log(WIDTH)), value)


def percentile(panes: Iterable[Sequence[float]], percent: float) -> float:
    """Nearest rank over the values of all panes."""
    found: list[float] = []
    for values in panes:
        cells = [on_grid(value) for value in values]
        if percent >= 50:
            least = min(sorted(set(cells), reverse=True)[:KEPT])
            found += [max(cell, least) for cell in cells]
        else:
            most = max(sorted(set(cells))[:KEPT])
            found += [min(cell, most) for cell in cells]
    return sorted(found)[max(math.ceil(percent / 100 * len(found)), 1) - 1]
