"""Role gateway: the HTTP door and dropped files; shows the metrics of all processes beneath one supervisor."""

from __future__ import annotations

import asyncio

from ioc import metrics, supervise
from ioc.gateway.serve import serve
from ioc.runtime.role import Role
from ioc.settings import brokers, load_boundaries


def main(role: Role) -> int:
    """Run until SIGTERM."""
    settings = role.settings
    metrics.serve(settings.metrics.gateway, settings.metrics.host)
    asyncio.run(
        serve(
            settings.gateway,
            role.catalogue(),
            load_boundaries(settings.paths.boundaries),
            role.clock,
            bootstrap=brokers(settings.kafka),
            partitions=settings.kafka.partitions,
            demo=settings.demo,
            ready=lambda _port: supervise.tell_ready(),
        )
    )
    return 0
