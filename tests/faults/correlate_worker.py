"""The product's correlate role with a knife in its doors: as `tests.faults.worker`, and called in the same way."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path

from ioc.streams import run, run_correlate
from ioc.streams.correlate import Correlate
from ioc.streams.fetched import Fetched, Finish
from tests.faults.worker import BOOTSTRAP, FAULTS, MANY, PARTITIONS, SESSION, Victim, Watched, strike, wanted
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
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("ioc.streams.evaluate").setLevel(logging.INFO)
    for name, knife in (("Publisher", Victim), ("Correlate", Struck), ("Watchdog", Watched)):
        setattr(run_correlate, name, knife)
    config = run.Config(
        bootstrap=BOOTSTRAP,
        data=Path(tempfile.mkdtemp()),
        partitions=PARTITIONS,
        session=SESSION,
        ready=(FAULTS / f"{os.getpid()}-ready").touch,
    )
    sys.exit(run_correlate.correlate(config, crossing()))
