"""YAML text -> routing, or every mistake in it with file, line, field and a hint."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from ioc.alerts.active import Active
from ioc.alerts.fields import nearest
from ioc.alerts.finding import finding
from ioc.alerts.mistake import Mistake, RuleMistakes
from ioc.alerts.plain_yaml import Path, Stop, read
from ioc.alerts.routing import Chain, Group, Limits, Match, Route, Routing, RoutingFile, Step
from ioc.alerts.rule import Short
from ioc.events.envelope import clip


def parse_routing(file: str, text: str, communes: Collection[str] = (), holidays: Collection[int] = ()) -> Routing:
    """The routing in this text; raises RuleMistakes naming everything that is wrong.

    `communes`: the codes that exist, to find slips; none: any five digits will do. `holidays` as for rules.
    """
    try:
        data, lines = read(text)
    except Stop as stop:
        raise RuleMistakes(
            [Mistake(file=file, line=stop.line, field="-", code=stop.code, values=stop.values)]
        ) from None
    reader = _Reader(file, lines)
    try:
        found = RoutingFile.model_validate(data)
    except ValidationError as error:
        raise RuleMistakes(list(reader.refused(error))) from None
    wrong = [reader.mistake(path, code, values) for path, code, values in _nonsense(found, communes, holidays)]
    if wrong:
        raise RuleMistakes(sorted(wrong, key=lambda one: (one.line, one.field, one.code)))
    return Routing(found, holidays)


Wrong = tuple[Path, str, dict[str, str]]


def _nonsense(file: RoutingFile, communes: Collection[str], holidays: Collection[int]) -> Iterator[Wrong]:
    """What the shape cannot say: names that do not exist, routes that are never reached, alerts that reach nobody."""
    for area, codes in file.areas.items():
        for nth, code in enumerate(codes):
            if communes and code not in communes:
                yield ("areas", area, nth), "unknown_commune", {"name": code}
    for name, chain in file.chains.items():
        yield from _chain(name, chain, file)
    yield from _routes(file, communes, holidays)
    used = {route.chain for route in file.routes}
    for name in file.chains:
        if name not in used:
            yield ("chains", name), "unused_chain", {"name": name}


def _chain(name: str, chain: Chain, file: RoutingFile) -> Iterator[Wrong]:
    before = -1
    for nth, step in enumerate(chain.steps):
        at: Path = ("chains", name, "steps", nth)
        if step.after <= before:
            yield (*at, "after"), "steps_not_rising", {}
        before = max(before, step.after)
        for place, duty in enumerate(step.tell):
            if duty not in file.duties:
                yield (*at, "tell", place), "unknown_duty", {"name": duty, "nearest": nearest(duty, file.duties)}
        for place, channel in enumerate(step.by):
            if channel not in file.channels:
                values = {"name": channel, "nearest": nearest(channel, file.channels)}
                yield (*at, "by", place), "unknown_channel", values
    if chain.times is not None and not chain.repeat:
        yield ("chains", name, "times"), "times_without_repeat", {}


def _routes(file: RoutingFile, communes: Collection[str], holidays: Collection[int]) -> Iterator[Wrong]:
    seen: set[str] = set()
    whole = ""
    for nth, route in enumerate(file.routes):
        at: Path = ("routes", nth)
        if route.id in seen:
            yield (*at, "id"), "same_route", {"name": route.id}
        seen.add(route.id)
        if whole:
            yield at, "route_never_reached", {"name": whole}
        if route.chain not in file.chains:
            values = {"name": route.chain, "nearest": nearest(route.chain, file.chains)}
            yield (*at, "chain"), "unknown_chain", values
        for place, area in enumerate(route.match.area):
            if area not in file.areas:
                yield (
                    (*at, "match", "area", place),
                    "unknown_area",
                    {"name": area, "nearest": nearest(area, file.areas)},
                )
        for place, code in enumerate(route.match.commune):
            if communes and code not in communes:
                yield (*at, "match", "commune", place), "unknown_commune", {"name": code}
        if route.match.active is not None and route.match.active.holidays != "any" and not holidays:
            yield (*at, "match", "active", "holidays"), "no_holidays", {}
        if route.alone and route.group is not None:
            yield (*at, "group"), "group_of_alone", {}
        if route.match.everything:
            whole = whole or route.id
    if not whole:
        yield ("routes", len(file.routes) - 1), "no_last_route", {}


_PLACES: Mapping[str, type[BaseModel]] = {
    "duties": Short,
    "limits": Limits,
    "chains": Chain,
    "steps": Step,
    "routes": Route,
    "match": Match,
    "active": Active,
    "group": Group,
}
"""Key -> model of what stands below it."""


class _Reader:
    def __init__(self, file: str, lines: Mapping[Path, int]) -> None:
        self._file = file
        self._lines = lines

    def refused(self, error: ValidationError) -> Iterator[Mistake]:
        for item in error.errors(include_url=False):
            context = {key: clip(str(value), 120) for key, value in item.get("ctx", {}).items()}
            below = tuple(part for part in context.pop("at", "").split(".") if part)
            code, values = finding(item, context)
            path: Path = tuple(part for part in (*item["loc"], *below) if part != "[key]")
            if code == "unknown_key":
                values = {**values, "nearest": nearest(str(path[-1]), _keys_at(path[:-1]))}
            yield self.mistake(path, code, values)

    def mistake(self, path: Path, code: str, values: dict[str, Any]) -> Mistake:
        """The mistake with the line of the nearest part that stands in the file."""
        known = path
        while known and known not in self._lines:
            known = known[:-1]
        shown = ".".join(str(step + 1) if isinstance(step, int) else step for step in path)
        return Mistake(
            file=self._file, line=self._lines.get(known, 1), field=clip(shown or "-", 200), code=code, values=values
        )


def _keys_at(path: Path) -> list[str]:
    named = [step for step in path if isinstance(step, str) and step in _PLACES]
    model: type[BaseModel] = _PLACES[named[-1]] if named else RoutingFile
    return list(model.model_fields)
