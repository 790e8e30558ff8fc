"""What `ioc routes check`, `test` and `explain` do and say."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import typer
from pydantic import ValidationError

from ioc.alerts.mistake import RuleMistakes
from ioc.alerts.routing import Routing
from ioc.errors import Permanent
from ioc.settings import ConfigMistakes
from ioc.settings.routing import load_routing
from ioc.settings.rules import rule_texts
from ioc.settings.shipped import shipped
from ioc.words import Lang, say
from ioc.workshop.case import spelled
from ioc.workshop.route_case import Expected, Given
from ioc.workshop.route_reach import one_path, over_internet_alone
from ioc.workshop.route_test import DAY, Result, Written, route_cases, run

WRONG = 1
"""Exit code where the file has a mistake or a case fails."""
UNREADABLE = 2
"""Exit code where the files cannot be read at all."""
TESTS = "routing-tests.yaml"
"""File of the cases, beside the file of routes."""


def run_check(path: Path | None, lang: Lang) -> None:
    """The whole of `check`; raises typer.Exit(1) with mistakes, (2) where the file cannot be read."""
    found = _loaded(path, lang, WRONG)
    file = found.file
    print(say("routes.ok", lang, routes=len(file.routes), chains=len(file.chains)))


def _loaded(path: Path | None, lang: Lang, code: int) -> Routing:
    try:
        return load_routing(path)
    except RuleMistakes as error:
        _tell(error.sentences(lang), len(error.mistakes), lang)
        raise typer.Exit(code) from None
    except ConfigMistakes as error:
        _tell(error.sentences(lang), len(error.mistakes), lang)
        raise typer.Exit(UNREADABLE) from None


def _tell(sentences: Iterable[str], count: int, lang: Lang) -> None:
    for sentence in sentences:
        print(sentence)
    sys.stdout.flush()
    print(say("rules.mistakes", lang, count=count), file=sys.stderr)


def run_test(paths: Sequence[Path], path: Path | None, lang: Lang) -> None:
    """The whole of `test`; raises typer.Exit(1) where a case fails or a promise is broken, (2) as `check`."""
    routing = _loaded(path, lang, UNREADABLE)
    files = paths or [(path.parent if path else shipped("routing.yaml").parent) / TESTS]
    try:
        texts: dict[str, str] = {}
        for one in files:
            texts |= rule_texts(one.parent, [one])
        known = route_cases(routing, texts)
    except (RuleMistakes, ConfigMistakes) as error:
        _tell(error.sentences(lang), len(error.mistakes), lang)
        raise typer.Exit(UNREADABLE) from None
    results = [run(routing, one) for one in known]
    for result in results:
        _tell_result(result, lang)
    failed = sum(not result.passed for result in results) + _promises(routing, known, lang)
    sys.stdout.flush()
    if failed:
        print(say("routes.some", lang, failed=failed, count=len(results)), file=sys.stderr)
        raise typer.Exit(WRONG)
    print(say("routes.all", lang, count=len(results)), file=sys.stderr)


def _promises(routing: Routing, known: Sequence[Written], lang: Lang) -> int:
    """Say which of the promises that hold for every routing this one breaks."""
    bare = over_internet_alone(routing)
    for one in bare:
        values = {"route": one.route, "chain": one.chain, "step": one.step + 1, "domain": one.example.domain}
        print(say("routes.internet_alone", lang, **values))
    people: Mapping[str, Mapping[str, str]] = {
        name: person.addresses for written in known for name, person in written.people.items()
    }
    lonely = one_path(people, routing)
    for name in lonely:
        print(say("routes.one_path", lang, person=name))
    return len(bare) + len(lonely)


def _tell_result(result: Result, lang: Lang) -> None:
    one = result.written
    title = one.case.case.vi if lang == "vi" else one.case.case.en
    print(say("tests.passed" if result.passed else "tests.failed", lang, case=title))
    if not result.passed:
        print(say("tests.place", lang, file=one.file, line=one.line, rule=result.route))
        print(say("tests.wanted", lang, changes=_lines(one.case.expect, lang)))
        print(say("tests.got", lang, changes=_lines(result.got, lang)))
        if one.case.route not in ("", result.route):
            print(say("routes.other_route", lang, wanted=one.case.route, got=result.route))


def _lines(told: Sequence[Expected], lang: Lang) -> str:
    return "; ".join(f"{spelled(one.at)} {one.person} {one.occasion} {one.channels}" for one in sorted(told)) or say(
        "tests.nothing", lang
    )


def run_explain(given: Mapping[str, object], at: str, path: Path | None, lang: Lang) -> None:
    """The whole of `explain`; raises typer.Exit(2) for an alert that cannot be."""
    routing = _loaded(path, lang, UNREADABLE)
    try:
        alert = Given.model_validate(given)
        moment = datetime.fromisoformat(at if " " in at else f"{DAY} {at}")
    except ValidationError as error:
        fields = ", ".join(str(item["loc"][0]) for item in error.errors(include_url=False) if item["loc"])
        raise Permanent("route_alert", fields=fields) from None
    except ValueError:
        raise Permanent("route_alert", fields="at") from None
    tries = routing.tries(alert, round(moment.replace(tzinfo=timezone(timedelta(hours=7))).timestamp() * 1000))
    for one in tries:
        key = "routes.not_taken" if one.failed else "routes.taken"
        print(say(key, lang, route=one.route.id, chain=one.route.chain, field=one.failed))
    route = tries[-1].route
    chain = routing.chain(route)
    for step in chain.steps:
        duties = ", ".join(getattr(routing.file.duties[name], lang) for name in step.tell)
        print(say("routes.step", lang, after=spelled(step.after), duties=duties, channels=", ".join(step.by)))
    if chain.repeat:
        print(say("routes.repeat", lang, every=spelled(chain.repeat)))
    if route.alone:
        print(say("routes.alone", lang))
    elif route.group is not None:
        values = {"by": ", ".join(route.group.by), "wait": spelled(route.group.wait)}
        print(say("routes.group", lang, every=spelled(route.group.every), **values))
