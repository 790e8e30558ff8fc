"""The life of an alert: what the data say and what people did, and what each act makes of it, in one table.

Two "done"s stand apart: *resolved* is what the data say (Đã kết thúc), *closed* is what people say (Đã đóng). An alert
that ended while nobody had it stays until somebody has seen it; one that is on cannot be closed, only called a false
alarm or merged into another, and it asks for people again when it grows worse. Certainty (how sure the rule is) and
verification (what people found) are neither of them severity. Whether an alert is suppressed, overdue or snoozed is
computed from times and silences and stands in no state.

Pure: no clock, no store; times are epoch ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Literal, NamedTuple, get_args

from ioc.errors import Permanent
from ioc.events import Severity

Data = Literal["firing", "resolved"]
People = Literal["unaccepted", "accepted", "handed", "closed"]
Act = Literal[
    "accept",
    "assign",
    "hand",
    "report",
    "comment",
    "call",
    "snooze",
    "verify",
    "false_alarm",
    "merge",
    "close",
    "reopen",
]
"""What people do: take it, give it to a person, to a unit; the unit's answer; words, telephone, later, findings."""
Happening = Literal["fire", "end", "worsen"]
"""What the data do: it is on (again), it is over, it is worse than what people had dealt with."""
ACTS: tuple[Act, ...] = get_args(Act)
HAPPENINGS: tuple[Happening, ...] = get_args(Happening)


class State(NamedTuple):
    """What the data say, and what people did."""

    data: Data
    people: People


STATES: tuple[State, ...] = tuple(State(*pair) for pair in product(get_args(Data), get_args(People)))
"""In the order of the columns below."""

_PEOPLE: Mapping[str, People] = {"U": "unaccepted", "A": "accepted", "H": "handed", "C": "closed"}
_REFUSED: Mapping[str, str] = {
    "closed": "alert_closed",
    "ended": "alert_ended",
    "handed": "alert_handed",
    "on": "alert_on",
    "open": "alert_open",
    "unhanded": "alert_unhanded",
    "unowned": "alert_unowned",
}
_OF_PEOPLE: Mapping[Act, str] = {
    # what the data say:  firing                              resolved
    # what people did:    U        A        H        C        U        A        H        C
    "accept": "           A        A        A        closed   ended    A        ended    closed",
    "assign": "           A        A        A        closed   A        A        A        closed",
    "hand": "             H        H        H        closed   H        H        H        closed",
    "report": "           unhanded unhanded A        closed   unhanded unhanded A        closed",
    "comment": "          U        A        H        C        U        A        H        C",
    "call": "             U        A        H        C        U        A        H        C",
    "snooze": "           unowned  A        handed   closed   ended    ended    ended    closed",
    "verify": "           U        A        H        C        U        A        H        C",
    "false_alarm": "      C        C        C        C        C        C        C        C",
    "merge": "            C        C        C        closed   C        C        C        closed",
    "close": "            on       on       on       C        C        C        C        C",
    "reopen": "           open     open     open     A        open     open     open     A",
}
_OF_DATA: Mapping[Happening, tuple[Data | None, str]] = {
    "fire": ("firing", "  U        A        H        C        U        A        H        U"),
    "end": ("resolved", " U        A        H        C        U        A        H        C"),
    "worsen": (None, "    U        U        U        U        U        A        H        C"),
}


def _row(cells: str) -> list[str]:
    found = cells.split()
    assert len(found) == len(STATES)  # noqa: S101 - a table with a hole must not be imported
    return found


TABLE: Mapping[tuple[State, Act], State | str] = {
    (state, act): State(state.data, _PEOPLE[cell]) if cell in _PEOPLE else _REFUSED[cell]
    for act, cells in _OF_PEOPLE.items()
    for state, cell in zip(STATES, _row(cells), strict=True)
}
"""State and act -> the state after it, or the code of why it cannot be (words key `error.<code>`)."""
HAPPENS: Mapping[tuple[State, Happening], State] = {
    (state, happening): State(data or state.data, _PEOPLE[cell])
    for happening, (data, cells) in _OF_DATA.items()
    for state, cell in zip(STATES, _row(cells), strict=True)
}
"""State and what the data do -> the state after it; data are never refused."""


def after(state: State, act: Act) -> State:
    """The state after an act of people; raises Permanent with a code that says why where it cannot be."""
    found = TABLE[state, act]
    if isinstance(found, str):
        raise Permanent(found)
    return found


def allowed(state: State) -> tuple[Act, ...]:
    """What people can do now, in the order of the table."""
    return tuple(act for act in ACTS if isinstance(TABLE[state, act], State))


Verification = Literal["unverified", "verified", "unreachable", "false"]
"""What people found: nobody has looked; it is so; nobody could be reached; it is not so."""
How = Literal["camera", "phone", "scene"]
"""How people know."""
Cause = Literal["industry", "permitted_burn", "weather", "device", "rule", "other"]
"""Why an alarm was false."""
HOWS: tuple[How, ...] = get_args(How)
CAUSES: tuple[Cause, ...] = get_args(Cause)

MINUTE_MS = 60_000
SHIFT_MS = 8 * 60 * MINUTE_MS
"""A third of a day: starting value until the rota says how long a shift is."""
OWNED_MS: Mapping[Severity, int] = {
    "extreme": 10 * MINUTE_MS,
    "severe": 30 * MINUTE_MS,
    "moderate": 120 * MINUTE_MS,
    "minor": SHIFT_MS,
    "unknown": 120 * MINUTE_MS,
}
"""How long an owner may be silent before the shift lead is told; starting values of the specification (A15)."""
SNOOZED_MS: Mapping[Severity, int] = {**dict.fromkeys(OWNED_MS, SHIFT_MS), "extreme": 30 * MINUTE_MS}
"""How long an alert may be put off at most: a shift, an extreme one half an hour; starting values."""
SIGNS: frozenset[Act] = frozenset({"accept", "assign", "report", "comment", "call", "verify", "reopen"})
"""Acts by which an owner shows that they are at work: the countdown begins again."""
