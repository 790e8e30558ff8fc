"""InfluxDB 2.7.12, built from its Go module (it needs Go, Rust and a C compiler; about 6 minutes on 2 cores)."""

import json
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from service.daemon import Daemon
from service.place import Say, ServiceError, folder, secret
from service.programs import program, run

VERSION = "2.7.12"
SERVER = "github.com/influxdata/influxdb/v2/cmd/influxd"
# Finds and builds the Rust half of Flux for cgo; it calls the system's own pkg-config for all else.
PKG_CONFIG = "github.com/influxdata/pkg-config"
# The module's own tags for SQLite, and without the web pages, which are not in the module.
TAGS = "sqlite_foreign_keys,sqlite_json,noasset"
# Flux refuses its compiler's warnings, and newer compilers warn of more. RUSTFLAGS would not reach the
# crates that its build script is made of; a wrapper of the compiler reaches all.
RUST_WRAPPER = '#!/bin/sh\nexec "$@" --cap-lints warn\n'
# Its library only parses queries here: optimising it across crates would take half of the build.
RUST = {
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
}
ORGANISATION = "ioc"
BUCKET = "ioc"


class InfluxDB(Daemon):
    """Address, organisation, bucket and the file with an operator token in IOC_INFLUXDB_*."""

    name = "influxdb"
    about = f"InfluxDB {VERSION}, set up with an organisation, a bucket and a token of its own"
    default_port = 18086

    @property
    def server(self) -> Path:
        return folder("software") / f"influxdb-{VERSION}"

    def install(self, say: Say) -> None:
        if self.server.exists():
            return
        go = modern_go(say)
        rust = {**RUST, **installed_rust(say)}
        program("gcc", "gcc", say)
        system_pkg_config = program("pkg-config", "pkg-config", say)
        build = folder("build", self.name)
        for name in ("go.mod", "go.sum", "programs.go"):
            shutil.copy(Path(__file__).with_name("influxdb_build") / name, build / name)
        say(f"building InfluxDB {VERSION}, about 6 minutes on 2 cores the first time")
        nice = ["nice", "-n", "10", go, "build", "-mod=readonly"]
        rust_wrapper = build / "rustc-wrapper"
        rust_wrapper.write_text(RUST_WRAPPER, "ascii")
        rust_wrapper.chmod(0o700)
        flux_pkg_config = build / "pkg-config"
        run([*nice, "-o", str(flux_pkg_config), PKG_CONFIG], "influxdb-pkg-config", cwd=build)
        say("modules are here, compiling the server")
        found = f"{Path(system_pkg_config).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        arriving = build / "influxd"
        run(
            [*nice, "-tags", TAGS, "-o", str(arriving), SERVER],
            "influxdb-build",
            {**rust, "RUSTC_WRAPPER": str(rust_wrapper), "PKG_CONFIG": str(flux_pkg_config), "PATH": found},
            cwd=build,
        )
        arriving.rename(self.server)

    def prepare(self, say: Say) -> None:
        folder("data", self.name)

    def command(self) -> Sequence[str]:
        data = folder("data", self.name)
        return [
            *(str(self.server), "run", "--http-bind-address", f"127.0.0.1:{self.port}"),
            *("--bolt-path", str(data / "influxd.bolt"), "--sqlite-path", str(data / "influxd.sqlite")),
            *("--engine-path", str(data / "engine"), "--reporting-disabled", "--log-level", "warn"),
        ]

    def answers(self) -> bool:
        return self.ask("/health").get("status") == "pass"

    def settle(self, say: Say) -> None:
        token = secret("influxdb-token").read_text("utf-8")
        if self.ask("/api/v2/setup").get("allowed"):
            say("setting up organisation, bucket and token")
            self.ask(
                "/api/v2/setup",
                {
                    "username": "ioc",
                    "password": secret("influxdb-password").read_text("utf-8"),
                    "org": ORGANISATION,
                    "bucket": BUCKET,
                    "token": token,
                },
            )
        try:
            self.ask(f"/api/v2/buckets?name={BUCKET}", token=token)
        except urllib.error.HTTPError as error:
            raise ServiceError(
                f"It refuses the token in {secret('influxdb-token')} (HTTP {error.code}); "
                "`scripts/services down --erase influxdb` begins anew."
            ) from error

    def ask(self, path: str, body: dict[str, str] | None = None, token: str | None = None) -> dict[str, Any]:
        """One request of its HTTP API; OSError when it does not answer or refuses."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode("utf-8"),
            headers={"Authorization": f"Token {token}"} if token else {},
        )
        # A proxy of the machine is not for the loopback address.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10.0) as answer:
            decoded = json.loads(answer.read())
        return decoded if isinstance(decoded, dict) else {}

    def environment(self) -> dict[str, str]:
        return {
            "IOC_INFLUXDB_URL": f"http://127.0.0.1:{self.port}",
            "IOC_INFLUXDB_ORG": ORGANISATION,
            "IOC_INFLUXDB_BUCKET": BUCKET,
            "IOC_INFLUXDB_TOKEN_FILE": str(secret("influxdb-token")),
        }


def modern_go(say: Say) -> str:
    """Go 1.23 or later, which InfluxDB's modules ask for."""
    go = program("go", "golang-go", say, "/usr/local/go/bin", "/usr/lib/go-1.23/bin", "/usr/lib/go-1.24/bin")
    version = run([go, "env", "GOVERSION"], "go-version").strip()
    number = re.match(r"go(\d+)\.(\d+)", version)
    if number is None or (int(number[1]), int(number[2])) < (1, 23):
        raise ServiceError(
            f"{go} is {version or 'of an unknown version'} and InfluxDB needs Go 1.23 or later; "
            "on Debian 12 install golang-1.23-go from bookworm-backports."
        )
    return go


def installed_rust(say: Say) -> dict[str, str]:
    """Variables that make cargo use the toolchain at hand, whatever version a crate's own file names."""
    cargo = program("cargo", "cargo", say, str(Path.home() / ".cargo" / "bin"))
    variables = {"CARGO": cargo}
    rustup = shutil.which("rustup", path=str(Path(cargo).parent))
    if rustup is not None:
        active = run([rustup, "show", "active-toolchain"], "rustup").split()
        variables["RUSTUP_TOOLCHAIN"] = active[0] if active else "stable"
    return variables
