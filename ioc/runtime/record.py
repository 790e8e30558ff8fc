"""Role record: events into history; an outage of history only makes it wait."""

from __future__ import annotations

import asyncio

from ioc.histories import Rollups
from ioc.ports import History
from ioc.runtime import stream
from ioc.runtime.history import history
from ioc.runtime.role import Role
from ioc.streams import run
from ioc.streams.fetched import Fetched, Finish, Handler
from ioc.streams.publish import Publisher
from ioc.streams.record import Recorder
from ioc.streams.rolls import keep_rolled


def main(role: Role) -> int:
    """Run until SIGTERM."""
    keeper = _Keeper(role)
    return run.record(stream.config(role, role.settings.metrics.record), keeper.handler, keeper.waits, keeper.close)


class _Keeper:
    """A recorder whose history is made by the first chunk, inside the loop that will use it."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self._history: History | None = None
        self._recorder: Recorder | None = None
        self._rolling: asyncio.Task[None] | None = None

    def handler(self, publisher: Publisher) -> Handler:
        """The handler of the role."""

        async def handle(fetched: Fetched) -> Finish | None:
            if self._recorder is None:
                self._history = history(self._role)
                self._recorder = Recorder(self._history, publisher)
                if isinstance(self._history, Rollups):
                    self._rolling = asyncio.create_task(keep_rolled(self._history))
            return await self._recorder(fetched)

        return handle

    def waits(self) -> bool:
        """Whether history is in trouble: then no progress is no fault of the consumer."""
        return self._recorder is not None and self._recorder.waiting is not None

    async def close(self) -> None:
        """Let go of history."""
        if self._rolling is not None:
            self._rolling.cancel()
            await asyncio.wait([self._rolling])
        if self._history is not None:
            await self._history.close()
