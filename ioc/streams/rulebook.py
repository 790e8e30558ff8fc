"""What the stream asks of the rules of one domain: the pure engine and the bytes of its states, seen as one door."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from ioc.alerts import state as states
from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.rule import RuleSet
from ioc.alerts.stage import Keys, by_stage
from ioc.catalogue import Catalogue
from ioc.events import Domain, Fate
from ioc.events.codec import Observed


class Rulebook(Protocol):
    """Rules of one domain. A state belongs to one source; only these functions look inside. Times are epoch ms."""

    @property
    def version(self) -> str:
        """Digest of the rules; states made with another are told so on first touch (`end`)."""
        ...

    @property
    def fields(self) -> Sequence[str]:
        """Fields that events pass on by (`ioc.streams.repartition`)."""
        ...

    @property
    def keys(self) -> Callable[[Observed], Sequence[tuple[str, str]]] | None:
        """Field and value that an event passes on by, at most once for each field; None where nothing does."""
        ...

    @property
    def most(self) -> int:
        """States of keys other than sources that may be held beside each other in a partition; 0: any number."""
        ...

    def crowd(self, state: Any, event: Observed, clock: int, replay: str) -> Sequence[Transition]:
        """Tell of an event whose key is one too many; changes the state that is for all of them."""
        ...

    def by(self, field: str) -> Rulebook:
        """The rules that are judged by that field; none where the field is not among `fields`."""
        ...

    def new(self, source: str, replay: str = "") -> Any:
        """The empty state of a source, in the live world or in a replay's."""
        ...

    def expect(self) -> Sequence[tuple[str, Any]]:
        """Sources whose absence matters though they were never heard, each with its state."""
        ...

    def step(
        self, state: Any, event: Observed, clock: int, replay: str, lost: int
    ) -> tuple[Fate, Sequence[Transition]]:
        """Judge one event; changes the state. `lost` is the length of all holes in the ticks so far, ms."""
        ...

    def tick(self, state: Any, clock: int, replay: str, lost: int) -> Sequence[Transition]:
        """End what rules of another version had open, then let time pass; changes the state."""
        ...

    def end(self, state: Any, clock: int) -> Sequence[Transition]:
        """End what rules of another version had open; changes the state."""
        ...

    def to_bytes(self, state: Any) -> bytes:
        """The state for the changelog."""
        ...

    def from_bytes(self, raw: bytes) -> Any:
        """The state out of the changelog; raises on bytes that are none."""
        ...

    def due(self, state: Any) -> int:
        """When a tick may change something; 0: never."""
        ...

    def live(self, state: Any) -> bool:
        """Whether something is open or pending."""
        ...

    def remembered(self, state: Any) -> int:
        """How much it remembers; `end` takes away what is gone or reshaped, and adds nothing."""
        ...

    def clock(self, state: Any) -> str:
        """Name of the clock it lives by: "" is the broker's, else a replay's."""
        ...

    def open_alerts(self, state: Any) -> Sequence[str]:
        """Ids of its open alerts."""
        ...


class EngineRules:
    """The product's rules: `ioc.alerts.engine.Engine` and the functions of `ioc.alerts.state`.

    `keys` and `stage` (field -> engine of its rules) belong to the first stage of a domain; without them all is judged
    by the source.
    """

    to_bytes = staticmethod(states.to_bytes)
    from_bytes = staticmethod(states.from_bytes)
    due = staticmethod(states.due)
    live = staticmethod(states.live)
    remembered = staticmethod(states.remembered)
    open_alerts = staticmethod(states.open_alerts)

    @classmethod
    def of(cls, rules: RuleSet, catalogue: Catalogue, domain: Domain, by: str = "") -> EngineRules:
        """The rules of a domain that are judged by its sources, or by another field."""
        stage = partial(Engine, rules, catalogue, domain)
        if by:
            return cls(stage(by_stage(by)))
        return cls(stage(), Keys(rules, domain), lambda field: stage(by_stage(field)))

    def __init__(self, engine: Engine, keys: Keys | None = None, stage: Callable[[str], Engine] | None = None) -> None:
        self._stage = stage
        self._by: dict[str, EngineRules] = {}
        self.fields: Sequence[str] = keys.fields if keys else ()
        self.keys: Callable[[Observed], Sequence[tuple[str, str]]] | None = keys.of if keys and keys.fields else None
        self.version = engine.version
        self.most = engine.most
        self.crowd = engine.crowd
        self.new = engine.new
        self.expect = engine.expect
        self.step = engine.step
        self.tick = engine.tick
        self.end = engine.end

    def by(self, field: str) -> EngineRules:
        """The rules that are judged by that field."""
        if field not in self._by and self._stage is not None:
            self._by[field] = EngineRules(self._stage(field))
        return self._by[field]

    @staticmethod
    def clock(state: states.State) -> str:
        """Name of the clock it lives by."""
        return state.replay
