"""Transitions, records and chunks as the tests of desk and console need them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from ioc.alerts.alert import Evidence, Position, Transition, Why, encode
from ioc.alerts.open_alerts import HEADER, OpenAlerts
from ioc.alerts.open_alerts import encode as encode_list
from ioc.desk.inbox import Applied, Inbox, positions
from ioc.desk.moment import now_ms, time_of
from ioc.desk.record import Chunk, LogRecord
from ioc.desk.store import Store
from ioc.places.boundaries import Boundaries

NOON = 1_795_239_000_000
"""2026-11-21 12:30 +07:00, epoch ms."""
MINUTE = 60_000
CLUSTER = "cluster-a"
LOG = "10" * 16
INPUT = "ab" * 16
WEBHOOK = "webhook"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    ms: int = NOON

    def now(self) -> datetime:
        return time_of(self.ms)


class Record(NamedTuple):
    offset: int
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = NOON


class Fetched(NamedTuple):
    partition: int
    records: Sequence[LogRecord]
    next_offset: int
    highwater: int
    cluster_id: str = CLUSTER
    topic_id: str = LOG
    lost: int = 0


def alert_name(nth: int) -> str:
    """An alert id: 32 hex digits."""
    return f"{nth:032x}"


def transition(nth: int = 1, revision: int = 1, **given: Any) -> Transition:
    """A hotspot near La Bằng, alert number `nth`, at its `revision`; anything can be given otherwise."""
    at = NOON + (revision - 1) * MINUTE
    known: dict[str, Any] = {
        "alert_id": alert_name(nth),
        "revision": revision,
        "rule": "hotspot-near-forest",
        "rule_version": "v1",
        "title": {"vi": "Điểm nhiệt gần rừng", "en": "Hotspot near forest"},
        "domain": "hotspot",
        "key": f"viirs-{nth}",
        "source": f"viirs-{nth}",
        "feed": "firms",
        "status": "firing",
        "change": "fired" if revision == 1 else "raised",
        "severity": "severe",
        "certainty": "likely",
        "at": at,
        "clock": at,
        "opened_at": NOON,
        "last_seen": at,
        "why": Why(kind="threshold", quantity="fire_frp", unit="MW", value=38.0, limit=10.0),
        "evidence": (Evidence(id="e" * 32, observed_at=at, value=38.0),),
        "lat": 21.6225,
        "lon": 105.5614,
        "commune": "05818",
        "steps": ({"vi": "Gọi Kiểm lâm địa bàn", "en": "Call the forest rangers"},),
        "call": {"vi": "Kiểm lâm Đại Từ 0208 3824 114", "en": "Dai Tu rangers 0208 3824 114"},
        "input": Position(INPUT, 0, nth * 100 + revision),
    }
    return Transition(**{**known, **given})


def ended(nth: int = 1, revision: int = 2, **given: Any) -> Transition:
    """Its all-clear."""
    return transition(nth, revision, **{"status": "resolved", "change": "cleared", **given})


def records(*transitions: Transition, start: int = 0) -> list[Record]:
    """One record each, offsets counting from `start`."""
    return [Record(start + i, encode(found)) for i, found in enumerate(transitions)]


def listed(
    offset: int, generation: int, *alerts: str, at: int, topic_id: str = INPUT, topic: str = "", **given: Any
) -> Record:
    """The list of alerts open in input partition 0, its states standing at input offset `at`."""
    found = OpenAlerts(
        domain="hotspot", topic_id=topic_id, partition=0, offset=at, generation=generation, alerts=alerts, topic=topic
    )
    return Record(offset, encode_list(found), ((HEADER, b""),), **given)


def chunk(found: Sequence[LogRecord], partition: int = 0, highwater: int | None = None, **given: Any) -> Fetched:
    """A chunk of these records; by default the partition ends with them."""
    end = found[-1].offset + 1
    return Fetched(partition, found, end, end if highwater is None else highwater, **given)


@dataclass
class Office:
    """A desk's database with its inbox, and where it believes to be in the log; SQLite under `path` without a `url`."""

    path: Path
    channels: Sequence[str] = (WEBHOOK,)
    at: dict[int, int] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    url: str = ""

    def __post_init__(self) -> None:
        self.store = Store(self.url or f"sqlite:///{self.path / 'desk.sqlite'}")
        self.inbox = Inbox(Boundaries.builtin(), self.channels)
        self.begin()

    @contextmanager
    def twin(self) -> Iterator[Office]:
        """Another desk on the same database."""
        other = Office(self.path, self.channels, clock=self.clock, url=self.url)
        try:
            yield other
        finally:
            other.store.close()

    def begin(self, cluster_id: str = CLUSTER, topic_id: str = LOG) -> None:
        """Ask the database where to read on."""
        with self.store.writing() as session:
            self.at = positions(session, cluster_id, topic_id, range(4))

    def apply(self, given: Chunk) -> Applied:
        """Apply one chunk at the place where this desk believes to be."""
        with self.store.writing() as session:
            applied = self.inbox.apply(session, given, self.at[given.partition], now_ms(self.clock))
        self.at[given.partition] = given.next_offset
        return applied

    def receive(self, *transitions: Transition, partition: int = 0) -> Applied:
        """Apply transitions as the next records of a partition."""
        return self.apply(chunk(records(*transitions, start=self.at[partition]), partition))


def utc(text: str) -> datetime:
    """An aware time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
