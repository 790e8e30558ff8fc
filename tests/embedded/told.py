"""What the shipped rules say of a scenario, played by the province's pace in virtual time."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from ioc.alerts.alert import Transition
from ioc.embedded.pace import Pace, paced
from ioc.embedded.province import World
from ioc.embedded.province.native import HOUR, MINUTE
from ioc.embedded.scenarios import SCENARIOS
from ioc.events.domains import DOMAINS, Domain
from tests.embedded.virtual import catalogue, hear, run, shipped_rules

WALL = 1_778_730_123_456
"""Thursday 14 May 2026, 10:42:03 in Thái Nguyên; no story may need a round minute."""


class Told(NamedTuple):
    """Transitions of all domains that the story touches, in the order of the log clock."""

    pace: Pace
    transitions: tuple[Transition, ...]

    def seconds(self, transition: Transition) -> float:
        """Seconds of the wall's time since the start."""
        return (transition.clock - self.pace.wall) / 1000


def touched(name: str) -> list[Domain]:
    sources = {effect.source for effect in SCENARIOS[name].effects}
    return [one for one in DOMAINS if any(catalogue().by_source[source][0].domain == one for source in sources)]


AFTERWARDS = 75 * MINUTE
"""Until the longest settle of a rule is over that only time ends."""


def ends(name: str, domain: Domain) -> int:
    """Milliseconds from the beginning after which the story does nothing more in this domain."""
    own = [e.until for e in SCENARIOS[name].effects if catalogue().by_source[e.source][0].domain == domain]
    return min(SCENARIOS[name].length, max(own) + AFTERWARDS)


@cache
def told(name: str, speed: float = 1.0) -> Told:
    scenario = SCENARIOS[name]
    pace = paced(scenario, speed, WALL)
    world = World(1, scenario.story(scenario.begin(pace.begin)))
    found: list[Transition] = []
    for domain in touched(name):
        end = pace.begin + ends(name, domain)
        arrivals = hear(world, domain, pace.begin - 2 * HOUR, end, pace.wall_of).arrivals
        found += run(shipped_rules(), domain, arrivals, pace.wall, pace.wall_of(end))
    return Told(pace, tuple(sorted(found, key=lambda one: one.clock)))
