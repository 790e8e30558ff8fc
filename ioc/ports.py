"""What siblings ask of each other: Clock, Publisher, Channel, History, Journal. The rooms that keep these promises never meet.

History is the memory behind the walls and the cards. What it was asked to write is written, or named as refused, or
the caller waits (`Retryable`): nothing is dropped in silence. One contract suite stands over all its doors.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from ioc.events import Domain, Event, Severity
from ioc.events.codec import Observed
from ioc.words import Lang


class Clock(Protocol):
    """The time of day; the one real clock lives in `ioc.runtime`, tests bring a frozen one."""

    def now(self) -> datetime:
        """Aware UTC time."""
        ...


class Publisher(Protocol):
    """The door into the log for events that were judged; only our own code writes `ioc.*` topics."""

    async def publish_events(self, domain: Domain, events: Sequence[Event], replay: str = "") -> None:
        """Return when the broker has acknowledged all of them; `replay` names the clock they bring with them.

        Raises Retryable when the broker cannot take them now: none or some may then stand in the log, and sending
        them again changes nothing (ids come from content).
        """
        ...


class Notice(NamedTuple):
    """One message to one recipient; `key` is the same on every attempt, so that a second copy is recognised.

    To a machine (webhook) `body` is `ioc.desk.notice.AlertNotice` as JSON and `to` is empty. To a person `to` is the
    address in this channel's own form (a number in E.164 for SMS and voice, a mail address, a chat id), `lang` the
    language to use, and `ioc.alerts.message.decode(body)` the facts from which the channel makes its text.
    """

    key: str
    body: bytes
    to: str = ""
    lang: Lang = "vi"


class Receipt(NamedTuple):
    """What the other side says of a message it has taken.

    `reference` is its own name for it, by which a delivery report comes later (`Report`); without one, taken is the
    last that is heard. `delivered`: already at the recipient's device (a webhook's 2xx), not only on its way.
    """

    reference: str = ""
    delivered: bool = False


class Report(NamedTuple):
    """A delivery report that came later: the message of this `reference` reached the device, or never will."""

    reference: str
    delivered: bool
    error: str = ""
    """A code of ours (words `console.fault.<code>`), never the carrier's text."""


class Channel(Protocol):
    """A way to a person or a machine outside. Taken, refused, or to be tried again: there is no fourth outcome."""

    async def send(self, notice: Notice) -> Receipt | None:
        """Return when the other side has taken it (None: it has it, and nothing more will be heard).

        Raises Retryable (with its `retry_after`) to be asked again with the same key, Permanent where this message will
        never be taken. May be cancelled; must end within 20 s, for after 30 s another desk may take the notice over.
        """
        ...


@runtime_checkable
class Narrow(Protocol):
    """A channel that takes few at a time: a modem sends one SMS after the other, so only so many are leased for it.

    What waits in the outbox can still be overtaken by an extreme one; what a channel was handed cannot.
    """

    @property
    def at_once(self) -> int:
        """Messages that may be on their way together, at least 1."""
        ...


@runtime_checkable
class Paced(Protocol):
    """A channel that must rest between messages; nothing is leased for it meanwhile, so what waits can be overtaken."""

    def rests(self) -> float:
        """Seconds until it takes the next message, 0 when it does now."""
        ...


class Said(NamedTuple):
    """What somebody answered. `sender` is the address as the carrier gives it, `text` is untrusted."""

    sender: str
    text: str
    key: str
    """The carrier's copy of it given again has the same."""


@runtime_checkable
class Hearing(Protocol):
    """A channel by which people answer, and carriers report."""

    def hear(self) -> AsyncGenerator[Said | Report, None]:
        """What came, for ever, reconnecting by itself; asking for the next says that the one before is kept."""
        ...


class Scope(NamedTuple):
    """Which world is asked: live data (the default), the drill of the day, or one replay by its name.

    The three never mix: a replayed or rehearsed value is no news of the province.
    """

    replay: str = ""
    drill: bool = False


