"""Tests of the routing: each case is played through the desk's own functions in virtual time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from ioc.alerts.chain import Person, State, Told, due
from ioc.alerts.fields import nearest
from ioc.alerts.finding import finding
from ioc.alerts.mistake import Mistake, RuleMistakes
from ioc.alerts.mute import Area, Silence
from ioc.alerts.plain_yaml import Path, Stop, read
from ioc.alerts.routing import Routing
from ioc.events.envelope import clip
from ioc.workshop.route_case import Expected, RouteCase, RouteFile

DAY: Final = "2026-05-14"
"""A Thursday without a holiday, on which cases begin unless they name another day."""
_LOCAL = timezone(timedelta(hours=7))


class Written(NamedTuple):
    """One case, where it stands, and the people of its file."""

    file: str
    line: int
    case: RouteCase
    people: Mapping[str, Person]
    duty: Mapping[str, Sequence[str]]


class Result(NamedTuple):
    """What a case came to: the route that took the alert, and who was told."""

    written: Written
    route: str
    got: Sequence[Expected]

    @property
    def passed(self) -> bool:
        """Whether exactly what was expected came, over the route that was expected."""
        case = self.written.case
        return sorted(case.expect) == sorted(self.got) and case.route in ("", self.route)


def route_cases(routing: Routing, texts: Mapping[str, str]) -> list[Written]:
    """The cases of all files (name -> text); raises RuleMistakes naming everything that is wrong with them."""
    found: list[Written] = []
    wrong: list[Mistake] = []
    for file in sorted(texts):
        try:
            data, lines = read(texts[file])
        except Stop as stop:
            wrong.append(Mistake(file=file, line=stop.line, field="-", code=stop.code, values=stop.values))
            continue
        try:
            tests = RouteFile.model_validate(data)
        except ValidationError as error:
            wrong += _refused(file, lines, error)
            continue
        wrong += (_mistake(file, lines, *one) for one in _unknown(routing, tests))
        people = {name: Person(name, addresses) for name, addresses in tests.people.items()}
        for nth, case in enumerate(tests.tests):
            duty = {**tests.duty, **case.duty}
            found.append(Written(file, lines.get(("tests", nth), 1), case, people, duty))
    if wrong:
        raise RuleMistakes(wrong)
    return found


def _unknown(routing: Routing, tests: RouteFile) -> Iterator[tuple[Path, str, dict[str, str]]]:
    """Names that the routing, or the file itself, does not know."""
    file = routing.file
    for person, addresses in tests.people.items():
        for channel in addresses:
            if channel not in file.channels:
                near = nearest(channel, file.channels)
                yield ("people", person, channel), "unknown_channel", {"name": channel, "nearest": near}
    told: list[tuple[Path, Mapping[str, Sequence[str]]]] = [(("duty",), tests.duty)]
    told += [(("tests", nth, "duty"), case.duty) for nth, case in enumerate(tests.tests)]
    for at, duties in told:
        for duty, people in duties.items():
            if duty not in file.duties:
                yield (*at, duty), "unknown_duty", {"name": duty, "nearest": nearest(duty, file.duties)}
            for nth, person in enumerate(people):
                if person not in tests.people:
                    near = nearest(person, tests.people)
                    yield (*at, duty, nth), "unknown_person", {"name": person, "nearest": near}
    for nth, case in enumerate(tests.tests):
        if case.route and case.route not in routing.by_id:
            near = nearest(case.route, routing.by_id)
            yield ("tests", nth, "route"), "unknown_route", {"name": case.route, "nearest": near}


def _refused(file: str, lines: Mapping[Path, int], error: ValidationError) -> Iterator[Mistake]:
    for item in error.errors(include_url=False):
        context = {key: clip(str(value), 120) for key, value in item.get("ctx", {}).items()}
        below = tuple(part for part in context.pop("at", "").split(".") if part)
        code, values = finding(item, context)
        path: Path = (*item["loc"], *(int(part) if part.isdigit() else part for part in below))
        if code == "unknown_key":
            known: Any = RouteCase.model_fields if len(path) == 3 else RouteFile.model_fields
            values = {**values, "nearest": nearest(str(path[-1]), known)}
        yield _mistake(file, lines, path, code, values)


def _mistake(file: str, lines: Mapping[Path, int], path: Path, code: str, values: dict[str, str]) -> Mistake:
    known = path
    while known and known not in lines:
        known = known[:-1]
    shown = ".".join(str(step + 1) if isinstance(step, int) else step for step in path) or "-"
    return Mistake(file=file, line=lines.get(known, 1), field=clip(shown, 200), code=code, values=values)


def run(routing: Routing, written: Written) -> Result:
    """Play one case."""
    case, alert = written.case, written.case.alert
    start = datetime.fromisoformat(case.at if " " in case.at else f"{DAY} {case.at}").replace(tzinfo=_LOCAL)
    begin = round(start.timestamp() * 1000)
    route = routing.route(alert, begin)
    silence = _silence(case, begin)
    got: list[Expected] = []
    told: list[Told] = []
    started, now = begin, begin
    while now <= begin + case.until * 1000:
        if silence is not None and not route.alone and silence.mutes(alert, now):
            started = now = silence.ends_at
            continue
        after = (now - begin) // 1000
        over = case.ended is not None and after >= case.ended
        state = State(not over, case.accepted is not None and after >= case.accepted, started)
        found = due(state, routing.chain(route), lambda duty: _people(written, duty), told, now)
        for one in found.tell:
            told.append(Told(one.person.name, one.step, now, one.channels))
            got.append(Expected(after, one.person.name, one.occasion, ",".join(sorted(one.channels))))
        if found.next_at is None:
            break
        now = found.next_at
    if case.ended is not None and case.ended <= case.until:
        first = {one.person: one.channels[0] for one in reversed(told)}
        got += (Expected(case.ended, name, "ended", channel) for name, channel in first.items())
    return Result(written, route.id, sorted(got))


def _people(written: Written, duty: str) -> list[Person]:
    return [written.people[name] for name in written.duty.get(duty, ())]


def _silence(case: RouteCase, begin: int) -> Silence | None:
    given = case.silence
    if given is None:
        return None
    area = Area(given.rule, given.source, frozenset(given.communes))
    return Silence("case", area, begin, begin + given.until * 1000, given.up_to)
