"""A stuck value: how long the newest run of readings within the tolerance has lasted, from its first to its newest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.alerts.naive.heard import Judged, Rule, levels, ms
from tests.alerts.naive.ladder import Reading
from tests.alerts.naive.values import in_order


def runs(rule: Rule, events: Sequence[Judged]) -> list[list[tuple[int, Judged]]]:
    """Cut the readings wherever one lies outside the tolerance of its run."""
    within = rule["condition"].get("within", 0.0)
    found: list[list[tuple[int, Judged]]] = []
    for place, one in in_order(events):
        values = [each.event.value for _, each in found[-1]] if found else []
        if values and max(*values, one.event.value) - min(*values, one.event.value) <= within:
            found[-1].append((place, one))
        else:
            found.append([(place, one)])
    return found


def flatlines(rule: Rule, events: Sequence[Judged]) -> Iterator[Reading]:
    """Each reading says how far its run has come."""
    period = ms(rule["condition"]["for"])
    for run in runs(rule, events):
        first = run[0][1].at
        for length, (place, one) in enumerate(run, start=1):
            rank = 0
            if length >= rule["condition"].get("min_events", 6):
                rank = max((rank for rank, (n, _) in levels(rule).items() if one.at - first >= n * period), default=0)
            yield Reading(one.told, place, one.at, rank, rank)
