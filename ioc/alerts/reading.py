"""A reading: what one figure, or one event by itself, says of every severity, packed into one small number.

`reach << 3 | stay`: the highest severity whose level is reached, and the highest whose clear level still holds. 0 is the
contrary of all; NEUTRAL says nothing either way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from ioc.alerts.kinds import Compare
from ioc.alerts.rule import Rule
from ioc.events.codec import Observed

Reader = Callable[[Observed], int]
"""What an event says before any memory is looked at."""
Ladder = Callable[[float], int]
"""What a figure says."""
NEUTRAL: Final = -1
REACHED: Final = 8
"""Readings from here on reach a severity."""
REMEMBERED: Final = 1 << 6
"""What a rule reads off any event that only its memory can judge."""


def remembered(_: Observed) -> int:
    """The reader of a rule whose memory takes in every event."""
    return REMEMBERED


def reading_of(rank: int) -> int:
    """The reading that reaches and stays at one rank."""
    return rank << 3 | rank


def bound(level: float, *, falling: bool, inclusive: bool) -> float:
    """The number that a value (negated where falling) must exceed to be beyond `level`."""
    edge = -level if falling else level
    return math.nextafter(edge, -math.inf) if inclusive else edge


def edges(rule: Rule, compare: Compare) -> list[tuple[int, float, float]]:
    """For each rank, rising: what a figure (negated where falling) must exceed to reach it, and to stay there."""
    falling = compare in ("below", "at_most")
    inclusive = compare in ("at_least", "at_most")
    steps: list[tuple[int, float, float]] = []
    for rank, level in rule.levels:
        fires = level.level if level.level is not None else 0.0
        keeps = fires if level.clear is None else level.clear
        both = [bound(edge, falling=falling, inclusive=inclusive) for edge in (fires, keeps)]
        steps.append((rank, both[0], both[1]))
    return steps


def ladder(rule: Rule, compare: Compare) -> Ladder:
    """How a figure is held against the rule's levels."""
    falling = compare in ("below", "at_most")
    steps = edges(rule, compare)

    def read(figure: float) -> int:
        value = -figure if falling else figure
        reach = stay = 0
        for rank, fire, keep in steps:
            if value > keep:
                stay = rank
                if value > fire:
                    reach = rank
        return reach << 3 | stay

    return read
