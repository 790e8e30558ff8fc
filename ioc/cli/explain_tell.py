"""`ioc rules explain`: an event or an alert of a file, rule by rule, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from mmap import ACCESS_READ, mmap
from pathlib import Path

from ioc.alerts.alert import Transition
from ioc.alerts.explain import Verdict
from ioc.alerts.figures import VIETNAM, duration, measured, moment
from ioc.alerts.rule import RuleSet
from ioc.alerts.sentence import sentence
from ioc.alerts.stage import SOURCE, fields_of
from ioc.catalogue import Catalogue
from ioc.cli.backtest_run import Wish, backtest, catalogue_of, rules_of
from ioc.cli.events_given import Given, events_file
from ioc.cli.explain_after import change_words, routing_of, tell_after, tell_again, tell_near
from ioc.errors import Permanent
from ioc.events.codec import Observed
from ioc.words import Lang, say
from ioc.workshop.across import crosses
from ioc.workshop.backtest import Backtest, Disorder
from ioc.workshop.lines import WHOLE, Sorted, blocks
from ioc.workshop.onward import Passed
from ioc.workshop.why import Explained, again, between, domain_of, explain, story

ELSEWHERE = frozenset({"quantity", "silence"})
"""Rules that never meet such an event: counted, not listed."""


def run_explain(wanted: str, events: Given, rules: Path | None, config: Path | None, lang: Lang) -> None:
    """The whole command; raises Permanent where the id is neither an event's nor an alert's."""
    with events_file(events, lang) as path:
        wish = Wish(path, rules, config)
        found, catalogue = rules_of(wish), catalogue_of(config)
        whole = _Whole(wish)
        event = _event(path, wanted)
        if event is not None:
            _explain(path, event, found, catalogue, whole, lang)
            return
        told = story(whole.transitions, wanted)
        if not told:
            raise Permanent("explain_nothing", id=wanted, file=events.events)
        _tell_story(told, lang)
        tell_after(told[0], whole.transitions, routing_of(config), lang)
        # Of an alert between domains the two sides are told, else the event that opened it.
        sides = told[0].evidence if told[0].why.kind == "near" else told[0].evidence[:1]
        for opener in filter(None, (_event(path, one.id) for one in sides)):
            print()
            _explain(path, opener, found, catalogue, whole, lang)


class _Whole:
    """What the whole file comes to; judged when somebody asks for it."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self.config = wish.config

    @cached_property
    def transitions(self) -> Sequence[Transition]:
        return backtest(self._wish, _nobody).transitions


def _explain(  # noqa: PLR0917 - what it is told with
    path: Path, event: Observed, rules: RuleSet, catalogue: Catalogue, whole: _Whole, lang: Lang
) -> None:
    """One event: its source's rules, those of other keys, those between domains, and what follows."""
    found = _explained(path, event, rules, catalogue)
    _tell(found, lang)
    moved = list(found.explanation.transitions)
    passed = _passed(path, event, rules, catalogue)
    for one in again(passed, event, rules, catalogue):
        tell_again(one, lang)
        for verdict in one.explanation.verdicts if one.explanation is not None else ():
            _tell_verdict(verdict, event, lang)
            moved += verdict.transitions
    if not moved:
        if crosses(rules):
            print(say("explain.no_signal", lang))
        return
    met = between(whole.transitions, moved, rules) if crosses(rules) else ()
    for told, verdicts in met:
        tell_near(told, verdicts, lang)
        moved += [one for verdict in verdicts for one in verdict.transitions]
    for told in moved:
        tell_after(told, whole.transitions, routing_of(whole.config), lang)


def _passed(path: Path, event: Observed, rules: RuleSet, catalogue: Catalogue) -> Sequence[Passed]:
    """All that goes on by the other keys of the event's domain, from the sources of the whole file."""
    domain = domain_of(event)
    if not fields_of(rules, domain):
        return ()
    others = RuleSet([rule for rule in rules.of(domain) if rule.stage != SOURCE], holidays=rules.holidays)
    test = Backtest(others, catalogue)
    try:
        with path.open("rb") as stream:
            for block in blocks(stream):
                test.take(block.events, block.lines)
    except Disorder:
        test = Backtest(others, catalogue)
        with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as raw:
            for block in Sorted(raw, test.moment, WHOLE).blocks():
                test.take(block.events, block.lines)
    return list(test.passed())


def _nobody(_: int) -> None:
    """No progress is shown."""


