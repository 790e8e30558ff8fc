"""What every role is given: its settings, and what is loaded with them."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass

from ioc.catalogue import Catalogue
from ioc.runtime.clock import RealClock
from ioc.settings import Settings, load_catalogue


@dataclass(frozen=True)
class Options:
    """What only one role asks: the broker's journal, the simulated province's scenario and speed."""

    journal: bool = False
    scenario: str = ""
    speed: float = 1.0


@dataclass(frozen=True)
class Role:
    """One process of the product."""

    name: str
    settings: Settings
    options: Options
    clock: RealClock

    def catalogue(self) -> Catalogue:
        """Feeds and known heat sources."""
        paths = self.settings.paths
        return load_catalogue(paths.feeds, paths.heat, demo=self.settings.demo)


def stopped() -> asyncio.Event:
    """Make an event that SIGTERM and SIGINT set; call it inside the loop that waits for it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
