"""Write without giving up: while the database cannot take it, nothing is lost, it only waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from ioc.desk.store import Store
from ioc.errors import Retryable

log = logging.getLogger(__name__)
Given = TypeVar("Given")


def _unheard(_error: Retryable) -> None:
    return None


async def persist(
    store: Store, work: Callable[[Session], Given], failing: Callable[[Retryable], None] = _unheard
) -> Given:
    """Run `work` in a writing transaction off the event loop; while the database cannot take it, wait and repeat.

    `failing` hears of each time it could not.
    """

    def once() -> Given:
        with store.writing() as session:
            return work(session)

    while True:
        try:
            return await asyncio.to_thread(once)
        except Retryable as error:
            log.warning("the desk's database cannot be written: %s", error)
            failing(error)
            await asyncio.sleep(error.retry_after)
