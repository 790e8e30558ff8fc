"""What a scenario is: a story with a name, a length and its acts in words."""

from __future__ import annotations

from typing import NamedTuple

from ioc.embedded.province.native import DAY, midnight
from ioc.embedded.province.story import Effect, Story


class Act(NamedTuple):
    """What happens from `at` (ms after the beginning) on, for the reader of docs/scenarios.md."""

    at: int
    text: str


class Scenario(NamedTuple):
    """`effects` are relative to the beginning. `length` ms: when everything has ended, all-clears included.

    `daily`: the story begins at local midnight and repeats every day. `real_time`: it shows silences, which the
    broker's clock counts, so playing it faster would show nothing.
    """

    name: str
    summary: str
    effects: tuple[Effect, ...]
    acts: tuple[Act, ...]
    length: int
    daily: bool = False
    real_time: bool = False

    def begin(self, now: int) -> int:
        """When the story begins that is started at `now`."""
        return midnight(now) if self.daily else now

    def story(self, begin: int) -> Story:
        """The story with its beginning at `begin` (epoch ms)."""
        return Story(self.effects, begin, DAY if self.daily else 0)
