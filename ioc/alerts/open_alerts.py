"""The list of alerts open in one input partition, written to `ioc.alerts` after a worker has loaded its states.

It lets the desk end what nobody would ever clear: an alert opened before the list, in that input partition, that the
list does not name, has lost its state. A list of a lower generation than one already seen comes from a worker that no
longer owns the partition and means nothing.
"""

from __future__ import annotations

import msgspec

HEADER = "ioc-open"
"""Kafka header (empty value) that tells such a record from a transition."""


class OpenAlerts(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts open in partition `partition` of the topic with id `topic_id` (32 hex digits) at offset `offset`.

    `offset` is where in the input the states stand: a transition whose input position lies before it and whose alert
    is firing must be named here. `topic` is that of those positions (`ioc.alerts.alert.Position`): a list speaks of the
    alerts of its own input alone. With `to` it is no list: these alerts are from now on those of that partition
    (`ioc state repartition`), and the next list of this one will not name them.
    """

    domain: str
    topic_id: str
    partition: int
    offset: int
    generation: int
    alerts: tuple[str, ...]
    topic: str = ""
    to: int | None = None

    @property
    def input(self) -> str:
        """Name of the input: the stage, or the domain."""
        return self.topic or self.domain


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(OpenAlerts)


def encode(listed: OpenAlerts) -> bytes:
    """Bytes of the record's value."""
    return _encoder.encode(listed)


def decode(raw: bytes) -> OpenAlerts:
    """The list; raises msgspec.DecodeError."""
    return _decoder.decode(raw)