LIVE = Scope()


RefusalCode = Literal["expired", "not_taken"]


class Refusal(NamedTuple):
    """One event that history does not keep: its place in the call (from 0), why, and the server's own words.

    `expired` is older than retention: counted, no fault. `not_taken` was refused by the store: it goes to
    `ioc.rejected`, because only a person can tell what is wrong.
    """

    nth: int
    event_id: str
    source: str
    code: RefusalCode
    detail: str = ""


class Reading(NamedTuple):
    """One stored event as a screen needs it.

    `label` says what it is within its domain: camera kind (person, smoke, offline), netsec category, satellite of a
    hotspot, else "". `lat`, `lon` are WGS 84; `commune` is the five-digit code, None outside the province.
    """

    domain: Domain
    feed: str
    source: str
    quantity: str
    value: float
    unit: str
    observed_at: datetime
    received_at: datetime
    event_id: str
    lat: float | None = None
    lon: float | None = None
    commune: str | None = None
    quality: str = "valid"
    flags: tuple[str, ...] = ()
    severity: Severity | None = None
    label: str = ""
    title: str | None = None


def believed(reading: Reading) -> datetime:
    """When a reading is taken to be from: a clock that runs ahead of its receipt is not."""
    return min(reading.observed_at, reading.received_at) if "time_ahead" in reading.flags else reading.observed_at


class Heard(NamedTuple):
    """The newest of what a feed or a source sent: when the world was so, and when we heard of it.

    The two maxima are taken apart: a station that keeps sending old readings is heard, and its data are old (then
    `received_at` may lag by a minute).
    """

    observed_at: datetime
    received_at: datetime


class Freshness(NamedTuple):
    """Per feed and per source id; live data only."""

    feeds: Mapping[str, Heard]
    sources: Mapping[str, Heard]


class Step(NamedTuple):
    """One step of a chart, at the step's start; steps without events are absent, never zero."""

    at: datetime
    mean: float
    low: float
    high: float
    events: int


class Replay(NamedTuple):
    """A replay that history keeps; the date to show is that of its data (`Reading.observed_at`)."""

    name: str
    written_at: datetime


CountBy = Literal["feed", "source", "quantity", "commune", "severity", "label"]
"""What counts can be split by; an event without it is counted under ""."""

LATEST_LIMIT = 5_000
"""Rows that one screen can want; the wall of the whole province has fewer sources."""
STEPS_LIMIT = 2_000
"""Steps of one chart: more than a 1080p screen has pixels to show; a wider span gets wider steps."""


