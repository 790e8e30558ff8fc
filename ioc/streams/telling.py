"""Transitions and signals sent so that none goes missing without a word.

A transition that the log refuses for its size goes again without its evidence, then without its steps and links: that
something burns matters more than the pictures of it. What still does not fit, and what stands in an outbox that this
version of the program cannot read, is counted, logged, and told in `ioc.rejected`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from ioc import metrics
from ioc.alerts import alert
from ioc.alerts.alert import Transition
from ioc.events.envelope import clip
from ioc.streams import rejects
from ioc.streams.patient import Sender
from ioc.streams.publish import BATCH_BYTES, Record, TooLarge, size_of
from ioc.streams.topics import ALERTS, REJECTED, SIGNALS

log = logging.getLogger(__name__)
EXCERPT: Final = 200
"""Characters of an outbox that cannot be read, told so that a person can find what it was about."""


def _without_evidence(told: Transition) -> Transition:
    return msgspec.structs.replace(told, evidence=(), media=())


def _without_steps(told: Transition) -> Transition:
    return msgspec.structs.replace(told, evidence=(), media=(), steps=(), call={}, inhibited_by=())


SHORTER: Final[Sequence[tuple[str, Callable[[Transition], Transition]]]] = (
    ("its evidence", _without_evidence),
    ("its evidence and steps", _without_steps),
)


class Spot(NamedTuple):
    """What is told of a failure: the domain it counts for, the topic and partition named, the log clock (epoch ms)."""

    domain: str
    topic: str
    number: int
    clock: int


async def tell(sender: Sender, spot: Spot, told: Sequence[tuple[bytes, bytes]]) -> None:
    """Send transitions (key, value) to `ioc.alerts`, in order.

    What our own batches cannot hold is shortened before anything is sent; what only the broker refuses (an engineer gave
    the topic a smaller limit) goes again, behind the others.
    """
    large = await _send(sender, spot.number, [_fitting(spot, *one) for one in told])
    for words, shorten in SHORTER:
        if not large:
            return
        log.error("%d transitions of %s[%d] are too large; told without %s", len(large), *spot[1:3], words)
        large = await _send(
            sender, spot.number, [(key, alert.encode(shorten(alert.decode(raw)))) for key, raw in large]
        )
    await untold(sender, spot, [f"{ALERTS}: {_named(raw)}" for _, raw in large], "no record can hold them")


async def signal(sender: Sender, spot: Spot, partition: int, records: Sequence[Record]) -> None:
    """Send signals; one that does not fit cannot go again, because those after it stand in the log already."""
    answers = await sender.send_batch(SIGNALS, partition, records)
    large = [one for one, answer in zip(records, answers, strict=True) if isinstance(answer, TooLarge)]
    await untold(sender, spot, [f"{SIGNALS}: {(one.key or b'').decode()}" for one in large], "no record can hold them")


async def untold(sender: Sender, spot: Spot, notes: Sequence[str], why: str) -> None:
    """Say of each that it could not be told."""
    if not notes:
        return
    log.critical("%d transitions of %s[%d] reach nobody: %s (%s)", len(notes), *spot[1:3], why, notes[0])
    metrics.UNTOLD.labels(spot.domain).inc(len(notes))
    refused = [rejects.untold(spot.clock, spot.topic, spot.number, note) for note in notes]
    await sender.send_batch(
        REJECTED, spot.number, [Record(spot.topic.encode(), rejects.encode(one)) for one in refused]
    )


def readable(raws: Sequence[bytes]) -> tuple[list[tuple[Transition, bytes]], list[str]]:
    """Transitions out of outboxes, and the beginnings of what is none that this version can read."""
    found, unknown = [], []
    for raw in raws:
        try:
            found.append((alert.decode(raw), raw))
        except msgspec.MsgspecError:
            unknown.append(clip(raw.decode("utf-8", "replace"), EXCERPT))
    return found, unknown


def _fitting(spot: Spot, key: bytes, raw: bytes) -> tuple[bytes, bytes]:
    found = raw
    for words, shorten in SHORTER:
        if size_of(Record(key, found)) <= BATCH_BYTES:
            break
        log.error("a transition of %s[%d] is too large; told without %s", *spot[1:3], words)
        found = alert.encode(shorten(alert.decode(raw)))
    return key, found


def _named(raw: bytes) -> str:
    told = alert.decode(raw)
    return f"{told.rule}, {told.source}, {told.change} {told.severity}"


async def _send(sender: Sender, number: int, told: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    answers = await sender.send_batch(ALERTS, number, [Record(*one) for one in told])
    return [one for one, answer in zip(told, answers, strict=True) if isinstance(answer, TooLarge)]
