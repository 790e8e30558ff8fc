"""The topic table: names, keys, partitions, retention, who writes and who reads. Documentation prints it.

Everything that belongs to one source lies in one partition number: domain topic, changelog, seen, alerts, rejected.
So a partition of the domain topic can be owned, loaded and recovered without looking at any other.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from aiokafka.partitioner import murmur2

from ioc.events import DOMAINS

HOUR = 3_600_000
DAY = 24 * HOUR
PARTITIONS = 12
"""Of each domain; fixed at creation. Twelve divides among 1, 2, 3, 4, 6 and 12 workers."""
MESSAGE_BYTES = 1_048_576
"""`max.message.bytes` of every topic; batches are made smaller (`ioc.streams.publish.BATCH_BYTES`)."""
NAMESPACE = os.environ.get("IOC_KAFKA_NAMESPACE", "")
"""Stands before the name of every topic and consumer group, so that several installations can share one cluster."""
ALERTS = f"{NAMESPACE}ioc.alerts"
SIGNALS = f"{NAMESPACE}ioc.signals"
"""One partition: whoever puts domains together must see all of them."""
REJECTED = f"{NAMESPACE}ioc.rejected"
RULES = f"{NAMESPACE}ioc.rules"
FOR_EVER = -1
CHANGELOG = ".changelog"
REWRITE_MS = 2 * DAY
"""A live key's state is written again at least this often, far inside the changelog's retention."""
SEEN_MS = 10 * 60_000
"""How far back, in log time, a loader reads the ids that were seen."""


def input_topic(domain: str) -> str:
    """Canonical events of one domain."""
    return f"{NAMESPACE}ioc.{domain}"


def changelog_topic(domain: str) -> str:
    """States of that domain's keys."""
    return f"{input_topic(domain)}{CHANGELOG}"


def seen_topic(domain: str) -> str:
    """Ids of that domain's events, for the judgement of duplicates."""
    return f"{NAMESPACE}ioc.{domain}.seen"


def by_topic(domain: str, field: str) -> str:
    """Events of one domain again, keyed by a field of theirs, for rules that are judged by it."""
    return f"{NAMESPACE}ioc.{domain}.by-{field}"


def by_changelog_topic(domain: str, field: str) -> str:
    """States of the keys of that topic."""
    return f"{by_topic(domain, field)}{CHANGELOG}"


def feed_topic(feed: str) -> str:
    """Where an integrator with a Kafka client of its own writes, in its native format."""
    return f"{NAMESPACE}feed.{feed}"


@dataclass(frozen=True)
class Topic:
    """One row of the table; times in milliseconds, 0 = not set, `FOR_EVER` for what is never deleted."""

    name: str
    key: str
    partitions: int
    policy: Literal["delete", "compact,delete", "compact"]
    retention: int
    writer: str
    reader: str
    segment: int = 0
    compaction_lag: int = 0
    feed: bool = False

    @property
    def config(self) -> dict[str, str]:
        """Settings of the topic as Kafka names them."""
        found = {
            "cleanup.policy": self.policy,
            "retention.ms": str(self.retention),
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(MESSAGE_BYTES),
        }
        if self.segment:
            found["segment.ms"] = str(self.segment)
        if self.compaction_lag:
            found["min.compaction.lag.ms"] = str(self.compaction_lag)
        return found


def table(
    partitions: int = PARTITIONS, feeds: Iterable[str] = (), fields: Iterable[tuple[str, str]] = ()
) -> tuple[Topic, ...]:
    """All topics of an installation with these feeds, and with rules that judge (domain, field)."""
    rows: list[Topic] = []
    for domain in DOMAINS:
        rows += [
            Topic(input_topic(domain), "source", partitions, "delete", 7 * DAY, "gateway, intake", "evaluate, record"),
            # Compaction waits seven days: a zombie's late record must not push out the record that wins over it
            # before a loader has seen both and written the winner again.
            _changelog(changelog_topic(domain), "source", partitions),
            # Retention drops whole segments only, so these are short.
            Topic(seen_topic(domain), "-", partitions, "delete", HOUR, "evaluate", "evaluate", segment=HOUR // 6),
        ]
    for name, field in sorted(set(fields)):
        rows += [
            Topic(by_topic(name, field), field, partitions, "delete", 7 * DAY, "evaluate", "evaluate"),
            _changelog(by_changelog_topic(name, field), field, partitions),
        ]
    rows += [
        Topic(ALERTS, "alert id", partitions, "delete", 90 * DAY, "evaluate, correlate", "desk, record"),
        Topic(SIGNALS, "alert id", 1, "delete", 7 * DAY, "evaluate", "correlate"),
        _changelog(f"{SIGNALS}{CHANGELOG}", "rule, cell", 1, "correlate"),
        Topic(RULES, "edition, order", 1, "compact", FOR_EVER, "ioc rules apply", "evaluate, correlate"),
        Topic(REJECTED, "feed or topic", partitions, "delete", 14 * DAY, "gateway, intake, evaluate", "console"),
    ]
    rows += [
        Topic(feed_topic(name), "any", 1, "delete", 7 * DAY, "integrator", "intake", feed=True)
        for name in sorted(feeds)
    ]
    return tuple(rows)


def _changelog(name: str, key: str, partitions: int, role: str = "evaluate") -> Topic:
    return Topic(
        name,
        key,
        partitions,
        "compact,delete",
        14 * DAY,
        role,
        role,
        segment=DAY,
        compaction_lag=7 * DAY,
    )


@lru_cache(maxsize=200_000)
def _partition_of(key: bytes, partitions: int) -> int:
    found: int = (murmur2(key) & 0x7FFFFFFF) % partitions
    return found


def partition_of(key: str | bytes, partitions: int) -> int:
    """Partition of a key, as Kafka's Java client and kafka-python choose it (murmur2; librdkafka's default differs)."""
    return _partition_of(key.encode() if isinstance(key, str) else key, partitions)


def _span(ms: int) -> str:
    if ms <= 0:
        return "for ever" if ms else "-"
    return f"{ms // DAY} d" if ms % DAY == 0 else f"{ms // HOUR} h" if ms % HOUR == 0 else f"{ms // 60_000} min"


def markdown(topics: Sequence[Topic]) -> str:
    """The table for the documentation."""
    head = "| Topic | Key | Partitions | Cleanup | Kept | Compacted after | Written by | Read by |"
    lines = [head, "|" + " --- |" * 8]
    lines += [
        f"| `{t.name}` | {t.key} | {t.partitions} | {t.policy} | {_span(t.retention)} | {_span(t.compaction_lag)} "
        f"| {t.writer} | {t.reader} |"
        for t in topics
    ]
    return "\n".join(lines) + "\n"
