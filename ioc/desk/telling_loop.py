"""Move the chains on for as long as the desk lives: at every change, and when the next step is due."""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy.orm import Session

from ioc.desk.desk import Desk
from ioc.desk.persist import persist
from ioc.desk.store import last
from ioc.desk.telling import TOLD, Teller
from ioc.errors import Retryable

log = logging.getLogger(__name__)
LONGEST_S = 5.0
"""How long a desk sleeps at most: what another desk changed rings no bell here."""


async def telling_loop(desk: Desk, teller: Teller) -> None:
    """Tell until cancelled. Two desks on one database tell each thing once: the wants of a moment are one transaction."""
    waiter = desk.bell.waiter()
    next_at: int | None = 0
    while True:
        now = desk.now()
        try:
            changed = (next_at is not None and next_at <= now) or await desk.read(_changed)
        except Retryable as error:
            log.warning("the desk's database cannot be read: %s", error)
            desk.fails(error)
            await asyncio.sleep(error.retry_after)
            continue
        if changed:
            try:
                next_at = await persist(desk.store, lambda session: teller.run(session, desk.now()), desk.fails)
            except Exception:  # whatever is wrong with the desk's lists, screens and other loops go on
                log.exception("nobody can be told; it is tried again in %.0f s", LONGEST_S)
                desk.fails(Retryable("desk_untold", retry_after=LONGEST_S))
                await asyncio.sleep(LONGEST_S)
                next_at = desk.now()
                continue
            desk.bell.ring()
        pause = LONGEST_S if next_at is None else min(LONGEST_S, max(0.0, (next_at - desk.now()) / 1000))
        if not await waiter.wait(pause):
            # Another desk may have moved a chain and be gone since: what is due is found anew.
            next_at = desk.now()


def _changed(session: Session) -> bool:
    return last(session, "change") > last(session, TOLD)
