"""R4: records of every bad shape among the good ones, straight into the topic; each is refused with its place and why."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ioc.events.codec import encode
from ioc.streams import rejects
from ioc.streams.headers import CLOCK, ORIGIN, TICK
from ioc.streams.publish import Publisher, Record
from ioc.streams.topics import partition_of
from tests.faults.fleet import START, Fleet, Plan, namespace
from tests.faults.trial import Ground, Verdict, together
from tests.streams.log_reading import read
from tests.streams.small_rules import reading

VICTIM = 0
"""The partition that gets all of them; what it does to the others is measured there."""
LAG_SECONDS = 2.0
DEPTH = 10_000
LONG = 890_000
"""Bytes of the longest value: the broker refuses records over a megabyte before they are in the log."""


def good(nth: int) -> dict[str, Any]:
    """A whole event, as its JSON says it, of a source that belongs into the partition."""
    found: dict[str, Any] = json.loads(encode(reading(source(nth), START, 10, nth=f"bad-{nth}")))
    return found


def source(nth: int, there: int = VICTIM, partitions: int = 4) -> str:
    return next(name for extra in range(100) if partition_of(name := f"bad-{nth}-{extra}", partitions) == there)


def changed(nth: int, **fields: object) -> bytes:
    return json.dumps({**good(nth), **fields}).encode()


def without(nth: int, name: str) -> bytes:
    return json.dumps({key: value for key, value in good(nth).items() if key != name}).encode()


def literal(nth: int, text: str) -> bytes:
    """With `value` written as that text."""
    return changed(nth, value="@").replace(b'"@"', text.encode())


Shape = Callable[[int], Record]
SHAPES: Mapping[str, Shape] = {
    "empty": lambda _: Record(b"k", b""),
    "not JSON": lambda _: Record(b"k", b"<xml/>"),
    "JSON cut off": lambda nth: Record(b"k", json.dumps(good(nth)).encode()[:-9]),
    "UTF-8 cut off": lambda nth: Record(
        b"k", changed(nth, source="Thái Nguyên".encode().decode()).replace(b"}", b"\xe1\xba")
    ),
    "no UTF-8 at all": lambda _: Record(b"k", bytes(range(128, 256))),
    "a NaN": lambda nth: Record(b"k", literal(nth, "NaN")),
    "an infinity": lambda nth: Record(b"k", literal(nth, "Infinity")),
    "1e999": lambda nth: Record(b"k", literal(nth, "1e999")),
    "a number of 400 digits": lambda nth: Record(b"k", literal(nth, "9" * 400)),
    "ten thousand deep": lambda _: Record(b"k", b"[" * DEPTH + b"]" * DEPTH),
    "ten thousand deep in a field": lambda nth: Record(b"k", literal(nth, '{"a":' * DEPTH + "1" + "}" * DEPTH)),
    "a list for an event": lambda nth: Record(b"k", json.dumps([good(nth)]).encode()),
    "null for an event": lambda _: Record(b"k", b"null"),
    "text for a number": lambda nth: Record(b"k", changed(nth, value="10")),
    "a number for text": lambda nth: Record(b"k", changed(nth, source=7)),
    "an unknown quantity": lambda nth: Record(b"k", changed(nth, quantity="phlogiston")),
    "another domain's type": lambda nth: Record(b"k", changed(nth, type="camera")),
    "no time": lambda nth: Record(b"k", without(nth, "observed_at")),
    "no id": lambda nth: Record(b"k", without(nth, "id")),
    "a time that is none": lambda nth: Record(b"k", changed(nth, observed_at="yesterday")),
    "another partition's source": lambda nth: Record(b"k", changed(nth, source=source(nth, 1))),
    "no key and no sense": lambda _: Record(None, b"{}"),
    "a tombstone": lambda nth: Record(source(nth).encode(), None),
    "a tombstone without a key": lambda _: Record(None, None),
    "a tick with a clock that is none": lambda _: Record(None, None, [(TICK, b""), (CLOCK, b"soon")]),
    "an origin that is none": lambda nth: Record(b"k", json.dumps(good(nth)).encode(), [(ORIGIN, b"\xff\x00")]),
    "a clock that is none": lambda nth: Record(b"k", json.dumps(good(nth)).encode(), [(CLOCK, b"x=")]),
}
HUGE: Shape = lambda _: Record(b"k", b'{"source": "' + b"a" * LONG + b'"}')  # noqa: E731 - one more shape, sent seldom


class Poisoned(Fleet):
    """`poison` bad records, all shapes in turn, a huge one now and then."""

    poison = 0
    fell = 0
    first_at = 0
    shapes: dict[tuple[int, int], str]

    async def course(self) -> None:
        self.shapes = {}
        await self.all_ready()
        topic, sent, names = f"{self.namespace}ioc.environment", 0, list(SHAPES)
        dice = random.Random(self.plan.seed)
        async with Publisher(self.bootstrap, self.plan.partitions) as publisher:
            while sent < self.poison:
                ones = [names[(sent + nth) % len(names)] for nth in range(min(100, self.poison - sent))]
                made = [(name, SHAPES[name](sent + nth)) for nth, name in enumerate(ones)]
                if sent % 2_000 == 0:
                    made[0] = "huge", HUGE(sent)
                dice.shuffle(made)
                offsets = await publisher.send_batch(topic, VICTIM, [record for _, record in made])
                for (name, _), offset in zip(made, offsets, strict=True):
                    assert isinstance(offset, int), f"{name} was not sent: {offset}"
                    self.shapes[VICTIM, offset] = name
                self.spoiled = set(self.shapes)
                sent += len(made)
                await asyncio.sleep(100 / self.plan.rate)

    async def aftermath(self) -> None:
        self.fell = sum(worker.poll() is not None for worker in self._workers)


async def run(ground: Ground) -> Verdict:
    """10,000 bad of a million in the long form, 1,500 of some 5,000 in the short."""
    plan = Plan(events=4_000, keys=40, rate=500, workers=2, session=6.0, seed=ground.seed)
    if ground.long:
        plan = plan._replace(events=990_000, rate=5_000, keys=2_000)
    with namespace(ground.bootstrap, plan.partitions) as name:
        fleet = Poisoned(ground.bootstrap, plan, ground.place, name)
        fleet.poison = 10_000 if ground.long else 1_500
        result = await fleet.run()
        refused: Counter[tuple[str, int, int]] = Counter()
        blank = 0
        for part in range(plan.partitions):
            for row in await read(ground.bootstrap, f"{name}ioc.rejected", part):
                one = rejects.decode(row.value)
                refused[one.topic, one.partition, one.offset] += 1
                blank += not one.reasons or not all(why.code for why in one.reasons)
    places = {(f"{name}ioc.environment", part, offset): shape for (part, offset), shape in fleet.shapes.items()}
    kept = Counter(shape for place, shape in places.items() if place not in refused)
    others = sorted(seconds for part, seconds in fleet.reckoner.delays if part != VICTIM)
    lag = others[int(len(others) * 0.99)]
    figures = {
        "poison": len(places),
        "not_refused": dict(kept) or 0,
        "refused_without_why": blank,
        "refused_but_good": len(refused.keys() - places.keys()),
        "exits": fleet.fell,
        "others_lag_p99_s": lag,
    }
    bad = kept or blank or refused.keys() - places.keys() or fleet.fell or lag > LAG_SECONDS
    return together(
        (result.clean and result.wanted > 0, result._asdict()), (not bad and len(places) == fleet.poison, figures)
    )
