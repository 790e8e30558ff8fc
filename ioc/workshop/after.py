"""What becomes of a transition after the verdict, step by step as the desk takes them, from what a file can tell.

`STEPS` is the chain: each step looks at the alert and says what it does, or nothing. Silences are made by people at a
running desk, so a file only tells under which key they would hold this alert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, NamedTuple

from ioc.alerts.alert import Transition
from ioc.alerts.routing import Routing
from ioc.alerts.silence import inhibited, suppression_key
from ioc.workshop.order import order


class Around(NamedTuple):
    """What a step may look at beside the alert: alerts open by then, the routes, and which replays tell people."""

    open: Sequence[Transition]
    routing: Routing | None
    notifies: Callable[[str], bool]


class After(NamedTuple):
    """One step that speaks: words `after.<code>` with `values`; with `ends` nothing after it matters."""

    code: Literal["signal", "trial", "replay", "drill", "parent", "ended", "silence", "passed", "route", "told"]
    values: dict[str, str]
    ends: bool = False


Look = Callable[[Transition, Around], Iterable[After]]


def _signal(told: Transition, _: Around) -> Iterable[After]:
    if told.emit == "signal":
        yield After("signal", {}, ends=True)


def _trial(told: Transition, _: Around) -> Iterable[After]:
    if told.shadow:
        yield After("trial", {}, ends=True)


def _replay(told: Transition, around: Around) -> Iterable[After]:
    if told.replay and not around.notifies(told.replay):
        yield After("replay", {"name": told.replay}, ends=True)


def _drill(told: Transition, _: Around) -> Iterable[After]:
    if told.drill:
        yield After("drill", {})


def _parent(told: Transition, around: Around) -> Iterable[After]:
    parent = inhibited(told, around.open) if told.status == "firing" else None
    if parent is not None:
        yield After("parent", {"rule": parent.rule, "id": parent.alert_id}, ends=True)


def _ended(told: Transition, _: Around) -> Iterable[After]:
    if told.status == "resolved":
        yield After("ended", {}, ends=True)


def _silence(told: Transition, _: Around) -> Iterable[After]:
    yield After("silence", {"group": suppression_key(told)})


def _route(told: Transition, around: Around) -> Iterable[After]:
    if around.routing is None:
        return
    tries = around.routing.tries(told, told.at)
    for one in tries[:-1]:
        yield After("passed", {"route": one.route.id, "failed": one.failed})
    taken = tries[-1].route
    yield After("route", {"route": taken.id, "chain": taken.chain})
    for step in around.routing.chain(taken).steps:
        yield After("told", {"after": str(step.after), "duties": ", ".join(step.tell), "channels": ", ".join(step.by)})


STEPS: Final[Sequence[Look]] = (_signal, _trial, _replay, _drill, _parent, _ended, _silence, _route)


def after(told: Transition, around: Around) -> Sequence[After]:
    """What the desk does with it, in order, up to the step that ends the matter."""
    found: list[After] = []
    for step in STEPS:
        for one in step(told, around):
            found.append(one)
            if one.ends:
                return found
    return found


def open_by(transitions: Iterable[Transition], told: Transition) -> Sequence[Transition]:
    """Alerts that stand when this one is told, each as it was told last."""
    standing: dict[str, Transition] = {}
    for one in sorted(transitions, key=lambda other: (other.clock, *order(other))):
        if one.clock > told.clock:
            break
        standing[one.alert_id] = one
    return [one for one in standing.values() if one.status == "firing"]
