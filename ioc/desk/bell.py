"""Something changed: wakes whoever waits, within one event loop."""

from __future__ import annotations

import asyncio


class Bell:
    """Rung after a commit; a waiter that was busy when it rang finds it still rung."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Event] = set()

    def ring(self) -> None:
        """Wake all waiters."""
        for waiter in self._waiters:
            waiter.set()

    def waiter(self) -> Waiter:
        """A listener of its own, rung once at the start so that it looks before it waits."""
        event = asyncio.Event()
        event.set()
        self._waiters.add(event)
        return Waiter(event)


class Waiter:
    """One listener."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    async def wait(self, timeout_s: float | None = None) -> bool:
        """Return True when the bell rang since the last call, False when the time is over."""
        try:
            # Not wait_for: before Python 3.12 it loses a cancellation that comes with the ring.
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True
