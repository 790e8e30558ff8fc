"""Near misses of rules on windows, by hand: the figure is worked out anew from the list of events at each of them.

An episode is a run of events at which the figure lies within 5 % of the level without reaching it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

SHORT: Final = 0.05


def episodes(rule: Mapping[str, Any], window: int, events: Sequence[Any]) -> int:
    """How often the figure of one group came near; `window` in seconds."""
    condition = rule["condition"]
    panes = 60 if condition["kind"] == "threshold" else 40
    level = min(one["level"] for one in rule["severities"].values())
    width = window / panes
    past = sorted((event.observed_at.timestamp(), event.value) for event in events)
    found, near = 0, False
    for place, (at, _) in enumerate(past):
        values = [value for then, value in past[: place + 1] if then // width > at // width - panes]
        figure = _figure(condition, values)
        if figure is None:
            continue
        came, near = not near, level * (1 - SHORT) <= figure < level
        found += came and near
    return found


def _figure(condition: Mapping[str, Any], values: Sequence[float]) -> float | None:
    if condition["kind"] == "change":
        assert condition["direction"] == "rise"
        return values[-1] - min(values) if len(values) > 1 else None
    assert condition["aggregate"] == "mean"
    return sum(values) / len(values) if len(values) >= condition["min_events"] else None
