"""What the watching machine concludes from beats that were answered and beats that were not (pure)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

MISSES = 3
"""Beats without an answer before help is called: one lost packet or one restart of a role is no emergency."""
REMIND_MS = 900_000
"""A quarter of an hour: as long as nobody has mended it, somebody is told again."""

Trouble = Literal["unreachable", "refused", "unanswered"]
"""Nobody takes the beat, it is not let in, or it was let in and nothing came back."""


class Fault(NamedTuple):
    """Why a beat has no answer; `detail` is a status or the gateway's own sentence."""

    kind: Trouble
    detail: str = ""


class Call(NamedTuple):
    """What people must be told. `since` is the last answer, or the first beat where there never was one (epoch ms)."""

    kind: Literal["help", "still", "back"]
    since: int
    at: int
    fault: Fault | None = None


@dataclass(frozen=True)
class State:
    """What is known: when it last went well, how many beats were lost since, when people were last told, and of what."""

    well: int
    misses: int = 0
    told: int | None = None
    away: int | None = None
    """Since when it was away, as people were told; they still wait to hear that it is back."""


def judge(state: State, fault: Fault | None, at: int) -> tuple[State, Call | None]:
    """One beat's outcome at `at` (epoch ms); the call, if there is one, counts as made only by `told`."""
    if fault is None:
        call = None if state.away is None else Call("back", state.away, at)
        return replace(state, well=at, misses=0), call
    state = replace(state, misses=state.misses + 1)
    if state.misses < MISSES:
        return state, None
    if state.told is None:
        return state, Call("help", state.well, at, fault)
    return state, Call("still", state.well, at, fault) if at - state.told >= REMIND_MS else None


def told(state: State, call: Call) -> State:
    """The call has left by at least one way; one that has not is made again with the next beat."""
    if call.kind == "back":
        return replace(state, told=None, away=None)
    return replace(state, told=call.at, away=call.since)
