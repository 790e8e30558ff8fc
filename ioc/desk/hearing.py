"""Hear what comes back by channels that hear: answers are acted on, delivery reports written down, then the next asked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from typing import Final

from sqlalchemy.orm import Session

from ioc.desk import outbox
from ioc.desk.desk import Desk
from ioc.desk.persist import persist
from ioc.desk.replies import take_reply
from ioc.ports import Channel, Hearing, Report, Said

log = logging.getLogger(__name__)

EARLY_S: Final = 2.0
"""A report may come before the message it is of was written down as sent."""
AGAIN_S: Final = 1.0
"""Before a channel whose hearing broke off is heard again."""


async def hearing_loop(desk: Desk, channels: Mapping[str, Channel]) -> None:
    """Hear until cancelled."""
    async with asyncio.TaskGroup() as group:
        for name, channel in channels.items():
            if isinstance(channel, Hearing):
                group.create_task(_hear(desk, name, channel))


async def _hear(desk: Desk, name: str, channel: Hearing) -> None:
    while True:
        try:
            async with aclosing(channel.hear()) as heard:
                async for one in heard:
                    await _one(desk, name, one)
        except Exception:
            log.exception("%s: hearing broke off, and begins again", name)
        await asyncio.sleep(AGAIN_S)


async def _one(desk: Desk, name: str, one: Said | Report) -> None:
    try:
        if isinstance(one, Said):
            await _reply(desk, name, one)
        elif "\0" in one.reference:
            # PostgreSQL cannot even be asked for it, so no message of ours bears it.
            log.warning("%s reports on a message whose reference is none", name)
        elif not await _report(desk, name, one):
            await asyncio.sleep(EARLY_S)
            if not await _report(desk, name, one):
                log.info("%s reports on a message that is not known here", name)
    except Exception:
        # One thing heard that cannot be acted on must not keep the others from being heard.
        log.exception("%s: what was heard could not be acted on", name)


async def _reply(desk: Desk, name: str, said: Said) -> None:
    def work(session: Session) -> str:
        return take_reply(session, name, said, desk.now()).outcome

    outcome = await persist(desk.store, work, desk.fails)
    # The sender's number and words are personal data: the log has neither.
    log.info("%s: an answer, %s", name, outcome)
    desk.bell.ring()


async def _report(desk: Desk, name: str, report: Report) -> bool:
    known = await persist(
        desk.store, lambda session: outbox.record_report(session, name, report, desk.now()), desk.fails
    )
    desk.bell.ring()
    return known
