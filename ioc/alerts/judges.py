"""Kind of condition -> how it is judged: the one place where the engine meets the kinds by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ioc.alerts.conditions.aggregate import threshold
from ioc.alerts.conditions.change import Changes
from ioc.alerts.conditions.counting import Cardinalities, Counts, Percentages
from ioc.alerts.conditions.flatline import Flatlines
from ioc.alerts.conditions.near import Nears
from ioc.alerts.conditions.new_value import NewValues
from ioc.alerts.conditions.sequence import Sequences
from ioc.alerts.conditions.spike import Spikes
from ioc.alerts.conditions.value import Matches
from ioc.alerts.judge import Judge, Waiting
from ioc.alerts.rule import Rule

JUDGES: Final[Mapping[str, Callable[[Rule], Judge]]] = {
    "match": Matches,
    "threshold": threshold,
    "count": Counts,
    "percentage": Percentages,
    "cardinality": Cardinalities,
    "change": Changes,
    "absence": Waiting,
    "near": Nears,
    "spike": Spikes,
    "flatline": Flatlines,
    "new_value": NewValues,
    "sequence": Sequences,
}
"""Every kind of `ioc.alerts.kinds.CONDITIONS`."""


def judge_of(rule: Rule) -> Judge:
    """The compiled condition of one rule."""
    return JUDGES[rule.kind](rule)