def chart_step(since: datetime, until: datetime, step_s: int) -> int:
    """Seconds per step: `step_s`, or what brings the span within `STEPS_LIMIT` steps."""
    span = max(0, int((until - since).total_seconds()))
    return max(1, step_s, -(-span // (STEPS_LIMIT - 1)))


class History(Protocol):
    """What was observed, bounded by retention; replays are kept without expiry and apart from live data."""

    async def prepare(self) -> None:
        """Make what must be there before the first write; raises Retryable or Permanent as `write` does."""
        ...

    async def write(self, events: Sequence[Observed], replay: str = "") -> Sequence[Refusal]:
        """Return when each event is kept or refused; writing the same event again changes nothing.

        `replay` is the name of the replay all of them belong to (header `ioc-clock`). Raises Retryable when the store
        cannot answer now: call again with the same events after `retry_after`. Raises Permanent when a person must act
        before any write can work (a file that is damaged or not ours to write).
        """
        ...

    async def latest(self, domain: Domain, limit: int = LATEST_LIMIT, scope: Scope = LIVE) -> Sequence[Reading]:
        """Per source and quantity the newest event, ordered by source and quantity; at most `limit` rows.

        Newest by `believed`: one reading with a clock ten years ahead does not hide what follows. Calibration and
        fault readings are included and say so in `quality`.
        """
        ...

    async def recent(
        self, domain: Domain, since: datetime, limit: int = LATEST_LIMIT, scope: Scope = LIVE
    ) -> Sequence[Reading]:
        """Events observed at or after `since`, newest first (the hotspots of a map, the last signals of a list)."""
        ...

    async def freshness(self) -> Freshness:
        """What was heard last from every feed and source within retention."""
        ...

    async def series(
        self,
        domain: Domain,
        source: str,
        quantity: str,
        *,
        since: datetime,
        until: datetime,
        step_s: int,
        scope: Scope = LIVE,
    ) -> Sequence[Step]:
        """Mean, least and greatest value per step of `step_s` seconds, in [since, until), oldest first.

        Steps start at multiples of their width since 1970. Only valid and suspect readings count. Where more than
        `STEPS_LIMIT` steps would come out, the width is raised to what fits.
        """
        ...

    async def counts(
        self, domain: Domain, *, since: datetime, until: datetime, by: CountBy, scope: Scope = LIVE
    ) -> Mapping[str, int]:
        """Number of events observed in [since, until), split by one of their marks."""
        ...

    async def replays(self) -> Sequence[Replay]:
        """The replays that are kept, the one written last first."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


class Past(Protocol):
    """Whole events of live data as they were accepted, pictures left out: what rules are tried on."""

    def events(self, domain: Domain, since: datetime, until: datetime) -> AsyncGenerator[Sequence[bytes], None]:
        """Canonical events observed in [since, until), by time, then id, page by page; drills too.

        The same store gives the same bytes. Raises Retryable, or Permanent where a person must act.
        """
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


class Entry(NamedTuple):
    """A record of a log as a journal keeps it; `timestamp` is the broker's, epoch ms."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    timestamp: int


class KeptState(NamedTuple):
    """One key's record of a changelog; of two the one with the greater `rank` counts, of equals the later."""

    partition: int
    key: bytes
    rank: tuple[int, int]
    value: bytes
    timestamp: int


class Journal(Protocol):
    """What survives a broker that keeps its log in memory: states by key, logs as they were, and a few marks.

    Calls block and belong to one thread at a time. Each raises Retryable when the disk is full, Permanent when a person
    must act.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """All calls inside it happen together or not at all; one made outside stands alone."""
        ...

    def keep_states(self, topic: str, states: Sequence[KeptState]) -> None:
        """Take in each state that counts against the one that is kept of its key."""
        ...

    def put_states(self, topic: str, states: Sequence[KeptState]) -> None:
        """Put these in place of what is kept of their keys."""
        ...

    def drop_states(self, topic: str, states: Sequence[KeptState]) -> None:
        """Forget these keys."""
        ...

    def states(self, topic: str) -> Iterator[Sequence[KeptState]]:
        """All states of a topic by partition and key, page by page; a page that was given may be changed."""
        ...

    def keep_entries(self, topic: str, entries: Sequence[Entry]) -> None:
        """Keep records of a log at their offsets."""
        ...

    def append(self, topic: str, entries: Sequence[Entry]) -> None:
        """Add records to the end of their partitions, whatever their offsets say."""
        ...

    def entries(self, topic: str) -> Iterator[Sequence[Entry]]:
        """All records of a log by partition and offset, page by page; no page spans two partitions."""
        ...

    def renumber(self, topic: str, oldest: int) -> None:
        """Forget records stamped before `oldest`; offsets of the others then count from 0 in each partition."""
        ...

    def mark(self, name: str, value: int) -> None:
        """Remember a number."""
        ...

    def marked(self, name: str) -> int | None:
        """The number remembered under this name."""
        ...

    def commit(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """Remember these committed offsets, and no others."""
        ...

    def committed(self) -> Mapping[tuple[str, int], int]:
        """The committed offsets remembered last: (topic, partition) -> offset."""
        ...
