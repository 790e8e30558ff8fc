"""One role as a process, by its name: what the supervisor starts."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from typing import Literal, get_args

from ioc import supervise
from ioc.errors import IocError, Permanent
from ioc.runtime.clock import RealClock
from ioc.runtime.role import Options, Role
from ioc.settings import ConfigMistakes, load
from ioc.words import Lang, say

RoleName = Literal["broker", "evaluate", "record", "intake", "gateway", "console", "feeder"]
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


def run(name: str, options: Options) -> int:
    """Run one role with the settings that IOC_SETTINGS names; the exit code. Mistakes end as sentences in its log.

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
        if name not in NAMES:
            raise Permanent("role_unknown", name=name, known=", ".join(NAMES))
        role = Role(name, load(), options, RealClock())
        code: int = import_module(f"ioc.runtime.{name}").main(role)
    except ConfigMistakes as wrong:
        sys.stderr.write("".join(f"{sentence}\n" for sentence in wrong.sentences(lang)))
        return 1
    except IocError as error:
        sys.stderr.write(say(error.key, lang, **error.values) + "\n")
        return 1
    return code
