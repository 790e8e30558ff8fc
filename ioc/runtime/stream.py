"""What every role on the log needs, from settings."""

from __future__ import annotations

from ioc import supervise
from ioc.runtime.role import Role
from ioc.settings import brokers
from ioc.streams.run import Config


def config(role: Role, metrics_port: int, *, feeds: bool = True) -> Config:
    """The log's address and shape, a directory for Faust's files, where metrics are shown.

    A role that takes its catalogue from the log of rules asks for no `feeds`: files that somebody is editing must not
    keep it from starting again.
    """
    kafka = role.settings.kafka
    data = role.settings.data / "faust" / role.name
    data.mkdir(parents=True, exist_ok=True)
    return Config(
        bootstrap=brokers(kafka),
        data=data,
        partitions=kafka.partitions,
        replication=kafka.replication,
        feeds=[feed.name for feed in role.catalogue().feeds] if feeds else (),
        metrics_port=metrics_port,
        metrics_host=role.settings.metrics.host,
        ready=supervise.tell_ready,
    )
