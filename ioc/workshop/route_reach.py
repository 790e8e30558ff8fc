"""What every routing must keep, whatever its tests say: the worst is told though the internet is gone.

Every route that can take an extreme alert is asked, by every domain, certainty and place that the file tells apart, at
every hour at which its routes change: each step of the chain must name a channel that needs no internet, because when
the backbone is cut all channels over it die together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Final, NamedTuple, get_args

from ioc.alerts.active import DAY_MS, LOCAL_MS, MINUTE_MS, minutes
from ioc.alerts.routing import Routing
from ioc.events.domains import DOMAINS
from ioc.events.envelope import Certainty
from ioc.workshop.route_case import Given

CERTAINTIES: Final[tuple[Certainty, ...]] = get_args(Certainty)
_WEEK: Final = 20_000 - 20_000 % 7
"""Any day; the seven from it on hold each day of the week."""


class Bare(NamedTuple):
    """A step that needs the internet, and one alert that would be told by it alone."""

    route: str
    chain: str
    step: int
    example: Given


def over_internet_alone(routing: Routing) -> list[Bare]:
    """Steps on which an extreme alert depends on the internet, each once."""
    found: dict[tuple[str, int], Bare] = {}
    for alert, at in extremes(routing):
        route = routing.route(alert, at)
        for nth, step in enumerate(routing.chain(route).steps):
            if all(routing.file.channels[name] == "internet" for name in step.by):
                found.setdefault((route.chain, nth), Bare(route.id, route.chain, nth, alert))
    return list(found.values())


def extremes(routing: Routing) -> Iterator[tuple[Given, int]]:
    """One extreme alert of each kind that the routes can tell apart, at each moment at which they change."""
    matches = [route.match for route in routing.routes]
    rules = {"any", *(pattern.rstrip("*") or "any" for match in matches for pattern in match.rule)}
    feeds = {"any", *(feed for match in matches for feed in match.feed)}
    communes: set[str | None] = {None}
    for route in routing.routes:
        codes = (*route.match.commune, *(code for name in route.match.area for code in routing.file.areas[name]))
        communes.update(codes)
    for domain, certainty, rule, feed, commune in product(
        DOMAINS, CERTAINTIES, sorted(rules), sorted(feeds), sorted(communes, key=str)
    ):
        alert = Given(severity="extreme", certainty=certainty, domain=domain, rule=rule, feed=feed, commune=commune)
        yield from ((alert, at) for at in _moments(routing))


def _moments(routing: Routing) -> Sequence[int]:
    """Each begin and end of hours, on each day of the week; midnight where no route asks for the time."""
    hours = {0}
    days = range(1)
    for route in routing.routes:
        active = route.match.active
        if active is not None:
            days = range(7)
            hours.update(minutes(active.hours) if active.hours is not None else ())
    return [(_WEEK + day) * DAY_MS - LOCAL_MS + hour % 1440 * MINUTE_MS for day in days for hour in sorted(hours)]


def one_path(people: Mapping[str, Mapping[str, str]], routing: Routing) -> list[str]:
    """People whom fewer than two paths reach: one cut, and they hear nothing."""
    paths = routing.file.channels
    return sorted(
        name
        for name, addresses in people.items()
        if len({paths[channel] for channel, address in addresses.items() if address and channel in paths}) < 2
    )
