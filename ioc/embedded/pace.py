"""How the province's time runs beside the wall's when a scenario is played faster.

Event time is what the feeds say, and no door takes an event of the future. So a story that is played N times as fast
begins in the past, so far that it catches up with the present at its end, and from then on time is the wall's. Holds,
windows and settles, which run on event time, pass N times as fast; silences are counted by the broker's clock and take
their real time (scenarios that show silences are played in real time only).
"""

from __future__ import annotations

from typing import NamedTuple

from ioc.embedded.scenarios import Scenario
from ioc.errors import Permanent

FASTEST = 100.0
"""Beyond this the senders of 28,000 messages a day could no longer keep their order in time on a small machine."""


class Pace(NamedTuple):
    """`wall` is when playing begins (epoch ms), `length` how much story is played faster."""

    wall: int
    speed: float
    length: int

    @property
    def begin(self) -> int:
        """The province's time when playing begins."""
        return self.wall - self.length + round(self.length / self.speed)

    @property
    def caught_up(self) -> int:
        """When both times are the same again, and stay so."""
        return self.begin + self.length

    def wall_of(self, at: int) -> int:
        """When something that happens at `at` in the province is due; the hours before the story are due at once."""
        if at >= self.caught_up:
            return at
        return self.wall + max(0, round((at - self.begin) / self.speed))

    def speed_at(self, at: int) -> float:
        """How much faster than the wall's the province's time runs at `at`."""
        return 1.0 if at >= self.caught_up else self.speed


def paced(scenario: Scenario, speed: float, now: int) -> Pace:
    """The pace of a scenario that is started at `now`; raises Permanent `bad_speed`."""
    if not 1 <= speed <= FASTEST:
        raise Permanent("bad_speed", limit=f"{FASTEST:g}")
    return Pace(now, 1.0 if scenario.real_time else speed, scenario.length)
