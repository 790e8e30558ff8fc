"""The product's correlate role with a knife in its doors: as `tests.faults.worker`, and called in the same way."""

from __future__ import annotations

import sys

from ioc.streams import run_correlate
from ioc.streams.correlate import Correlate
from ioc.streams.fetched import Fetched, Finish
from tests.faults.worker import MANY, Victim, Watched, armed, strike, wanted
from tests.streams.across import crossing


class Struck(Correlate):
    async def handle(self, fetched: Fetched) -> Finish | None:
        if len(fetched.records) >= MANY:
            strike(wanted("fetch"))
        finish = await super().handle(fetched)
        return finish if finish is None else self._then(finish, fetched)

    async def _then(self, finish: Finish, fetched: Fetched) -> None:
        await finish
        if len(fetched.records) >= MANY:
            strike(wanted("ack"))


if __name__ == "__main__":
    config = armed(run_correlate, Publisher=Victim, Correlate=Struck, Watchdog=Watched)
    sys.exit(run_correlate.correlate(config, crossing()))
