"""Who must be told now: a pure function of the alert, its chain, who is on duty, the time, and who was told before.

A chain runs from `started_at` until somebody accepts, the alert ends, or it is muted. Nobody is told twice by the same
channel in one run, except by a repeat. A person without an address is never a step: the others of the chain keep their
times. Only where nobody at all could be told yet does the next person who can be reached come at once: no alert waits
for a step that is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from ioc.alerts.message import Occasion
from ioc.alerts.routing import Chain, Step
from ioc.words import Lang


class Person(NamedTuple):
    """Somebody who can be told; `addresses`: channel -> address in its own form."""

    name: str
    addresses: Mapping[str, str]
    lang: Lang = "vi"


OnDuty = Callable[[str], Sequence[Person]]
"""Who answers for a duty at the moment that is asked about."""


class State(NamedTuple):
    """What a chain needs of an alert; times are epoch ms.

    `started_at`: when its need began (it opened, it grew worse than what was accepted, it was no longer muted).
    """

    firing: bool
    accepted: bool
    started_at: int
    snoozed_until: int = 0

    @property
    def needs(self) -> bool:
        """Whether it still asks for a person."""
        return self.firing and not self.accepted


class Told(NamedTuple):
    """One person was told (or it stands in the outbox) within this run."""

    person: str
    step: int
    at: int
    channels: tuple[str, ...]


class Tell(NamedTuple):
    """Tell this person now, by these channels."""

    person: Person
    step: int
    occasion: Occasion
    channels: tuple[str, ...]


class Due(NamedTuple):
    """What is due: whom to tell, steps at which nobody can be reached, and when to ask again (None: never)."""

    tell: tuple[Tell, ...]
    empty: tuple[int, ...]
    next_at: int | None


NOTHING = Due((), (), None)
MINUTE_MS: Final = 60_000


def due(state: State, chain: Chain, on_duty: OnDuty, told: Sequence[Told], now: int) -> Due:
    """What must happen now."""
    if not state.needs:
        return NOTHING
    if state.snoozed_until > now:
        return Due((), (), state.snoozed_until)
    tell: list[Tell] = []
    empty: list[int] = []
    reached = [nth for nth, step in enumerate(chain.steps) if state.started_at + step.after * 1000 <= now]
    for nth in reached:
        people = _reachable(chain.steps[nth], on_duty)
        if not people:
            empty.append(nth)
        tell += _new(nth, people, told, tell)
    if not tell and not told and len(empty) == len(reached):
        tell += _earliest(chain, len(reached), on_duty)
    if not tell:
        tell += _again(chain, on_duty, told, now)
    return Due(tuple(tell), tuple(empty), _next(state, chain, told, tell, now))


def _reachable(step: Step, on_duty: OnDuty) -> list[tuple[Person, tuple[str, ...]]]:
    """Everybody of a step with the channels that reach him: those of the step, else any that he has."""
    found: dict[str, tuple[Person, tuple[str, ...]]] = {}
    for duty in step.tell:
        for person in on_duty(duty):
            channels = tuple(name for name in step.by if person.addresses.get(name))
            channels = channels or tuple(name for name, address in sorted(person.addresses.items()) if address)
            if channels:
                found.setdefault(person.name, (person, channels))
    return list(found.values())


def _new(
    nth: int, people: Sequence[tuple[Person, tuple[str, ...]]], told: Sequence[Told], telling: Sequence[Tell]
) -> list[Tell]:
    """Those of a step who have not been told by one of its channels."""
    found = []
    for person, channels in people:
        used = {name for one in told if one.person == person.name for name in one.channels}
        used |= {name for one in telling if one.person.name == person.name for name in one.channels}
        fresh = tuple(name for name in channels if name not in used)
        if fresh:
            found.append(Tell(person, nth, "alert" if nth == 0 else "escalated", fresh))
    return found


def _earliest(chain: Chain, begin: int, on_duty: OnDuty) -> list[Tell]:
    """The first later step at which somebody can be reached."""
    for nth in range(begin, len(chain.steps)):
        people = _reachable(chain.steps[nth], on_duty)
        if people:
            return _new(nth, people, (), ())
    return []


def _again(chain: Chain, on_duty: OnDuty, told: Sequence[Told], now: int) -> list[Tell]:
    """Everybody who was told, be it before his step's time, and is still on duty, by the channel that he was told by first."""
    at = _repeat_at(chain, told)
    if at is None or at > now:
        return []
    found: dict[str, Tell] = {}
    for nth, step in enumerate(chain.steps):
        for person, _ in _reachable(step, on_duty):
            first = next((one for one in told if one.person == person.name), None)
            if first is not None:
                channels = tuple(name for name in first.channels[:1] if person.addresses.get(name))
                if channels:
                    found.setdefault(person.name, Tell(person, nth, "repeat", channels))
    return list(found.values())


def _repeat_at(chain: Chain, told: Sequence[Told]) -> int | None:
    """When everybody is told again; None where nobody will be."""
    if not chain.repeat or not told:
        return None
    if chain.times is not None and len({one.at for one in told}) >= chain.times + len(chain.steps):
        return None
    return max(one.at for one in told) + chain.repeat * 1000


def _next(state: State, chain: Chain, told: Sequence[Told], tell: Sequence[Tell], now: int) -> int | None:
    """The next step, or the next repeat, whichever comes first."""
    steps = [state.started_at + step.after * 1000 for step in chain.steps]
    times = [at for at in steps if at > now]
    all_told = [*told, *(Told(one.person.name, one.step, now, one.channels) for one in tell)]
    repeat = _repeat_at(chain, all_told)
    if repeat is not None:
        # One that is due and reached nobody: whoever comes on duty is told within a minute.
        times.append(repeat if repeat > now else now + MINUTE_MS)
    return min(times, default=None)
