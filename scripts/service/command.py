"""The command `scripts/services`: up, down, status, env."""

import argparse
import shlex
import shutil
from collections.abc import Sequence

from service.chromium import Chromium
from service.daemon import Service
from service.grafana_packages import GrafanaPackages
from service.influxdb import InfluxDB
from service.influxdb1 import InfluxDB1
from service.kafka import Kafka
from service.mosquitto import Mosquitto
from service.place import Say, ServiceError, lock, root
from service.postgres import Postgres

SERVICES: dict[str, Service] = {
    service.name: service
    for service in (Kafka(), Chromium(), InfluxDB(), Postgres(), Mosquitto(), InfluxDB1(), GrafanaPackages())
}

EPILOG = """\
Downloads, builds, data, logs and passwords lie in $IOC_SERVICES_DIR, else in the user's cache folder
(ioc-services), outside the clone; services stay up between runs and are shared by all clones.
Ports: IOC_SERVICES_<SERVICE>_PORT. For a shell: eval "$(scripts/services env)".
"""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line; a mistake in it ends the program with a sentence and exit code 2."""
    parser = argparse.ArgumentParser(
        prog="scripts/services",
        description="Real services for tests, without Docker.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    every = ", ".join(SERVICES)
    up = commands.add_parser("up", help=f"fetch, start and wait until ready: {every}")
    down = commands.add_parser("down", help="stop; the data stays")
    down.add_argument("--erase", action="store_true", help="remove the data as well")
    status = commands.add_parser("status", help="which are up, and where; exit 1 when one that was named is not")
    env = commands.add_parser("env", help="export lines for a shell, of the services that are up")
    for command in (up, down, status, env):
        command.add_argument("services", nargs="*", metavar="SERVICE", help=f"one or more of {every}; none means all")
    asked = parser.parse_args(arguments)
    unknown = sorted(set(asked.services) - set(SERVICES))
    if unknown:
        parser.error(f"there is no service {', '.join(unknown)}; there are {every}")
    return asked


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when everything asked for was done, 1 otherwise; one sentence for each failure."""
    asked = parse(arguments)
    chosen = [SERVICES[name] for name in asked.services or SERVICES]
    try:
        if asked.command == "up":
            return up(chosen)
        if asked.command == "down":
            return down(chosen, erase=asked.erase)
        if asked.command == "status":
            return status(chosen, named=bool(asked.services))
        return env(chosen)
    except ServiceError as error:
        print(error)
        return 1
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here")
        return 130


def up(chosen: Sequence[Service]) -> int:
    """Bring services up, each as far as it goes; 1 when one failed."""
    failed = 0
    for service in chosen:
        say = Say(service.name)
        try:
            with lock(service.name, say):
                if service.is_up():
                    say(f"is up: {where(service)}")
                    continue
                service.install(say)
                say("starting")
                service.start(say)
                say(f"ready: {where(service)}")
        except ServiceError as error:
            say(f"FAILED: {error}")
            failed = 1
    return failed


def down(chosen: Sequence[Service], *, erase: bool) -> int:
    """Stop services."""
    for service in chosen:
        say = Say(service.name)
        with lock(service.name, say):
            service.stop(say)
            say("is down")
            if erase:
                for path in service.data():
                    shutil.rmtree(path, ignore_errors=True)
                say("data removed")
    return 0


def status(chosen: Sequence[Service], *, named: bool) -> int:
    """One line per service; 1 when a service asked for by name is not up."""
    print(f"folder: {root()}")
    every = True
    for service in chosen:
        is_up = service.is_up()
        every &= is_up
        print(f"{service.name:10} {'up  ' if is_up else 'down'}  {where(service) if is_up else service.about}")
    return 0 if every or not named else 1


def env(chosen: Sequence[Service]) -> int:
    """Shell lines for the services that are up; secrets stay in their files."""
    for service in chosen:
        if service.is_up():
            for name, value in service.environment().items():
                print(f"export {name}={shlex.quote(value)}")
    return 0


def where(service: Service) -> str:
    """Its variables in one line."""
    return " ".join(f"{name}={value}" for name, value in service.environment().items())
