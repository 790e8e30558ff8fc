"""Role correlate: the rules that put domains together, over the signals of all evaluate workers."""

from __future__ import annotations

from ioc.runtime import stream
from ioc.runtime.evaluate import Teller
from ioc.runtime.role import Role
from ioc.streams import run_correlate
from ioc.streams.apply import Ordered


def main(role: Role) -> int:
    """Run until SIGTERM; what is ordered is said in the log of evaluate."""
    at = int(role.clock.now().timestamp() * 1000)
    ordered = Ordered(initial=Teller(role).initial, at=at, by="ioc")
    return run_correlate.correlate(stream.config(role, role.settings.metrics.correlate, feeds=False), ordered)
