"""The product's evaluate role, two domains, one of which has rules that take their time: called as `worker`.

IOC_FAULTS_SLOW is how long each event of the domain `environment` takes, in seconds.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from ioc.streams import run
from ioc.streams.rulebook import Rulebook
from tests.faults.worker import armed
from tests.streams import small_rules, two_hops

SECONDS = float(os.environ["IOC_FAULTS_SLOW"])


class Slow:
    """A rulebook whose every step takes long, as a rule may that somebody wrote without thinking of it."""

    def __init__(self, rules: Any) -> None:
        self._rules = rules

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rules, name)

    def step(self, *given: Any) -> Any:
        until = time.perf_counter() + SECONDS
        while time.perf_counter() < until:  # computing, not waiting: nothing else runs meanwhile
            pass
        return self._rules.step(*given)


if __name__ == "__main__":
    slow: Any = Slow(small_rules.rulebook())
    rules: dict[Any, Rulebook] = {"environment": slow, "netsec": two_hops.rulebook()}
    sys.exit(run.evaluate(armed(run), rules))
