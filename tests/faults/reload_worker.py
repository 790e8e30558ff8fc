"""The product's evaluate role by the rules that the log orders, as a process.

    python -m tests.faults.reload_worker BOOTSTRAP PARTITIONS SESSION PLACE

PLACE holds the directories `rules` and `feeds`; `<pid>-ready` appears there when the group has given it partitions.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path

from ioc.alerts.edition import Edition
from ioc.runtime.clock import RealClock
from ioc.settings.edition import load_edition
from ioc.streams import run
from ioc.streams.apply import Ordered

BOOTSTRAP, PARTITIONS, SESSION, PLACE = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])


def initial() -> Edition:
    return load_edition(PLACE / "rules", PLACE / "feeds", demo=False)[0]


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    config = run.Config(
        bootstrap=BOOTSTRAP,
        data=Path(tempfile.mkdtemp()),
        partitions=PARTITIONS,
        session=SESSION,
        ready=(PLACE / f"{os.getpid()}-ready").touch,
    )
    sys.exit(run.evaluate(config, Ordered(initial=initial, at=int(RealClock().now().timestamp() * 1000), by="test")))
