"""A replay: old records judged anew, in a world and on a clock of their own. What happens to them on the way, and when.

Pure: the same files and options give the same name, ids, order and ticks, whatever the speed, the day or the machine.

Order. Events go by `moment`: the time of observation, but for events that lie ahead of their own receipt, whose claim
nobody believes: they stand where they were received. Events of one moment keep the order of the input.

Clock. It begins at the first moment, stands at the greatest moment so far, and runs `RUN_ON_MS` past the last one, so
that holds, settles, silences and all-clears that are due by then still come.

Ticks. In each partition one before the first event of each moment; after it, while nothing comes there, one whenever a
minute has passed and the silence has grown by a sixtieth; one at the end. The engine works out *when* something became
due (`Transition.at`); a tick only lets it say so. What an event can forestall is said before the event, what falls due
in a silence while the silence is at most a sixtieth (or a minute) older, and a year without data costs a thousand
ticks. So ticks depend on the moments alone, never on the wall clock, and the same file gives the same transitions, byte
for byte, at any speed. Any denser ticks would give the same but for the clock at which each was told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Final, NamedTuple

from ioc.adapters.parsed import Parsed
from ioc.alerts.arrival import epoch_ms
from ioc.events import Event, Location, Rejected, event_id
from ioc.events.envelope import clip

STEP_MS: Final = 60_000
"""Between ticks at least: before that a source is not idle (`ioc.alerts.arrival.IDLE_MS`)."""
GROWTH: Final = 60
"""A silence of three hours is told within three minutes."""
RUN_ON_MS: Final = 24 * 3_600_000
"""A day past the last event; beyond the longest settle of the shipped rules (6 h) and the highest silence (12 h)."""
NOTIFY: Final = "+notify"
"""End of the name of a replay whose alerts may leave by channels."""
DEGREES: Final = 7
"""Decimals of a moved coordinate, a centimetre: what the sum of two floats adds beyond is no information."""
_LOCAL = timezone(timedelta(hours=7))


def mark_of(parts: Iterable[bytes]) -> str:
    """8 hex digits over what makes a replay the one it is: contents and options, in order."""
    digest = hashlib.blake2b(digest_size=4)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def name_of(first: datetime, last: datetime, mark: str, *, notify: bool = False) -> str:
    """`2026-05-14..2026-05-28-1a2b3c4d`: the days of the data in +07:00, and the mark."""
    days = dict.fromkeys(at.astimezone(_LOCAL).date().isoformat() for at in (first, last))
    return f"{'..'.join(days)}-{mark}{NOTIFY if notify else ''}"


def notifies(name: str) -> bool:
    """Whether alerts of the replay of this name may leave by channels."""
    return name.endswith(NOTIFY)


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of each record between its adapter and its place on the map (`ioc.intake.judge`).

    Coordinates move by `north` and `east` degrees; every time by `shift`. Event ids are made anew from the mark and
    their own, so that no replay meets the live data, or another replay, in duplicates, alerts or history. A record
    without a receipt of its own was received when it was observed: when a file was copied says nothing of its data.
    """

    mark: str
    north: float = 0.0
    east: float = 0.0
    shift: timedelta = timedelta()

    def __call__(self, parsed: Parsed) -> Parsed:
        """The record as it is judged; events moved off the globe are refused."""
        if not parsed.events:
            return parsed
        kept, lost = [], list(parsed.rejected)
        for event in parsed.events:
            location = event.location and self._moved(event.location)
            if event.location is not None and location is None:
                shown = clip(f"{event.location.lat}, {event.location.lon}", 200)
                lost.append(Rejected(record=parsed.record, field="--move", code="not_a_coordinate", excerpt=shown))
                continue
            kept.append(self._changed(event, location, own_receipt=parsed.received_at is not None))
        received = None if parsed.received_at is None else parsed.received_at + self.shift
        return replace(parsed, events=tuple(kept), rejected=tuple(lost), received_at=received)

    def _moved(self, location: Location) -> Location | None:
        if not self.north and not self.east:
            return location
        lat, lon = round(location.lat + self.north, DEGREES), round(location.lon + self.east, DEGREES)
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            return None
        return location.model_copy(update={"lat": lat, "lon": lon})

    def _changed(self, event: Event, location: Location | None, *, own_receipt: bool) -> Event:
        observed = event.observed_at + self.shift
        update: dict[str, object] = {
            "id": event_id(self.mark, event.id),
            "observed_at": observed,
            "received_at": event.received_at + self.shift if own_receipt else observed,
            "location": location,
        }
        if self.shift and event.media:
            update["media"] = tuple(
                one.model_copy(update={"taken_at": one.taken_at and one.taken_at + self.shift}) for one in event.media
            )
        return event.model_copy(update=update)


def moment(event: Event, ahead: int) -> int:
    """When the replay's clock meets this event, epoch ms; `ahead` is the feed's allowance in seconds."""
    believed = event.observed_at <= event.received_at + timedelta(seconds=ahead)
    return epoch_ms(event.observed_at if believed else event.received_at)


class Step(NamedTuple):
    """One record of the replay: `nth` event (from 0, in the replay's order), or -1 for a tick, at `clock`."""

    clock: int
    partition: int
    nth: int


def steps(events: Iterable[tuple[int, int]], run_on: int = RUN_ON_MS) -> Iterator[Step]:
    """Events and ticks in order of the clock; `events` are (moment, partition), sorted by moment.

    Only partitions that have events are ticked, each from its first event on.
    """
    silences = _Silences()
    clock = 0
    for nth, (at, partition) in enumerate(events):
        clock = at
        yield from silences.until(at)
        if silences.ended(partition, at):
            yield Step(at, partition, -1)
        yield Step(at, partition, nth)
    yield from silences.until(clock + run_on)
    yield from (Step(clock + run_on, partition, -1) for partition in silences.partitions)


class _Silences:
    """When each partition spoke last, and when it is ticked next if it stays silent."""

    def __init__(self) -> None:
        self._spoke: dict[int, int] = {}
        self._next: dict[int, int] = {}
        self._first = 0
        """No partition is ticked before."""

    @property
    def partitions(self) -> list[int]:
        return sorted(self._spoke)

    def ended(self, partition: int, at: int) -> bool:
        """Whether this is a new moment there."""
        if self._spoke.get(partition) == at:
            return False
        self._spoke[partition] = at
        self._next[partition] = at + STEP_MS
        self._first = min(self._first, at + STEP_MS)
        return True

    def until(self, at: int) -> Iterator[Step]:
        """The ticks of silences before `at`."""
        while self._first < at and self._next:
            due, partition = min((due, partition) for partition, due in self._next.items())
            if due < at:
                yield Step(due, partition, -1)
                self._next[partition] = due + max(STEP_MS, (due - self._spoke[partition]) // GROWTH)
            self._first = due
