"""What a kind of condition must be able to do; `ioc.alerts.conditions.JUDGES` names one for each kind.

A judge is made once for each rule and never changes. It keeps nothing of its own: what it has to remember of a group
lies in `Memory.keep`, and whatever it does there must be a function of what it is given, so that the same history gives
the same bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from ioc.alerts import picture, severity
from ioc.alerts.alert import Transition
from ioc.alerts.reading import Reader, remembered
from ioc.alerts.rule import Rule
from ioc.alerts.severity import Step
from ioc.alerts.state import Memory, State
from ioc.alerts.stuck_run import Newest
from ioc.events.codec import Observed

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan


class Scene(msgspec.Struct, gc=False):
    """One event before one state: `at` is its time, `past` whether a newer reading of its quantity is known.

    `state.watermark` is the source's time, this event included; `lateness` (ms) how far behind it events of the feed
    may still come.
    """

    state: State
    event: Observed
    at: int
    clock: int
    past: bool
    out: list[Transition]
    lateness: int = 0


class Judge(ABC):
    """One rule's condition, compiled. A kind overrides what it does differently from a plain value."""

    __slots__ = ("persists", "read")
    by_value: ClassVar[bool] = False
    """Whether the worst event is the one of the most extreme value; else it is the newest."""
    glances: ClassVar[bool] = False
    """Whether of a calm group nothing matters but its newest reading (`State.newest`): see `glance` and `recall`."""
    clues: ClassVar[int] = picture.FIRST
    """Events of evidence kept beside the worst; where panes hold numbers of their own there is room for fewer."""

    def __init__(self, rule: Rule) -> None:  # noqa: ARG002 - kinds compile what they need of it
        self.read: Reader = remembered
        self.persists = False
        """Whether an event's own reading stands until the next one of its quantity, so that past ones say little."""

    @abstractmethod
    def observe(self, memory: Memory, plan: Plan, scene: Scene, reading: int) -> bool | None:
        """Take in one event that `where` lets through and of which `read` gave `reading`.

        `memory` is new (`at` 0) where nothing was remembered of the group; False where the event changes nothing, and
        then a new memory is not kept; None where it was taken in, nothing can be due, and `memory.timer` is right: of
        a kind that glances the newest reading is then kept in its place.
        What the event says goes to `severity.observe`; nothing fires here.
        """

    def glance(self, newest: Newest, scene: Scene) -> bool | None:  # noqa: ARG002 - kinds that glance use them
        """Take in an event that a memory need not hear of, by putting it in the place of `newest`.

        False where it changes nothing; None where it has to be observed, and nothing was done.
        """
        return None

    def recall(self, newest: Newest, memory: Memory) -> None:  # noqa: B027 - only kinds that glance have one
        """Make an empty memory what it would be, had it been there when `newest` was taken in."""

    def timer(self, memory: Memory, plan: Plan) -> int:
        """When (event time) something next changes by the passing of time alone; 0 = not."""
        return severity.timer(memory, plan)

    def advance(self, memory: Memory, plan: Plan, now: int) -> Iterator[Step]:
        """Every change that is due by `now`, in order of time; leaves `memory.timer` right for what comes."""
        return severity.advance(memory, plan, now)

    def empty(self, memory: Memory) -> bool:  # noqa: ARG002 - kinds look at what they keep
        """Whether nothing is kept that a later event could need; asked while nothing stands and nothing is held."""
        return True

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:  # noqa: ARG002 - kinds use them
        """Fields of `Why` that this kind adds to a transition, or sets otherwise than the ladder (`limit`).

        `values` are added to those that every kind has.
        """
        return {"value": memory.value}


class Unmet(Judge):
    """A kind that the index lets no event meet: it is moved by ticks or by signals, elsewhere."""

    __slots__ = ()

    def observe(self, memory: Memory, plan: Plan, scene: Scene, reading: int) -> bool | None:  # noqa: ARG002 - see Judge
        """Nothing."""
        return False


class Waiting(Unmet):
    """absence, whose memories are moved by `ioc.alerts.conditions.absence` alone and have no timers of event time."""

    __slots__ = ()

    def timer(self, memory: Memory, plan: Plan) -> int:  # noqa: ARG002 - see Judge
        """Never."""
        return 0
