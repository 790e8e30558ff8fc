"""Run a program that must not outlive the process that asked for it: `python leash.py PARENT PROGRAM ARGUMENT...`.

On Linux the kernel keeps the promise (prctl PR_SET_PDEATHSIG) and this file is replaced by the program. The signal
comes when the *thread* that started us ends, so start from a thread that lives as long as its process. Elsewhere this
process stays, looks every half second whether PARENT is still its parent, and ends the program when it is not.

A file of its own that imports nothing of ours: it starts in a fraction of what the package would take.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from types import FrameType

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 0.5
GRACE_SECONDS = 4.0


def become(parent: int, command: list[str]) -> None:
    """Linux: ask the kernel for SIGTERM at the parent's end, then turn into the program."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(0)  # it ended before we could ask
    os.execv(command[0], command)  # noqa: S606 - the command is the caller's own


def watch(parent: int, command: list[str]) -> int:
    """Elsewhere: stay beside the program; its exit code is ours."""
    child = subprocess.Popen(command)  # noqa: S603 - the command is the caller's own

    def passed_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, passed_on)
    signal.signal(signal.SIGINT, passed_on)
    while True:
        try:
            return child.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            if os.getppid() == parent:
                continue
        child.terminate()
        try:
            return child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def main(arguments: list[str]) -> int:
    """Exit code of the program (Linux: never returns)."""
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        become(parent, command)
    return watch(parent, command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
