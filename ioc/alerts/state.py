"""The state of one message key (source): its time, and the memories of all its rules. Compact bytes both ways.

A rule that has nothing to remember about a source has no memory there: a calm station costs its clock and no more.
Times are epoch milliseconds UTC, 0 for none. `clock` means the log clock, all else is event time.

Bound: a memory takes at most 1 kB stored (texts clipped, five events of evidence, sixty panes), its links to pictures
apart; both are limits of `ioc.alerts.picture`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from ioc.alerts.alert import Kind
from ioc.alerts.cells import Cells
from ioc.alerts.distinct import Distinct
from ioc.alerts.halves import Halves
from ioc.alerts.known_values import Known
from ioc.alerts.meeting import Meeting
from ioc.alerts.opener import Opener
from ioc.alerts.packed import packed, unpacked
from ioc.alerts.panes import Bounds, Totals
from ioc.alerts.stuck_run import Newest, Run
from ioc.alerts.two_windows import TwoWindows
from ioc.alerts.window import Window
from ioc.events.envelope import Certainty


class Clue(msgspec.Struct, array_like=True, gc=False):
    """One event of evidence."""

    id: str
    at: int
    value: float
    title: str | None = None


class Open(msgspec.Struct, array_like=True, gc=False):
    """The alert that is out: enough to end it even when its rule is gone."""

    id: str
    revision: int
    opened_at: int
    kind: Kind
    title: dict[str, str]
    certainty: Certainty
    version: str
    signal: bool = False
    """Whether it is evidence only. Settled when it opens: whoever heard of the beginning hears of the end."""
    watch: bool = False
    """Whether it answers `ioc watch` only."""


Keep = Window | Totals | Bounds | Cells | Distinct | TwoWindows | Run | Known | Halves | Meeting
"""What the kinds of conditions keep of one group beside the ladder: a union of tagged structs (`tag=` a number each).

The structs live in modules that import no judge. Their tags: 1 `window.Window`, 2 `panes.Totals`, 3 `panes.Bounds`, 4
`cells.Cells`, 5 `distinct.Distinct`, 10 `two_windows.TwoWindows`, 11 `stuck_run.Run`, 12 `known_values.Known`, 20
`halves.Halves`, 30 `meeting.Meeting`.
"""


NEVER: Final = [0, 0, 0, 0, 0]
"""`since` and `below` of a memory in which nothing is held and nothing settles."""


class Memory(msgspec.Struct, array_like=True, gc=False):
    """What one rule remembers of one group. Lists are indexed by severity rank 1-4; slot 0 is unused.

    `level` is the rank that stands, 0 none. `since[rank]`: the rank above `level` has been reached since then.
    `below[rank]`: a standing rank has been contradicted since then, or for momentary conditions was last confirmed
    then. `timer`: when something changes by the passing of time alone.
    """

    shape: int
    group: str
    drill: bool = False
    level: int = 0
    at: int = 0
    value: float = 0.0
    since: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0, 0, 0])
    below: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0, 0, 0])
    timer: int = 0
    last_seen: int = 0
    keep: Keep | None = None
    opener: Opener | None = None
    clues: list[Clue] = []
    worst: Clue | None = None
    media: list[str] = []
    alert: Open | None = None
    openings: list[int] = []
    """When alerts opened lately, where the rule watches for flapping."""
    flapping: bool = False
    lateness: int = 0
    """How late (ms) its events may come; kept where the rule watches for flapping."""

    @property
    def pending(self) -> bool:
        """Whether a higher severity is being held."""
        return self.since != NEVER


class State(msgspec.Struct, array_like=True, gc=False):
    """All that the engine keeps of one source; owned and changed by `Engine.step` and `Engine.tick` alone."""

    source: str
    feed: str = ""
    rules: str = ""
    """Digest of the rule set and catalogue that the memories were made under."""
    replay: str = ""
    """Name of the clock: "" is the broker's, else that of a replay."""
    watermark: int = 0
    marked: int = 0
    """Log clock at which the watermark last moved."""
    heard: int = 0
    """Log clock of the last event that counted; 0 while never heard."""
    watched: int = 0
    """Log clock from which a source never heard is missed."""
    lost: int = 0
    """Milliseconds of holes in the log clock that were known when it was last heard."""
    last_id: str = ""
    lat: float | None = None
    lon: float | None = None
    commune: str | None = None
    latest: dict[str, int] = {}
    """Quantity -> event time of its newest reading, for rules whose condition persists."""
    memories: dict[str, Memory] = {}
    """`<rule id>`, followed by `|<group>` where the rule groups by more than the source."""
    timer: int = 0
    """The earliest timer of the memories (event time)."""
    due: int = 0
    """Log clock at which a tick may change something; 0 = never."""
    groups: dict[str, int] = {}
    """Rule id -> number of its groups, for rules that group by a field beside the source."""
    newest: dict[str, Newest] = {}
    """Key of a memory -> the newest reading, where the rule needs nothing more of the group (`Plan.glances`)."""


_encode = msgspec.msgpack.Encoder(enc_hook=unpacked).encode
_decode = msgspec.msgpack.Decoder(State, dec_hook=packed).decode


def to_bytes(state: State) -> bytes:
    """The state as stored; the same history gives the same bytes."""
    return _encode(state)


def from_bytes(raw: bytes) -> State:
    """A state as it was stored; raises msgspec.DecodeError."""
    return _decode(raw)


def due(state: State) -> int:
    """Log-clock milliseconds from which `tick` may change something; 0 = never. Kept beside the stored bytes."""
    return state.due


def live(state: State) -> bool:
    """Whether anything is open, held, counted or waited for; an idle state may expire from the changelog."""
    return bool(state.memories) or state.due != 0


def remembered(state: State) -> int:
    """How many memories and newest readings there are: fewer after rules have changed where some were gone or reshaped."""
    return len(state.memories) + len(state.newest)


def open_alerts(state: State) -> Sequence[str]:
    """Ids of the alerts that are out, in the order of their memories."""
    return [memory.alert.id for memory in state.memories.values() if memory.alert is not None]
