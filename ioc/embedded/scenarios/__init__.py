"""Stories of the province by name."""

from __future__ import annotations

from collections.abc import Mapping

from ioc.embedded.scenarios.quiet import QUIET
from ioc.embedded.scenarios.scenario import Act, Scenario

__all__ = ["SCENARIOS", "Act", "Scenario"]

SCENARIOS: Mapping[str, Scenario] = {one.name: one for one in (QUIET,)}
