"""Where the real services and the real data are, or why a test that needs them cannot run."""

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, NoReturn

import pytest

PROJECT = Path(__file__).parents[1]
SHARED_DATA = PROJECT.parent / "shared" / "data"
HOW = "start it with `scripts/services up {}`"
KINDS = ("services", "data")


@dataclass(frozen=True)
class InfluxDB:
    """InfluxDB 2 with an operator token."""

    url: str
    org: str
    bucket: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class InfluxDB1:
    """InfluxDB 1.8 with a user who may do everything."""

    url: str
    database: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Mqtt:
    """An MQTT broker that asks for a password."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class GrafanaPackages:
    """Node's path and the folder node_modules that holds @grafana/data."""

    node: str
    modules: Path


def required() -> frozenset[str]:
    """What IOC_REQUIRE names: these kinds fail when missing, others skip."""
    given = frozenset(filter(None, os.environ.get("IOC_REQUIRE", "").split(",")))
    unknown = given.difference(KINDS)
    if unknown:
        raise pytest.UsageError(f"IOC_REQUIRE names {', '.join(sorted(unknown))}; it knows {' and '.join(KINDS)}")
    return given


def missing(kind: Literal["services", "data"], reason: str) -> NoReturn:
    """Skip with the reason, or fail with it where IOC_REQUIRE names this kind."""
    if kind in required():
        pytest.fail(f"{reason} (IOC_REQUIRE={os.environ['IOC_REQUIRE']})", pytrace=False)
    pytest.skip(reason)


@cache
def started(service: str) -> Mapping[str, str]:
    """The variables of a service that `scripts/services` holds up; empty when it does not."""
    command = [sys.executable, str(PROJECT / "scripts" / "services"), "env", service]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    words = [shlex.split(line) for line in lines]
    return dict(pair.partition("=")[::2] for export, pair in words if export == "export")


def variables(service: str, main: str) -> Mapping[str, str]:
    """The variables that lead to a service: the caller's own where `main` is set, else those of `scripts/services`."""
    if os.environ.get(main):
        return os.environ
    known = started(service)
    if main not in known:
        missing("services", f"{main} is not set and {service} is not up: {HOW.format(service)}")
    return known


def value(known: Mapping[str, str], name: str) -> str:
    """A variable that must stand beside the main one; NAME_FILE may hold it instead."""
    if known.get(name):
        return known[name]
    if known.get(f"{name}_FILE"):
        return Path(known[f"{name}_FILE"]).read_text("utf-8").strip()
    missing("services", f"{name} is not set, and neither is {name}_FILE")


def listening(address: str, name: str) -> str:
    """The address, when something accepts a connection there."""
    host, _, port = address.split(",", maxsplit=1)[0].rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5.0).close()
    except (OSError, ValueError) as error:
        missing("services", f"{name} is {address} and nothing answers there ({error})")
    return address
