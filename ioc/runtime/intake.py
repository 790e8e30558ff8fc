"""Role intake: raw records of `feed.<name>` topics, judged as the gateway judges."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ioc.catalogue import Feed
from ioc.intake import Judged, judge
from ioc.runtime import stream
from ioc.runtime.role import Role
from ioc.settings import load_boundaries
from ioc.streams import run


def main(role: Role) -> int:
    """Run until SIGTERM."""
    catalogue = role.catalogue()
    boundaries = load_boundaries(role.settings.paths.boundaries)

    def judged(raw: bytes, feed: Feed, received_at: datetime) -> Iterable[Judged]:
        return judge(raw, feed, catalogue, boundaries, received_at)

    return run.intake(stream.config(role, role.settings.metrics.intake), judged, catalogue.by_feed)
