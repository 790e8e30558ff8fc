"""Grafana's own packages from npm, by which tests read walls as Grafana would: a folder of programs, no server.

`npm ci` takes exactly what tests/dashboards/node/package-lock.json names, with the checksums that stand there, and runs
no script of theirs.
"""

import shutil
from pathlib import Path

from service.daemon import Service
from service.place import Say, ServiceError, folder, forget_state, read_state, write_state
from service.programs import find, program, run

LOCK = Path(__file__).resolve().parents[2] / "tests" / "dashboards" / "node"
FILES = ("package.json", "package-lock.json")
READS = "globalThis.navigator??={language:'en',languages:['en'],userAgent:'node'};require('@grafana/data');console.log('read')"
OLDEST_NODE = 20


class GrafanaPackages(Service):
    """The folder node_modules in IOC_PACKAGES_GRAFANA, Node's path in IOC_NODE."""

    name = "grafana_packages"
    about = "Grafana's packages from npm, for tests that read walls; no Grafana server"

    @property
    def place(self) -> Path:
        return folder("software", "grafana_packages")

    def _is_current(self) -> bool:
        return (
            all(
                (self.place / name).is_file() and (self.place / name).read_bytes() == (LOCK / name).read_bytes()
                for name in FILES
            )
            and (self.place / "whole").is_file()
        )

    def install(self, say: Say) -> None:
        program("node", "nodejs", say)
        npm = program("npm", "npm", say)
        if self._is_current():
            return
        say("fetching Grafana's packages, about a minute and 420 MB")
        (self.place / "whole").unlink(missing_ok=True)
        for name in FILES:
            shutil.copyfile(LOCK / name, self.place / name)
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "grafana_packages", cwd=self.place, limit=900.0)
        (self.place / "whole").touch()

    def start(self, say: Say) -> None:
        node = program("node", "nodejs", say)
        version = run([node, "--version"], "grafana_packages-node").strip()
        if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
            raise ServiceError(
                f"Node {version} is too old for Grafana's packages; install Node {OLDEST_NODE} or newer."
            )
        if "read" not in run([node, "-e", READS], "grafana_packages-read", cwd=self.place, limit=120.0):
            raise ServiceError("Grafana's packages are there and cannot be read; see grafana_packages-read.log.")
        write_state(self.name, {"node": node, "packages": str(self.place / "node_modules")})

    def stop(self, say: Say) -> None:
        forget_state(self.name)

    def is_up(self) -> bool:
        state = read_state(self.name)
        return isinstance(state.get("node"), str) and find(state["node"]) is not None and self._is_current()

    def environment(self) -> dict[str, str]:
        state = read_state(self.name)
        return {
            "IOC_PACKAGES_GRAFANA": str(state.get("packages", "")),
            "IOC_NODE": str(state.get("node", "")),
        }
