"""PostgreSQL as Debian packs it, with a cluster of its own beside any that the machine runs."""

import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from service.daemon import Daemon
from service.place import Say, folder, root, secret, write_secret
from service.programs import program, run

PACKAGE = "postgresql"
# Debian keeps the server's programs out of PATH, in a folder for each version.
DEBIAN = Path("/usr/lib/postgresql")
USER = "ioc"
DATABASE = "ioc"
ADDRESS = "127.0.0.1"


class Postgres(Daemon):
    """A libpq address in IOC_POSTGRES; the password is in the file that its passfile names."""

    name = "postgres"
    about = "PostgreSQL, with an empty database ioc"
    default_port = 15432
    # Fast shutdown: SIGTERM would wait for every client to leave.
    stop_signal = signal.SIGINT

    def install(self, say: Say) -> None:
        self.tool("initdb", say)

    def tool(self, name: str, say: Say) -> str:
        versions = sorted(DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
        return program(name, PACKAGE, say, *map(str, versions))

    def user(self) -> str | None:
        """The server refuses to run as root."""
        return "postgres" if os.geteuid() == 0 else None

    @property
    def base(self) -> Path:
        """The folder of its data.

        As root: in the home of the user postgres, who cannot enter root's; named by the folder of services, so
        that two of them stay apart.
        """
        if os.geteuid() != 0:
            return folder("data", self.name)
        mark = hashlib.sha256(os.fsencode(root())).hexdigest()[:12]
        return Path("/var/lib/postgresql") / f"ioc-services-{mark}"

    def data(self) -> list[Path]:
        return [self.base]

    @property
    def passfile(self) -> Path:
        return folder("secret") / "pgpass"

    def prepare(self, say: Say) -> None:
        password = secret("postgres-password").read_text("utf-8")
        write_secret(self.passfile, f"{ADDRESS}:{self.port}:*:{USER}:{password}\n")
        cluster = self.base / "cluster"
        if (cluster / "PG_VERSION").exists():
            return
        say("making its cluster")
        shutil.rmtree(cluster, ignore_errors=True)
        self.base.mkdir(mode=0o700, exist_ok=True)
        drawn = write_secret(self.base / "password", password)
        owner = self.user()
        if owner is not None:
            shutil.chown(self.base, owner)
            shutil.chown(drawn, owner)
        run(
            [
                *(self.tool("initdb", say), "--pgdata", str(cluster), "--username", USER, "--pwfile", str(drawn)),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
            ],
            "postgres-initdb",
            user=owner,
            cwd=self.base,
        )
        drawn.unlink()

    def command(self) -> Sequence[str]:
        return [
            *(self.tool("postgres", Say(self.name)), "-D", str(self.base / "cluster")),
            *("-h", ADDRESS, "-p", str(self.port), "-k", str(self.base), "-c", "timezone=UTC"),
            # Only a power cut could tell the difference, and then the cluster is made anew.
            *("-c", "fsync=off"),
        ]

    def answers(self) -> bool:
        ready = self.tool("pg_isready", Say(self.name))
        asked = [ready, "--quiet", "--host", ADDRESS, "--port", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def settle(self, say: Say) -> None:
        psql = [
            *(self.tool("psql", say), "--no-psqlrc", "--no-password", "--tuples-only", "--no-align"),
            *("--host", ADDRESS, "--port", str(self.port), "--username", USER, "--dbname", "postgres", "--command"),
        ]
        passfile = {"PGPASSFILE": str(self.passfile)}
        known = run([*psql, "SELECT datname FROM pg_database"], "postgres-psql", passfile)
        if DATABASE not in known.split():
            run([*psql, f"CREATE DATABASE {DATABASE}"], "postgres-psql", passfile)

    def environment(self) -> dict[str, str]:
        return {"IOC_POSTGRES": f"postgresql://{USER}@{ADDRESS}:{self.port}/{DATABASE}?passfile={self.passfile}"}
