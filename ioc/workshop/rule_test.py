"""Tests of rules: each case is played through production's own step, and what came is held against what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from ioc.alerts.alert import Transition
from ioc.alerts.duration import refuse
from ioc.alerts.explain import OWN
from ioc.alerts.fields import Readable, nearest, readable
from ioc.alerts.finding import finding
from ioc.alerts.kinds import Near
from ioc.alerts.mistake import Mistake, RuleMistakes
from ioc.alerts.plain_yaml import Path, Stop, read
from ioc.alerts.rule import Rule, RuleSet
from ioc.catalogue import Catalogue, Feed, Owner, Schedule, Source, Title
from ioc.events import Event, Location
from ioc.events.codec import Observed, decode, encode
from ioc.events.domains import MODELS, Domain
from ioc.events.envelope import clip, event_id
from ioc.events.quantities import ENVIRONMENT
from ioc.workshop.across import across
from ioc.workshop.backtest import Backtest
from ioc.workshop.case import Case, Expected, File, Missing, Moment, Plan, moments
from ioc.workshop.order import ordered

DAY: Final = "2026-05-14"
"""A Thursday without a holiday, on which cases begin unless they name another day."""
_LOCAL = timezone(timedelta(hours=7))
_PLACE: Mapping[str, Any] = {"lat": 21.6, "lon": 105.8, "commune": "05443"}
"""Inside the province."""
_USUAL: Mapping[Domain, Mapping[str, Any]] = {
    "environment": {},
    "hotspot": {"satellite": "N", "instrument": "VIIRS", "confidence": 0.6},
    "camera": {"kind": "online", "phase": "state"},
    "netsec": {"severity": "severe"},
}
"""What an event says of itself where the case does not."""


class Written(NamedTuple):
    """One case and where it stands."""

    file: str
    line: int
    case: Case


class Result(NamedTuple):
    """What a case came to: the changes that came, in order."""

    written: Written
    got: Sequence[Expected]

    @property
    def passed(self) -> bool:
        """Whether exactly what was expected came; a key counts only where the case names one."""
        wanted = self.written.case.expect
        return len(wanted) == len(self.got) and all(
            one._replace(key="") == other._replace(key="") and one.key in ("", other.key)
            for one, other in zip(sorted(wanted), self.got, strict=True)
        )


def cases(texts: Mapping[str, str]) -> list[Written]:
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
            tests = File.model_validate(data).tests
        except ValidationError as error:
            wrong += _refused(file, lines, error)
            continue
        found += (Written(file, lines.get(("tests", nth), 1), case) for nth, case in enumerate(tests))
    if wrong:
        raise RuleMistakes(wrong)
    return found


def _refused(file: str, lines: Mapping[Path, int], error: ValidationError) -> Iterator[Mistake]:
    for item in error.errors(include_url=False):
        context = {key: clip(str(value), 120) for key, value in item.get("ctx", {}).items()}
        below = tuple(part for part in context.pop("at", "").split(".") if part)
        code, values = finding(item, context)
        path: Path = (*item["loc"], *(int(part) if part.isdigit() else part for part in below))
        if code == "unknown_key":
            known = Case.model_fields if len(path) > 2 else File.model_fields
            values = {**values, "nearest": nearest(str(path[-1]), known)}
        yield _mistake(file, lines, path, code, values)


def _mistake(file: str, lines: Mapping[Path, int], path: Path, code: str, values: dict[str, str]) -> Mistake:
    known = path
    while known and known not in lines:
        known = known[:-1]
    shown = ".".join(str(step + 1) if isinstance(step, int) else step for step in path)
    return Mistake(file=file, line=lines.get(known, 1), field=clip(shown, 200), code=code, values=values)


class Played(NamedTuple):
    """A case as it went: its events, every change in order, and the span it took, epoch ms."""

    events: Sequence[Observed]
    transitions: Sequence[Transition]
    begin: int
    end: int


def run(rules: RuleSet, written: Written) -> Result:
    """Play one case and note what came; raises as `play`."""
    played = play(rules, written)
    got = [Expected((one.at - played.begin) // 1000, one.change, one.severity, one.key) for one in played.transitions]
    return Result(written, sorted(got))


def play(rules: RuleSet, written: Written) -> Played:
    """Play one case; raises RuleMistakes where its rule is not there or its events cannot be."""
    case = written.case
    rule = rules.by_id.get(case.rule)
    if rule is None:
        raise _wrong(written, "rule", "unknown_rule", name=case.rule, nearest=nearest(case.rule, rules.by_id))
    start = datetime.fromisoformat(case.start if " " in case.start else f"{DAY} {case.start}").replace(tzinfo=_LOCAL)
    source = case.source or _source_of(rule)
    try:
        events = [_event(rule, source, start, one, nth) for nth, one in enumerate(moments(case))]
    except ValidationError as error:
        (found, *_) = error.errors(include_url=False)
        field = str(found["loc"][-1]) if found["loc"] else "-"
        near = nearest(field, readable(rule.domain)) if found["type"] == "extra_forbidden" else ""
        raise _wrong(written, "events", "event_field", name=field, domain=rule.domain, nearest=near) from None
    except ValueError as error:
        raise _wrong(written, "events", getattr(error, "type", "short_event"), **_values(error)) from None
    domains = _domains(rule)
    others = [one for one in rules.rules if one.domain in domains] if len(domains) > 1 else [rule]
    alone = RuleSet(others, holidays=rules.holidays)
    test = Backtest(alone, catalogue(rule, source, case.schedule), arrival=True)
    test.take(events)
    begin = round(start.timestamp() * 1000)
    last = max([test.last, begin + case.until * 1000, *(begin + one.at * 1000 for one in case.expect)])
    test.finish(last, begin, (lambda _: True) if rule.kind == "absence" else None, run_on=0)
    told = [*test.transitions, *across(alone, test.transitions, last)]
    return Played(events, ordered(one for one in told if one.rule in (rule.id, *OWN)), begin, last)


def _domains(rule: Rule) -> tuple[Domain, ...]:
    """The domains whose events a rule rests on; of several where it is moved by alerts (`near`)."""
    condition = rule.condition
    return (rule.domain, condition.partner.domain) if isinstance(condition, Near) else (rule.domain,)


def _values(error: ValueError) -> dict[str, str]:
    context = getattr(error, "context", None) or {}
    return {key: str(value) for key, value in context.items() if key != "at"}


def _wrong(written: Written, field: str, code: str, **values: str) -> RuleMistakes:
    return RuleMistakes(
        [Mistake(file=written.file, line=written.line, field=f"{written.case.rule}.{field}", code=code, values=values)]
    )


def _source_of(rule: Rule) -> str:
    named = rule.where.get("source")
    first = named[0] if isinstance(named, list) and named else named
    return first if isinstance(first, str) else "test:1"


def _feed_of(rule: Rule) -> str:
    named = rule.where.get("feed")
    first = named[0] if isinstance(named, list) and named else named
    return first if isinstance(first, str) else "test"


def catalogue(rule: Rule, source: str, schedule: Plan) -> Catalogue:
    """One feed with one registered source."""
    title = Title(vi="Thử", en="Test")
    feed = Feed(
        name=_feed_of(rule),
        adapter="readings",
        domain=rule.domain,
        title=title,
        owner=Owner(unit=title),
        schedule=Schedule(every=schedule.every or 1, grace=schedule.grace, lost=schedule.lost or None),
        expect=schedule.expect,
        sources=(Source(id=source, title=title, lat=_PLACE["lat"], lon=_PLACE["lon"]),),
    )
    return Catalogue(feeds=(feed,))


def _event(rule: Rule, source: str, start: datetime, one: Moment, nth: int) -> Observed:
    named_domain = one.fields.get("domain", rule.domain)
    domain = next((known for known in _domains(rule) if known == named_domain), None)
    if domain is None:
        raise refuse("event_field", name="domain", domain=rule.domain, nearest="")
    fields = {name: value for name, value in one.fields.items() if name != "domain"}
    known = readable(domain)
    said: dict[str, Any] = {**_USUAL[domain], **_quantity(rule, domain, fields)}
    said |= {name: _typed(known.get(name), value) for name, value in fields.items()}
    place: dict[str, Any] = {
        **_PLACE,
        **{name: said.pop(name) for name in ("lat", "lon", "commune", "error_m") if name in said},
    }
    at = start + timedelta(milliseconds=one.at)
    observed = at - timedelta(milliseconds=one.ago)
    named = str(said.pop("source", source))
    whole = {
        "type": domain,
        "id": event_id(named, nth, one.at),
        "feed": _feed_of(rule),
        "source": named,
        "observed_at": observed,
        "received_at": at,
        "value": 1.0,
        "location": None if place["commune"] == "nowhere" else Location(**place),
        **said,
    }
    made: Event = MODELS[domain].model_validate(whole)
    return decode(encode(made))


def _quantity(rule: Rule, domain: Domain, fields: Mapping[str, Any]) -> dict[str, Any]:
    choices = readable(domain)["quantity"].choices
    quantity = str(fields.get("quantity") or (rule.quantity or choices)[0])
    measure = ENVIRONMENT.get(quantity) if domain == "environment" else None  # type: ignore[call-overload]  # text
    unit = measure.unit if measure is not None else readable(domain)["unit"].choices[0]
    return {"quantity": quantity, "unit": unit}


def _typed(known: Readable | None, value: Any) -> Any:
    """A word of the short form as the field's own kind."""
    if known is None or not isinstance(value, (str, int, list)) or isinstance(value, bool):
        return value
    try:
        if known.kind == "number":
            return float(str(value)) if "." in str(value) or known.name in _FLOATS else int(str(value))
        if known.kind == "truth":
            return {"true": True, "false": False}.get(str(value), value)
        if known.kind == "texts":
            return tuple(value.split(",")) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]  # a list
    except (ValueError, TypeError):
        return value
    return value


_FLOATS = frozenset({"value", "lat", "lon", "error_m", "confidence", "brightness_k"})


def uncovered(rules: Iterable[Rule], written: Iterable[Written]) -> list[tuple[str, Missing]]:
    """Rules without a case that fires, or without one that does not."""
    shown = {(one.case.rule, one.case.fires or bool(one.case.expect)) for one in written}
    sorts: tuple[tuple[Missing, bool], ...] = (("firing", True), ("calm", False))
    return [(rule.id, sort) for rule in rules for sort, fires in sorts if (rule.id, fires) not in shown]
