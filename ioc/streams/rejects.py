"""Records of `ioc.rejected`: what was refused, where it stood, and why, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from ioc.events import Rejected
from ioc.events.envelope import clip


class RejectedRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One refused record. `at` is epoch ms; topic, partition, offset say where it stands, if it stands in a log.

    `kind` tells a record that is wrong from one that a rule of ours could not bear (`rule_error`: the record is good,
    the fault is ours), from one that was judged but history did not take (`not_kept`; its words in `note`), and from the
    sum of what a faulty feed sent (`flood`: how many and which offsets stands in `note`, the reasons are the first's).
    Of a batch that cannot be unpacked `offset` is the last, and `note` says from which on.
    """

    at: int
    kind: Literal["rejected", "rule_error", "not_kept", "flood"] = "rejected"
    feed: str = ""
    topic: str = ""
    partition: int = 0
    offset: int = 0
    reasons: tuple[Rejected, ...] = ()
    note: str = ""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(RejectedRecord)


def encode(rejected: RejectedRecord) -> bytes:
    """Bytes of the record's value."""
    return _encoder.encode(rejected)


def decode(raw: bytes) -> RejectedRecord:
    """The record; raises msgspec.DecodeError."""
    return _decoder.decode(raw)


def refused(
    at: int, topic: str, partition: int, offset: int, reasons: Sequence[Rejected], *, note: str = ""
) -> RejectedRecord:
    """A record of our own topic that is no event."""
    return RejectedRecord(at=at, topic=topic, partition=partition, offset=offset, reasons=tuple(reasons), note=note)


def not_passed_on(at: int, topic: str, partition: int, onward: str, number: int) -> RejectedRecord:
    """Records that were judged by their source, and are too large to be judged by another key."""
    return RejectedRecord(
        at=at, kind="not_kept", topic=topic, partition=partition, note=f"{number} too large: {onward}"
    )


def untold(at: int, topic: str, partition: int, note: str) -> RejectedRecord:
    """A change of an alert that could not be told; in `note` what is known of it."""
    return RejectedRecord(at=at, kind="not_kept", topic=topic, partition=partition, note=note)


def misplaced(source: str) -> Rejected:
    """An event in a partition where its source does not belong: somebody else wrote it."""
    return Rejected(record=1, field="source", code="contract", excerpt=clip(source, 200))
