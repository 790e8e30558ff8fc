"""domain + quantity -> candidate rules: an event meets only the rules that can mean it.

A thousand rules over forty quantities cost an event no more than the twenty-five of its own quantity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ioc.alerts.plan import Plan


class Candidates(NamedTuple):
    """The rules one event meets, in id order; `keeps` tells that one of them needs to know the newest reading."""

    plans: tuple[Plan, ...]
    keeps: bool


class Index:
    """Candidates by quantity, for the rules of one domain (rules moved by silence or signals meet no event)."""

    def __init__(self, plans: Iterable[Plan]) -> None:
        met = [plan for plan in plans if plan.rule.condition.moved_by == "events"]
        names = {name for plan in met for name in plan.rule.quantity}
        self._others = _candidates(plan for plan in met if not plan.rule.quantity)
        self._by_quantity: Mapping[str, Candidates] = {
            name: _candidates(plan for plan in met if not plan.rule.quantity or name in plan.rule.quantity)
            for name in sorted(names)
        }

    def of(self, quantity: str) -> Candidates:
        """The candidates for events of one quantity."""
        return self._by_quantity.get(quantity, self._others)


def _candidates(plans: Iterable[Plan]) -> Candidates:
    found = tuple(sorted(plans, key=lambda plan: plan.id))
    return Candidates(found, any(plan.persists for plan in found))
