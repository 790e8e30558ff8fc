"""The rules that put domains together, as the stream asks for rules (`ioc.streams.rulebook.Rulebook`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ioc.alerts import correlate
from ioc.alerts.alert import Transition
from ioc.alerts.correlate import NearState, SignalEngine
from ioc.alerts.edition import Content
from ioc.alerts.signal import Signal
from ioc.events import Domain, Fate
from ioc.events.codec import Observed
from ioc.streams.rulebook import Rulebook


class SignalRules:
    """`ioc.alerts.correlate.SignalEngine` and its functions; `route` names the keys that a signal goes to."""

    to_bytes = staticmethod(correlate.to_bytes)
    from_bytes = staticmethod(correlate.from_bytes)
    due = staticmethod(correlate.due)
    live = staticmethod(correlate.live)
    remembered = staticmethod(correlate.remembered)
    open_alerts = staticmethod(correlate.open_alerts)

    def __init__(self, engine: SignalEngine) -> None:
        self._engine = engine
        self.version = engine.version
        self.route = engine.keys
        self.fields: Sequence[str] = ()
        self.keys: Callable[[Observed], Sequence[tuple[str, str]]] | None = None
        self.end = engine.end
        self.most = 0

    def crowd(self, state: Any, event: Observed, clock: int, replay: str) -> Sequence[Transition]:
        """Never asked for: cells of the grid are as many as the province has."""
        raise NotImplementedError

    def by(self, field: str) -> Rulebook:  # noqa: ARG002 - signals have one key
        """Nothing passes on from here."""
        return self

    def expect(self) -> Sequence[tuple[str, Any]]:
        """Nothing is waited for."""
        return ()

    def new(self, source: str, replay: str = "") -> NearState:  # noqa: ARG002 - signals of a replay meet nobody
        """The empty state of a key."""
        return self._engine.new(source)

    def step(
        self,
        state: NearState,
        event: Any,
        clock: int,
        replay: str = "",  # noqa: ARG002 - as above
        lost: int = 0,  # noqa: ARG002 - nothing is missed here
    ) -> tuple[Fate, Sequence[Transition]]:
        """Judge one signal."""
        signal: Signal = event
        return self._engine.step(state, signal, clock)

    def tick(
        self,
        state: NearState,
        clock: int,
        replay: str = "",  # noqa: ARG002 - as above
        lost: int = 0,  # noqa: ARG002 - as above
    ) -> Sequence[Transition]:
        """Let time pass."""
        return self._engine.tick(state, clock)

    @staticmethod
    def clock(state: NearState) -> str:  # noqa: ARG004 - see Rulebook
        """The broker's."""
        return ""


def rulebook(content: Content, domain: Domain, by: str = "") -> Rulebook:  # noqa: ARG001 - one for all domains
    """The rules of an edition that are judged over signals (`ioc.streams.editions.Make`)."""
    return SignalRules(SignalEngine(content.rules))
