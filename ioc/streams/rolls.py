"""Rollups are kept up beside the recorder: a loop that works out what is due, and is never in the way of an event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from ioc.errors import Permanent, Retryable
from ioc.histories import Rollups

log = logging.getLogger(__name__)
EVERY_S: Final = 30.0
"""Windows end every five minutes; several recorders take turns by chance, and the same window twice does no harm."""
NEXT_S: Final = 0.2
"""Between two parts of a long catching-up: events are written first."""


async def keep_rolled(history: Rollups, pause: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
    """Until cancelled. An outage is the recorder's to tell; a fault is told once, until it is another."""
    told = ""
    while True:
        wait = EVERY_S
        try:
            if await history.roll():
                wait = NEXT_S
            told = ""
        except Retryable as error:
            wait = max(EVERY_S, error.retry_after)
        except (Permanent, ValueError, KeyError, TypeError) as error:
            if repr(error) != told:
                log.exception("rollups stand still; events are written all the same")
            told = repr(error)
        await pause(wait)
