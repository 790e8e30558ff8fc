"""Send what waits in the outbox, each channel by itself: a slow one delays no other."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.orm import Session

from ioc.desk import outbox
from ioc.desk.desk import Desk
from ioc.desk.persist import persist
from ioc.errors import IocError, Retryable
from ioc.ports import Channel, Narrow, Notice, Paced

log = logging.getLogger(__name__)

UNCLEAR = frozenset({"way_unclear", "sms_gateway_answer", "sms_gateway_status"})
"""Answers after which the receiver has perhaps taken it: the person may be reading the same text again and again."""
MOST_UNCLEAR = 12
"""About a quarter of an hour by the outbox's waits; whom eleven copies did not reach, a twelfth does not."""
AT_ONCE = 8
"""Notices of one channel on their way at the same time; more would only queue at the receiver."""
LOOK_S = 5.0
"""How long a desk waits before it looks for notices that another desk left behind."""


async def outbox_loop(desk: Desk, channels: Mapping[str, Channel], at_once: int = AT_ONCE) -> None:
    """Deliver until cancelled; what was leased and not sent is then given back."""
    async with asyncio.TaskGroup() as group:
        for name, channel in channels.items():
            width = min(at_once, channel.at_once) if isinstance(channel, Narrow) else at_once
            group.create_task(_Deliverer(desk, name, channel, max(1, width)).run())


class _Deliverer:
    """One channel of one desk."""

    def __init__(self, desk: Desk, name: str, channel: Channel, at_once: int) -> None:
        self._desk = desk
        self._name = name
        self._channel = channel
        self._owner = secrets.token_hex(8)
        self._at_once = at_once
        self._sending: set[asyncio.Task[None]] = set()
        self._unclear: Counter[int] = Counter()

    async def run(self) -> None:
        """Lease, send, wait for what comes next."""
        waiter = self._desk.bell.waiter()
        try:
            while True:
                pause = await asyncio.to_thread(self._pause)
                if pause > 0:
                    await waiter.wait(pause)
                    continue
                for notice in await persist(self._desk.store, self._lease):
                    task = asyncio.create_task(self._deliver(notice))
                    self._sending.add(task)
                    task.add_done_callback(self._sent)
        finally:
            for task in self._sending:
                task.cancel()
            await asyncio.gather(*self._sending, return_exceptions=True)
            await asyncio.to_thread(self._release)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._desk.bell.ring()

    def _lease(self, session: Session) -> Sequence[outbox.Leased]:
        limit = self._at_once - len(self._sending)
        return outbox.lease(session, self._name, self._owner, self._desk.now(), limit)

    def _pause(self) -> float:
        """Seconds until something may be due; 0 when something is."""
        if len(self._sending) >= self._at_once:
            return LOOK_S
        rest = self._channel.rests() if isinstance(self._channel, Paced) else 0.0
        if rest > 0:
            return rest
        try:
            with self._desk.store.reading() as session:
                due = outbox.next_due(session, self._name)
        except Retryable as error:
            return error.retry_after
        return LOOK_S if due is None else min(LOOK_S, max(0.0, (due - self._desk.now()) / 1000))

    def _release(self) -> None:
        try:
            with self._desk.store.writing() as session:
                outbox.release(session, self._owner)
        except Retryable as error:
            log.warning("leases of %s stay until they end: %s", self._name, error)

    async def _deliver(self, notice: outbox.Leased) -> None:
        await persist(self._desk.store, await self._send(notice))

    async def _send(self, notice: outbox.Leased) -> Callable[[Session], object]:
        """Send once; gives what to write down."""
        try:
            receipt = await self._channel.send(Notice(notice.key, notice.body, notice.address, notice.lang))
        except Retryable as error:
            asked, code = int(error.retry_after * 1000), error.code
            if not self._gives_up(notice, code):
                return lambda session: self._failed(session, notice, code, asked)
            log.warning("%s has perhaps taken %s and never says so: it is given up", self._name, notice.key)
            return lambda session: outbox.record_refused(session, notice, self._owner, code)
        except IocError as error:
            log.warning("%s refuses %s: %s", self._name, notice.key, error)
            code = error.code
            return lambda session: outbox.record_refused(session, notice, self._owner, code)
        except Exception:
            log.exception("%s cannot send %s", self._name, notice.key)
            return lambda session: self._failed(session, notice, "channel_broken", 0)
        self._unclear.pop(notice.id, None)
        return lambda session: outbox.record_sent(session, notice, self._owner, self._desk.now(), receipt)

    def _gives_up(self, notice: outbox.Leased, code: str) -> bool:
        if code not in UNCLEAR:
            return False
        self._unclear[notice.id] += 1
        if self._unclear[notice.id] < MOST_UNCLEAR:
            return False
        del self._unclear[notice.id]
        return True

    def _failed(self, session: Session, notice: outbox.Leased, code: str, asked_ms: int) -> int:
        return outbox.record_failed(session, notice, self._owner, self._desk.now(), error=code, asked_ms=asked_ms)
