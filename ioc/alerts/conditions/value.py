"""match and threshold: what one event by itself says of each severity.

A reading packs two ranks into one number, `reach << 3 | stay`: the highest severity whose fire level the event
reaches, and the highest whose clear level it still holds. 0 is the contrary; NEUTRAL says nothing either way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from ioc.alerts.rule import Match, Rule, Threshold
from ioc.alerts.where import compile_where
from ioc.events.codec import Observed

Reader = Callable[[Observed], int]
NEUTRAL: Final = -1
COUNTED: Final = 1 << 6
"""What a count rule reads off any event: only its window can tell more."""


def reading_of(rank: int) -> int:
    """The reading that reaches and stays at one rank."""
    return rank << 3 | rank


def reader(rule: Rule) -> Reader:
    """How this rule reads an event; for match and threshold only."""
    if isinstance(rule.condition, Match):
        return _match(rule, rule.condition)
    if isinstance(rule.condition, Threshold):
        return _threshold(rule, rule.condition)
    raise TypeError(rule.kind)


def _match(rule: Rule, condition: Match) -> Reader:
    said = compile_where(condition.when, rule.domain)
    until = None if condition.until is None else compile_where(condition.until, rule.domain)
    falling = [(reading_of(rank), compile_where(level.when, rule.domain)) for rank, level in reversed(rule.levels)]

    def read(event: Observed) -> int:
        if said is None or said(event):
            for reading, when in falling:
                if when is None or when(event):
                    return reading
        # Looked at last: an event that says both is taken for the alarm, not for the all-clear.
        return 0 if until is not None and until(event) else NEUTRAL

    return read


def bound(level: float, *, falling: bool, inclusive: bool) -> float:
    """The number that a value (negated where falling) must exceed to be beyond `level`."""
    edge = -level if falling else level
    return math.nextafter(edge, -math.inf) if inclusive else edge


def _threshold(rule: Rule, condition: Threshold) -> Reader:
    falling = condition.compare in ("below", "at_most")
    inclusive = condition.compare in ("at_least", "at_most")
    steps: list[tuple[int, float, float]] = []
    for rank, level in rule.levels:
        fires = level.level if level.level is not None else 0.0
        keeps = fires if level.clear is None else level.clear
        edges = [bound(edge, falling=falling, inclusive=inclusive) for edge in (fires, keeps)]
        steps.append((rank, edges[0], edges[1]))
    lowest = steps[0][2]
    calm = 0 if condition.persists else NEUTRAL

    def read(event: Observed) -> int:
        value = -event.value if falling else event.value
        if value <= lowest:
            return calm
        reach = stay = 0
        for rank, fire, keep in steps:
            if value > keep:
                stay = rank
                if value > fire:
                    reach = rank
        return reach << 3 | stay

    return read
