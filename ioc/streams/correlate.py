"""Role correlate: the signals of all domains -> the alerts that none of them could raise alone.

Everything is as in role evaluate (`ioc.streams.evaluate`): states in a changelog with their outboxes, transitions to
`ioc.alerts`, the list of what is open after a load. Only the records are signals, and the keys are cells of a grid.
"""

from __future__ import annotations

from typing import Any, cast

from ioc.streams.crossing import Crossing
from ioc.streams.editions import Editions
from ioc.streams.evaluate import Evaluate
from ioc.streams.inlet import ALL
from ioc.streams.partition import Partition
from ioc.streams.rulebook import Rulebook
from ioc.streams.signal_rules import SignalRules


class Correlate(Evaluate):
    """The agent of `ioc.signals`."""

    role = "correlate"

    def __init__(self, rules: SignalRules | Editions, **given: Any) -> None:
        super().__init__(ALL, rules, partitions=1, **given)

    def _partition(self, rules: Rulebook, number: int) -> Partition:  # noqa: ARG002 - there is one
        return Crossing(cast("SignalRules", rules), self._topic_id)
