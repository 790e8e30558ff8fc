"""The order in which the workshop tells transitions: event time, alert id, revision. No two have the same place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ioc.alerts.alert import Transition


def order(told: Transition) -> tuple[int, str, int]:
    """Its place."""
    return told.at, told.alert_id, told.revision


def ordered(transitions: Iterable[Transition]) -> Sequence[Transition]:
    """All of them in that order."""
    return sorted(transitions, key=order)
