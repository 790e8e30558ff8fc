"""A span of the province in virtual time: native bytes -> intake -> engine, the log clock being the time of sending.

No process, no broker: what arrives when is the province's word, ticks come once a second as the workers write them
(those at which no state is due are left out: the engine does nothing at them), and an id that was read before is a
duplicate, as the streams judge it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.alerts.stage import Keys, by_stage
from ioc.alerts.state import due
from ioc.catalogue import Catalogue
from ioc.embedded.province import World, messages
from ioc.embedded.province.native import SECOND, utc
from ioc.events.codec import Observed, decode, encode
from ioc.events.domains import Domain
from ioc.intake import judge
from ioc.places.boundaries import Boundaries
from ioc.settings import load_catalogue, shipped


class Arrival(NamedTuple):
    """One event as the log has it."""

    at: int
    event: Observed


class Heard(NamedTuple):
    """What came of a span: arrivals per source in the order of the log, and the fates of its records per feed."""

    arrivals: Mapping[str, Sequence[Arrival]]
    fates: Mapping[str, Counter[str]]


@cache
def catalogue() -> Catalogue:
    """The shipped feeds, as the demonstration waits for them."""
    return load_catalogue(demo=True)


@cache
def shipped_rules() -> RuleSet:
    return parse({path.name: path.read_text(encoding="utf-8") for path in sorted(shipped("rules").glob("*.yaml"))})


@cache
def _map() -> Boundaries:
    return Boundaries.builtin()


def hear(world: World, domain: Domain, since: int, until: int, clock: Callable[[int], int] = lambda at: at) -> Heard:
    """Everything of one domain that is sent in [since, until) of the province's time; `clock` gives the log's."""
    feeds = frozenset(feed.name for feed in catalogue().feeds if feed.domain == domain)
    arrivals: defaultdict[str, list[Arrival]] = defaultdict(list)
    fates: defaultdict[str, Counter[str]] = defaultdict(Counter)
    seen: set[str] = set()
    for message in messages(world, since, until, feeds):
        feed = catalogue().by_feed[message.feed]
        at = clock(message.at)
        for judged in judge(message.body, feed, catalogue(), _map(), utc(at), origin=message.name):
            fresh = [event for event in judged.events if event.id not in seen]
            seen.update(event.id for event in fresh)
            fates[feed.name]["duplicate" if judged.events and not fresh else judged.fate] += 1
            for event in fresh:
                arrivals[event.source].append(Arrival(at, decode(encode(event))))
    return Heard(dict(arrivals), dict(fates))


def run(  # noqa: PLR0917 - a span of a world
    rules: RuleSet,
    domain: Domain,
    arrivals: Mapping[str, Sequence[Arrival]],
    since: int,
    until: int,
    registry: Catalogue | None = None,
) -> list[Transition]:
    """What the rules say of a span, every source by itself, as its own key in the log; then every other key."""
    known = registry or catalogue()
    engine = Engine(rules, known, domain)
    told: list[Transition] = []
    keys = Keys(rules, domain)
    onward: defaultdict[tuple[str, str], list[Arrival]] = defaultdict(list)

    def accepted(arrival: Arrival) -> None:
        for key in keys.of(arrival.event):
            onward[key].append(arrival)

    told += _stage(engine, arrivals, since, until, accepted)
    for field in keys.fields:
        by_value = {
            value: sorted(found, key=lambda one: one.at) for (by, value), found in onward.items() if by == field
        }
        told += _stage(Engine(rules, known, domain, by_stage(field)), by_value, since, until, lambda _: None)
    return told


def _stage(
    engine: Engine,
    arrivals: Mapping[str, Sequence[Arrival]],
    since: int,
    until: int,
    accepted: Callable[[Arrival], None],
) -> Iterator[Transition]:
    states = dict(engine.expect()) | {source: engine.new(source) for source in arrivals}
    for source, state in sorted(states.items()):
        clock = since
        for arrival in (*arrivals.get(source, ()), None):
            end = until if arrival is None else arrival.at
            for tick in _ticks(state, clock, end):
                yield from engine.tick(state, tick)
            if arrival is not None:
                fate, told = engine.step(state, arrival.event, arrival.at)
                yield from told
                if fate == "accepted":
                    accepted(arrival)
            clock = end


def _ticks(state: object, after: int, until: int) -> Iterator[int]:
    """The whole seconds in (after, until] at which the state is due; asked again after each."""
    at = after // SECOND * SECOND
    while True:
        wanted = due(state)  # type: ignore[arg-type]  # the engine's state, which changes while we look
        at = max(at + SECOND, -(-wanted // SECOND) * SECOND)
        if not wanted or at > until:
            return
        yield at
