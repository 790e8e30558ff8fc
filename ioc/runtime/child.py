"""One role as a process, by its name: what the supervisor starts."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Literal, get_args

from ioc import metrics, supervise
from ioc.errors import Permanent, Retryable
from ioc.runtime.clock import RealClock
from ioc.runtime.explain import expected, explain
from ioc.runtime.role import Options, Role
from ioc.settings import load
from ioc.supervise import RESTART
from ioc.words import Lang

RoleName = Literal["broker", "evaluate", "correlate", "record", "intake", "gateway", "console", "grafana", "feeder"]
NAMES: tuple[RoleName, ...] = get_args(RoleName)
NOISY = (
    "faust",
    "mode",
    "aiokafka",
    "kafka",
    "httpx",
    "httpcore",
    "uvicorn",
    "ioc.streams.transport",
    "ioc.streams.app",
)
"""Libraries (and classes of theirs that we extend) that tell each step of their own."""


def command(arguments: Sequence[str]) -> int:
    """`python -m ioc child ROLE`: what the supervisor calls; the exit code."""
    parser = argparse.ArgumentParser(prog="ioc child", description="Run one role; `ioc up` starts these.")
    parser.add_argument("role")
    parser.add_argument("--journal", action="store_true")
    parser.add_argument("--scenario", default="")
    parser.add_argument("--speed", type=float, default=1.0)
    given = parser.parse_args(arguments)
    return run(given.role, Options(journal=given.journal, scenario=given.scenario, speed=given.speed))


def run(name: str, options: Options) -> int:
    """Run one role with the settings that IOC_SETTINGS names; the exit code. Mistakes end as sentences in its log.

    What may go better the next time asks the supervisor for it (exit 70).

    A role's libraries are imported with it and not before: six processes start on two cores.
    """
    supervise.attach()
    lang: Lang = "en" if os.environ.get("IOC_LANG") == "en" else "vi"
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        return _main(name, options)
    except Exception as wrong:  # noqa: BLE001 - the log of a role is where its details belong
        error = expected(wrong)
        if error is None:
            traceback.print_exception(wrong)
            return 1
        sys.stderr.write(explain(error, lang) + "\n")
        return RESTART if isinstance(error, Retryable) else 1


def _main(name: str, options: Options) -> int:
    if name not in NAMES:
        raise Permanent("role_unknown", name=name, known=", ".join(NAMES))
    role = Role(name, load(), options, RealClock())
    metrics.STARTED_SECONDS.labels(name).set(role.clock.now().timestamp())
    code: int = import_module(f"ioc.runtime.{name}").main(role)
    return code
