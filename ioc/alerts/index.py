"""domain + quantity -> candidate rules: an event meets only the rules that can mean it.

A thousand rules over forty quantities cost an event no more than the twenty-five of its own quantity.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ioc.alerts.conditions.value import Thresholds
from ioc.alerts.plan import Plan


class Candidates(NamedTuple):
    """The rules one event meets, in id order; `keeps` tells that one of them needs to know the newest reading.

    A value from `low` to `high` is calm for every rule in `ids`, which judge each value by itself: unless one of them
    remembers something of the source, such an event need meet only the `others`.
    """

    plans: tuple[Plan, ...]
    keeps: bool
    others: tuple[Plan, ...]
    ids: frozenset[str]
    low: float
    high: float


class Index:
    """Candidates by quantity, for the rules of one domain (rules moved by silence or signals meet no event).

    `named` are those of quantities that a rule names, `others` of all else.
    """

    def __init__(self, plans: Iterable[Plan]) -> None:
        met = [plan for plan in plans if plan.rule.condition.moved_by == "events"]
        names = {name for plan in met for name in plan.rule.quantity}
        self.others = _candidates(plan for plan in met if not plan.rule.quantity)
        self.named: Mapping[str, Candidates] = {
            name: _candidates(plan for plan in met if not plan.rule.quantity or name in plan.rule.quantity)
            for name in sorted(names)
        }

    def of(self, quantity: str) -> Candidates:
        """The candidates for events of one quantity."""
        return self.named.get(quantity, self.others)


def _candidates(plans: Iterable[Plan]) -> Candidates:
    found = tuple(sorted(plans, key=lambda plan: plan.id))
    low, high = -math.inf, math.inf
    calm = set()
    for plan in found:
        if isinstance(plan.judge, Thresholds) and plan.plain:
            calm.add(plan.id)
            if plan.falling:
                low = max(low, -plan.judge.floor)
            else:
                high = min(high, plan.judge.floor)
    others = tuple(plan for plan in found if plan.id not in calm)
    return Candidates(found, any(plan.persists for plan in found), others, frozenset(calm), low, high)
