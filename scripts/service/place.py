"""Where downloads, builds, data, logs and secrets lie: one folder outside the clone."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class ServiceError(Exception):
    """One sentence for a person: what is wrong and what to do about it."""


def root() -> Path:
    """IOC_SERVICES_DIR, else ioc-services in the user's cache folder."""
    given = os.environ.get("IOC_SERVICES_DIR")
    if given:
        return Path(given).absolute()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache).absolute() / "ioc-services"


def folder(*parts: str) -> Path:
    """A folder below the root that only its owner can read; made when missing."""
    path = root()
    for part in ("", *parts):
        path = path / part
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ServiceError(
                f"Cannot make {path} ({error.strerror}); name a writable folder with IOC_SERVICES_DIR."
            ) from error
    return path


def port(service: str, default: int) -> int:
    """IOC_SERVICES_<SERVICE>_PORT, else the default."""
    name = f"IOC_SERVICES_{service.upper()}_PORT"
    given = os.environ.get(name, str(default))
    if not (given.isascii() and given.isdecimal()) or not 0 < int(given) < 65535:
        raise ServiceError(f"{name} is {given!r}; give a port number from 1 to 65534.")
    return int(given)


def state_file(service: str) -> Path:
    """What is known of a started service: process, address, environment for its users."""
    return folder("state") / f"{service}.json"


def read_state(service: str) -> dict[str, Any]:
    """The state as it was last written; empty when the service was never started."""
    try:
        state = json.loads(state_file(service).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(service: str, state: dict[str, Any]) -> None:
    """Replace the state in one step, so that a reader never sees half of it."""
    path = state_file(service)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(state, indent=2) + "\n", "utf-8")
    fresh.replace(path)


def forget_state(service: str) -> None:
    """The service is stopped."""
    state_file(service).unlink(missing_ok=True)


def write_secret(path: Path, text: str) -> Path:
    """Write a file that only its owner can read, from its first byte on."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def secret(name: str) -> Path:
    """A file with a secret of its own for this machine, drawn when first asked for."""
    path = folder("secret") / name
    if not path.exists():
        write_secret(path, secrets.token_urlsafe(32))
    return path


@contextmanager
def lock(service: str, say: "Say") -> Iterator[None]:
    """One command at a time for one service; a second one waits for the first."""
    with (folder("lock") / service).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another run is at work on it, waiting")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Say:
    """Plain progress lines: service, seconds since it began, words."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.began = time.monotonic()

    def __call__(self, words: str) -> None:
        """Print one line at once."""
        print(f"{self.service:10} {self.seconds:7.1f} s  {words}", flush=True)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.began
