"""Stories of the province by name."""

from __future__ import annotations

from collections.abc import Mapping

from ioc.embedded.scenarios.brute_force import BRUTE_FORCE
from ioc.embedded.scenarios.forest_fire import FOREST_FIRE
from ioc.embedded.scenarios.link_cut import LINK_CUT
from ioc.embedded.scenarios.quiet import QUIET
from ioc.embedded.scenarios.scenario import Act, Scenario
from ioc.embedded.scenarios.smog import SMOG
from ioc.errors import Permanent

__all__ = ["DEFAULT", "SCENARIOS", "Act", "Scenario", "named", "names"]

SCENARIOS: Mapping[str, Scenario] = {one.name: one for one in (FOREST_FIRE, SMOG, BRUTE_FORCE, LINK_CUT, QUIET)}
DEFAULT = FOREST_FIRE.name


def names() -> tuple[str, ...]:
    """Every name that `--scenario` takes, the default first."""
    return tuple(SCENARIOS)


def named(name: str) -> Scenario:
    """The scenario of that name, the default for none; raises Permanent `no_scenario`."""
    found = SCENARIOS.get(name or DEFAULT)
    if found is None:
        raise Permanent("no_scenario", name=name, names=", ".join(names()))
    return found
