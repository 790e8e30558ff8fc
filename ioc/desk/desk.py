"""What the parts of one desk share: its database, its clock, its bell, and how it keeps up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.orm import Session

from ioc.desk.bell import Bell
from ioc.desk.moment import now_ms
from ioc.desk.store import Store
from ioc.errors import Retryable
from ioc.ports import Clock

Given = TypeVar("Given")


@dataclass
class Progress:
    """How the desk keeps up: shown beside the server's clock, because a board that stands still must say so."""

    behind: dict[int, int] = field(default_factory=dict)
    """Partition -> time stamp (epoch ms) of the newest record applied, where more of them wait."""
    failing: str | None = None
    """Code of what keeps the desk from reading or writing now."""
    since: int = 0
    """Epoch ms since when it fails."""
    applied: int = 0
    """Transitions applied by this process."""

    def oldest_age_s(self, now: int) -> int:
        """Age in seconds of the oldest record known to wait, or of the failure; 0 when all is applied."""
        waits = [*self.behind.values(), *([self.since] if self.failing else [])]
        return max(0, (now - min(waits)) // 1000) if waits else 0


@dataclass(frozen=True)
class Desk:
    """One desk in one process; its loops and the console's pages are given the same one."""

    store: Store
    clock: Clock
    bell: Bell = field(default_factory=Bell)
    progress: Progress = field(default_factory=Progress)

    def now(self) -> int:
        """Epoch ms."""
        return now_ms(self.clock)

    async def read(self, work: Callable[[Session], Given]) -> Given:
        """Run `work` in a reading transaction off the event loop; raises Retryable when it cannot be read now."""

        def once() -> Given:
            with self.store.reading() as session:
                return work(session)

        return await asyncio.to_thread(once)

    async def write(self, work: Callable[[Session], Given]) -> Given:
        """Run `work` in a writing transaction off the event loop, then ring; raises what `work` raises, or Retryable."""

        def once() -> Given:
            with self.store.writing() as session:
                return work(session)

        done = await asyncio.to_thread(once)
        self.bell.ring()
        return done

    def fails(self, error: Retryable) -> None:
        """Note that the desk cannot read or write now, and let the screens say so."""
        if self.progress.failing is None:
            self.progress.since = self.now()
        self.progress.failing = error.code
        self.bell.ring()
