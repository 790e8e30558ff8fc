"""Programs that a service is built or run with: found, installed from Debian, or asked for in one sentence."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from service.place import Say, ServiceError, folder


def find(name: str, *elsewhere: str) -> str | None:
    """The program's path from PATH, else from the folders named, where Debian keeps some programs."""
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(elsewhere))


def program(name: str, package: str, say: Say, *elsewhere: str) -> str:
    """The program's path; missing, its Debian package is installed (as root) or asked for."""
    found = find(name, *elsewhere)
    if found is None:
        install(package, f"the program {name}", say)
        found = find(name, *elsewhere)
    if found is None:
        raise ServiceError(
            f"The package {package} is installed, yet it brought no program {name}; look at the package."
        )
    return found


def install(package: str, why: str, say: Say) -> None:
    """Install a Debian package, or say in one sentence how to get it."""
    apt = shutil.which("apt-get")
    if apt is None:
        raise ServiceError(
            f"Missing: {why}; install it with this system's package manager (Debian calls it {package})."
        )
    if os.geteuid() != 0:
        raise ServiceError(f"Missing: {why}; install it with `sudo apt-get install {package}` and run this again.")
    say(f"installing the Debian package {package}")
    quiet = [apt, "-q", "-y", "-o", "DPkg::Lock::Timeout=600"]
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    wanted = [*quiet, "install", "--no-install-recommends", package]
    try:
        run(wanted, f"apt-{package}", environment)
    except ServiceError:
        # The package lists may be missing or old.
        run([*quiet, "update"], f"apt-{package}", environment)
        run(wanted, f"apt-{package}", environment)


def run(
    command: Sequence[str],
    log: str,
    environment: Mapping[str, str] | None = None,
    *,
    cwd: Path | None = None,
    limit: float = 1800.0,
    user: str | None = None,
) -> str:
    """Run a command to its end, its output in a log file; what it wrote is returned.

    A failure or more than `limit` seconds is a ServiceError that names the log.
    """
    path = folder("log") / f"{log}.log"
    with path.open("w", encoding="utf-8") as out:
        out.write(f"$ {' '.join(command)}\n")
        out.flush()
        begin = out.tell()
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                cwd=cwd or folder(),
                timeout=limit,
                user=user,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ServiceError(f"{command[0]} did not end within {limit:.0f} s; its output is in {path}.") from error
        except OSError as error:
            raise ServiceError(f"{command[0]} could not be started: {error.strerror}.") from error
    if done.returncode != 0:
        raise ServiceError(f"{command[0]} failed with exit code {done.returncode}; its output is in {path}.")
    return path.read_text("utf-8", "replace")[begin:]
