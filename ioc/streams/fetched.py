"""What a role is handed: one fetched chunk of one partition."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from ioc.streams.headers import Header


class LogRecord(Protocol):
    """A record as it stands in the log (aiokafka's ConsumerRecord)."""

    @property
    def offset(self) -> int: ...  # noqa: D102 - Kafka's own words
    @property
    def timestamp(self) -> int: ...  # noqa: D102
    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Sequence[Header]: ...  # noqa: D102


class Unread:
    """In the place of records that cannot be unpacked, `first` to `offset`: to whoever reads values, one unreadable.

    The bytes stay in the log; what comes after them is judged. `note` says which they are, and why.
    """

    __slots__ = ("first", "note", "offset", "timestamp")
    key = None
    value = b""
    headers: Sequence[Header] = ()

    def __init__(self, first: int, offset: int, timestamp: int, note: str) -> None:
        self.first, self.offset, self.timestamp, self.note = first, offset, timestamp, note


def first_offset(record: LogRecord) -> int:
    """Where a record begins in the log."""
    return record.first if isinstance(record, Unread) else record.offset


def note_of(record: LogRecord) -> str:
    """What is to be said of a record beside its reasons."""
    return record.note if isinstance(record, Unread) else ""


class Fetched(NamedTuple):
    """Records in order; `generation` is that of the consumer group when they were fetched."""

    topic: str
    partition: int
    generation: int
    records: Sequence[LogRecord]


Finish = Awaitable[None]
Handler = Callable[[Fetched], Awaitable[Finish | None]]
"""What a role does with a chunk: judge it (in order over all partitions), then give back what is left to do - the
sends - as an awaitable, or None. The chunk is acked when that has returned; the next chunk of the same partition waits
for it, other partitions do not. Retryable may be raised by neither: a handler waits by itself."""