def _event(path: Path, wanted: str) -> Observed | None:
    """The event of this id; looked for as bytes, so that a long file is searched in a moment."""
    with path.open("rb") as stream:
        if not stream.seek(0, 2):
            return None
        with mmap(stream.fileno(), 0, access=ACCESS_READ) as raw:
            at = raw.find(f'"{wanted}"'.encode())
            while at >= 0:
                begin = raw.rfind(b"\n", 0, at) + 1
                end = raw.find(b"\n", at)
                line = raw[begin : end if end >= 0 else len(raw)]
                found = [one for block in blocks(_Bytes(line)) for one in block.events if one.id == wanted]
                if found:
                    return found[0]
                at = raw.find(f'"{wanted}"'.encode(), at + 1)
    return None


class _Bytes:
    """A line as a file, read once."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def read(self, _: int) -> bytes:
        raw, self._raw = self._raw, b""
        return raw


def _explained(path: Path, event: Observed, rules: RuleSet, catalogue: Catalogue) -> Explained:
    try:
        return explain(_past(path, event, None), event, rules, catalogue)
    except Disorder:
        return explain(_past(path, event, Backtest(rules, catalogue)), event, rules, catalogue)


def _past(path: Path, event: Observed, sort: Backtest | None) -> Iterator[Observed]:
    """Events of its source before this one: as they stand, where that is in order, else sorted."""
    last = 0
    test = sort or Backtest(RuleSet(), Catalogue())
    with path.open("rb") as stream:
        if sort is None:
            found = blocks(stream)
        else:
            found = Sorted(mmap(stream.fileno(), 0, access=ACCESS_READ), sort.moment, WHOLE).blocks()
        for block in found:
            for one in block.events:
                if one.id == event.id:
                    if test.moment(one) < last:
                        raise Disorder
                    return
                if one.source == event.source:
                    at = test.moment(one)
                    if at < last:
                        raise Disorder
                    last = at
                    yield one


def _tell(found: Explained, lang: Lang) -> None:
    event = found.event
    at = datetime.fromtimestamp(event.observed_at.timestamp(), VIETNAM).strftime("%H:%M:%S %d/%m/%Y")
    fate = say(f"fate.{found.explanation.fate}", lang)
    quantity = say(f"quantity.{event.quantity}", lang)
    value = measured(event.value, event.unit, lang)
    print(say("explain.event", lang, source=event.source, quantity=quantity, value=value, time=at, fate=fate))
    met = [one for one in found.explanation.verdicts if one.code not in ELSEWHERE]
    for verdict in met:
        _tell_verdict(verdict, event, lang)
    print(say("explain.others", lang, count=len(found.explanation.verdicts) - len(met)))


def _tell_verdict(verdict: Verdict, event: Observed, lang: Lang) -> None:
    print(say("explain.line", lang, rule=verdict.rule, why=_why(verdict, event, lang)))
    for told in verdict.transitions:
        print(say("explain.told", lang, change=change_words(told, lang), why=sentence(told, lang)))
    if verdict.ends_ms:
        print(say("explain.ends", lang, left=duration(verdict.ends_ms / 1000, lang)))


def _why(one: Verdict, event: Observed, lang: Lang) -> str:
    unit = event.unit if one.figure == event.value else ""
    values = {
        "field": one.field,
        "wanted": one.wanted,
        "got": one.got or "-",
        "severity": say(f"severity.{one.severity}", lang) if one.severity else "",
        "left": duration(one.left_ms / 1000, lang),
        "since": moment(one.since) if one.since else "",
    }
    said = say(f"explain.{one.code}", lang, **values)
    if one.figure is None or one.code == "changed":
        return said
    figure = measured(one.figure, unit, lang)
    if one.level is None or one.gap is None:
        return said + say("explain.figure", lang, figure=figure)
    key = "explain.gap" if one.gap >= 0 else "explain.beyond"
    gap, level = measured(abs(one.gap), unit, lang), measured(one.level, unit, lang)
    return said + say(key, lang, figure=figure, level=level, gap=gap)


def _tell_story(told: Sequence[Transition], lang: Lang) -> None:
    first = told[0]
    title = first.title.get(lang, first.rule)
    print(say("explain.alert", lang, title=title, rule=first.rule, group=first.key, id=first.alert_id))
    for one in told:
        at = datetime.fromtimestamp(one.at / 1000, VIETNAM).strftime("%H:%M:%S %d/%m/%Y")
        print(say("explain.change", lang, time=at, change=change_words(one, lang), why=sentence(one, lang)))
        for event in one.evidence if one.revision == 1 else ():
            seen = moment(event.observed_at)
            print(
                say("explain.evidence", lang, id=event.id, time=seen, value=measured(event.value, one.why.unit, lang))
            )
