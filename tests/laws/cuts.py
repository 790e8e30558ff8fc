"""The law of cuts, for any engine: however a history is cut, crashed and reloaded, it comes to the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

from ioc.alerts.alert import Transition
from ioc.alerts.state import State, from_bytes, to_bytes

Heard = TypeVar("Heard")


def holds_however_cut(
    log: Sequence[Heard],
    data: st.DataObject,
    play: Callable[[Sequence[Heard], State], Sequence[Transition]],
    new: Callable[[], State],
) -> None:
    """Batches of one to eight, each judged, lost in a crash, judged again from what was stored, and stored."""
    whole = new()
    told = play(log, whole)

    state, out, place = new(), list[Transition](), 0
    while place < len(log):
        size = data.draw(st.integers(1, 8))
        stored = to_bytes(state)
        crashed = play(log[place : place + size], state)
        state = from_bytes(stored)
        again = play(log[place : place + size], state)
        assert crashed == again
        out += again
        state = from_bytes(to_bytes(state))
        place += size

    assert out == told
    assert to_bytes(state) == to_bytes(whole)
