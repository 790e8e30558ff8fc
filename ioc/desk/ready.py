"""Whether this desk can tell anybody: what is missing among channels, people, rota and directory, before the night."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from ioc.alerts.chain import Person
from ioc.alerts.rota import DAY_MS, Change, Gap, Rota, Shift
from ioc.alerts.routing import Routing
from ioc.desk import directory, rota
from ioc.desk.directory import Hole
from ioc.workshop.route_reach import extremes

AHEAD_MS: Final = 7 * DAY_MS
"""How far the rota is looked through."""


class Silent(NamedTuple):
    """A route that takes extreme alerts and reaches nobody from `since` on, and one domain of them."""

    route: str
    domain: str
    since: int


@dataclass(frozen=True)
class Missing:
    """Everything that is missing; `holes` where nobody can be called, `gaps` where a duty has nobody on shift."""

    holes: Sequence[Hole]
    gaps: Sequence[Gap]
    nowhere: Sequence[str]
    """Contacts, and people with a shift ahead, whom no channel that is set up reaches."""
    silent: Sequence[Silent]


def missing(session: Session, routing: Routing, ways: Collection[str], communes: Sequence[str], now: int) -> Missing:
    """What is missing from now on for seven days; `ways` are the channels that are set up."""
    known = rota.rota(session, now)
    people = rota.people(session, [one for one in routing.file.channels if one in ways])
    until = now + AHEAD_MS
    serving = {one.person for one in _spans(known) if one.end > now and one.start < until} - known.gone
    return Missing(
        directory.holes(directory.entries(session), communes),
        rota.gaps(known, routing.file.duties, now, until),
        sorted(name for name in {*people, *serving} if name not in people or not people[name].addresses),
        _silent(known, people, routing, now, until),
    )


def _spans(known: Rota) -> list[Shift | Change]:
    return [*known.shifts, *known.changes]


def _silent(known: Rota, people: dict[str, Person], routing: Routing, now: int, until: int) -> list[Silent]:
    edges = {edge for one in _spans(known) for edge in (one.start, one.end) if now < edge < until}
    moments = [now, *sorted(edges)]
    reached: dict[str, set[int]] = {
        duty: {at for at in moments if any(_reached(people, who) for who in known.responsible(duty, at))}
        for duty in {duty for chain in routing.file.chains.values() for step in chain.steps for duty in step.tell}
    }
    found: dict[str, Silent] = {}
    for alert, at in extremes(routing):
        route = routing.route(alert, at)
        if route.id in found:
            continue
        duties = {duty for step in routing.chain(route).steps for duty in step.tell}
        since = next((at for at in moments if not any(at in reached[duty] for duty in duties)), None)
        if since is not None:
            found[route.id] = Silent(route.id, alert.domain, since)
    return list(found.values())


def _reached(people: dict[str, Person], who: str) -> bool:
    return who in people and bool(people[who].addresses)
