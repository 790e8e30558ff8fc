"""Fault tests by id: `python -m tests.faults [ID...] [--long] [--on tansu kafka own] [--seed N]`; one line per run.

Tansu is started for each run. `kafka` is the one that IOC_KAFKA names, or that `scripts/services` holds up; `own` is a
Kafka that a run starts for itself. Exit code 1 when one failed; what a failed run has written is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from ioc.embedded.broker import Broker  # noqa: E402 - needs the path above
from tests.faults.ids import TRIALS  # noqa: E402
from tests.faults.trial import Ground, On, Trial, Verdict  # noqa: E402
from tests.real_services import started  # noqa: E402

WORDS = {"tansu": "Tansu 0.6", "kafka": "Kafka", "own": "a Kafka of its own"}


def one(trial: Trial, on: On, *, long: bool, seed: int) -> bool | None:
    """One run told in one line; None where its broker is not there."""
    place = Path(tempfile.mkdtemp(prefix=f"ioc-{trial.id.lower()}-"))
    began = time.monotonic()
    with ExitStack() as stack:
        address = ""
        if on == "tansu":
            address = stack.enter_context(Broker()).address
        elif on == "kafka":
            address = os.environ.get("IOC_KAFKA") or started("kafka").get("IOC_KAFKA", "")
            if not address:
                sys.stdout.write(f"skip  {trial.name}: no Kafka (scripts/services up kafka)\n")
                return None
        try:
            verdict = asyncio.run(trial.run(Ground(address, place, long, seed)))
        except Exception as error:  # noqa: BLE001 - one run that breaks must not hide the others
            verdict = Verdict(False, {"broke": f"{type(error).__name__}: {error}"})
    took = time.monotonic() - began
    mark = "pass" if verdict.good else "FAIL"
    line = f"{mark}  {trial.name}, {WORDS[on]}, seed {seed}: {verdict.line()} took={took:.0f}s logs={place}\n"
    sys.stdout.write(line)
    sys.stdout.flush()
    return verdict.good


def run(ids: Sequence[str], on: Sequence[str], *, long: bool, seed: int) -> bool:
    """All runs asked for; whether all held."""
    wanted = [trial for trial in TRIALS if not ids or trial.id in ids]
    unknown = set(ids) - {trial.id for trial in TRIALS}
    if unknown:
        sys.stderr.write(f"no fault test is called {', '.join(sorted(unknown))}\n")
        return False
    found = [one(trial, where, long=long, seed=seed) for trial in wanted for where in trial.on if where in on]
    return False not in found


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Fault tests by id.")
    parser.add_argument("ids", nargs="*", metavar="ID", help=", ".join(sorted({trial.id for trial in TRIALS})))
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--on", nargs="+", choices=["tansu", "kafka", "own"], default=["tansu", "kafka", "own"])
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    return 0 if run(given.ids, given.on, long=given.long, seed=given.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
