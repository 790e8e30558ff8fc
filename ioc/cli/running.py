"""How a command finds the running `ioc up`: a file per console port, in a directory that only its user can enter.

The file names the settings file and is locked (flock) by the `ioc up` that wrote it. The lock is the kernel's and goes
with the process, so a file left behind by a crash is told from one of a running system.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ioc.errors import Permanent

PATH_BYTES = 4096


def folder() -> Path:
    """`<temporary directory>/ioc-<user id>`, made when it is missing; raises Permanent where it cannot be trusted."""
    path = Path(tempfile.gettempdir()) / f"ioc-{os.getuid()}"
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise Permanent("running_folder", path=path) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Permanent("running_folder", path=path)
    return path


@contextlib.contextmanager
def announce(port: int, settings_path: Path) -> Iterator[None]:
    """While inside, `find(port)` gives `settings_path`."""
    path = folder() / str(port)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Permanent("port_taken", port=port, host="127.0.0.1") from error
        os.ftruncate(handle, 0)
        os.write(handle, os.fsencode(settings_path.absolute()))
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(handle)


def find(port: int) -> Path:
    """The settings file of the `ioc up` whose console is on that port; raises Permanent where none runs."""
    nobody = Permanent("nothing_runs", port=port)
    try:
        handle = os.open(folder() / str(port), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise nobody from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        named = Path(os.fsdecode(os.read(handle, PATH_BYTES)))
    else:
        raise nobody
    finally:
        os.close(handle)
    if not named.is_file():
        raise nobody
    return named
