"""Where an `ioc up` runs: a directory that no other one uses, and ports that nobody holds."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ioc.errors import Permanent

HOST = "127.0.0.1"


@contextlib.contextmanager
def directory(wanted: Path | None) -> Iterator[Path]:
    """The data directory, made and locked for this run; a temporary one, removed at the end, if none is wanted.

    The lock is the kernel's (flock): it goes with the process, whatever ended it.
    """
    if wanted is None:
        with tempfile.TemporaryDirectory(prefix="ioc-", ignore_cleanup_errors=True) as made:
            yield Path(made)
        return
    path = wanted.absolute()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Permanent("data_read_only", path=path) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Permanent("data_locked", path=path) from error
        yield path
    finally:
        os.close(lock)


def ports_free(console: int) -> None:
    """Raise Permanent for the first of console, gateway and metrics port that cannot be had."""
    for port in range(console, console + 3):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                code = "port_denied" if error.errno == errno.EACCES else "port_taken"
                raise Permanent(code, port=port, host=HOST) from error


def free_port() -> int:
    """A port that nobody holds now, for the broker: its clients learn it from the settings file."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        number: int = probe.getsockname()[1]
        return number
