"""What an adapter gives back for each record of its input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from ioc.catalogue import Feed
from ioc.events import Event, Rejected

if TYPE_CHECKING:
    from mmap import mmap

Raw: TypeAlias = "bytes | mmap"
"""Input: bytes, or a mapped file, of which adapters touch only the record at hand."""

Ignored = Literal[
    "not_a_signal", "heartbeat", "no_value", "parameter", "false_positive", "camera_unknown", "other_topic"
]
"""Why a record that was recognised says nothing to us; words key `ignored.<code>`."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One record's outcome. It is accepted if it has events, else rejected if it has rejections, else ignored.

    `record` counts from 1. Rejections beside events name fields that were left out of them (a partial record).
    `received_at` is the record's own time of receipt where the format has one.
    """

    record: int
    events: tuple[Event, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    ignored: Ignored | None = None
    received_at: datetime | None = None

    @property
    def fate(self) -> Literal["accepted", "rejected", "ignored"]:
        """The record's one fate, as far as the format alone tells."""
        return "accepted" if self.events else "rejected" if self.rejected else "ignored"

    @property
    def partial(self) -> bool:
        """Whether good events stand beside fields that were refused."""
        return bool(self.events and self.rejected)


class Adapter(Protocol):
    """Bytes of one format -> one `Parsed` per record, in the order of the input.

    Raises `Unreadable`, before the first record, when the input as a whole is not that format; nothing else.
    """

    def __call__(self, raw: Raw, feed: Feed, received_at: datetime) -> Iterator[Parsed]:
        """Parse; `received_at` is used for records that carry no time of receipt of their own."""
