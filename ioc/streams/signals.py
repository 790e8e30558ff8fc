"""What one input partition says to `ioc.signals`, each signal once per life of a worker and in the order of its input.

A reader of signals skips what is not higher than the highest origin it knows of an input partition, so a signal must
never stand behind one of a later record. After a crash part of them stand in outboxes and the rest are made again as
the records come again: those of the outboxes wait until their record has been passed, and go among the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter

from ioc.alerts import signal
from ioc.alerts.alert import Transition
from ioc.alerts.signal import Signal, signal_of
from ioc.streams.headers import Origin, origin_header
from ioc.streams.publish import Record

PARTITION = 0
"""`ioc.signals` has one: whoever puts domains together must see them all."""


class Outflow:
    """Signals of one input partition that are not sent yet."""

    def __init__(self) -> None:
        self._waiting: list[Signal] = []

    def recall(self, kept_back: Iterable[Transition]) -> None:
        """Take in the transitions that a crash may have kept back."""
        self._waiting += [one for told in kept_back if (one := signal_of(told)) is not None]

    def ready(self, made: Sequence[Signal], next_offset: int) -> list[Record]:
        """What can be sent when every record below `next_offset` is judged: in order, with their origins."""
        if not made and not self._waiting:
            return []
        placed = sorted(((one.input.offset, one.order, one) for one in (*self._waiting, *made)), key=itemgetter(0, 1))
        self._waiting = [one for offset, _, one in placed if offset >= next_offset]
        return [record(one) for offset, _, one in placed if offset < next_offset]


def origin(one: Signal) -> Origin:
    """Where a signal comes from."""
    return Origin(one.input.topic_id, one.input.partition, one.input.offset, one.order)


def record(one: Signal) -> Record:
    """One record of `ioc.signals`."""
    return Record(one.alert_id.encode(), signal.encode(one), [origin_header(origin(one))])
