"""One event, or one alert, of a file: the past of its source is judged, then the event itself is explained.

Rules that judge it by another key hear of it with the events of all sources that have the same key; rules between
domains hear of the alerts that it moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from ioc.alerts.alert import Transition
from ioc.alerts.explain import Explanation, Recorder
from ioc.alerts.explain_near import NearRecorder, NearVerdict
from ioc.alerts.fields import readable
from ioc.alerts.rule import RuleSet
from ioc.alerts.stage import Keys, by_stage, fields_of
from ioc.catalogue import Catalogue
from ioc.events import DOMAINS
from ioc.events.codec import STRUCTS, Observed
from ioc.events.domains import Domain
from ioc.workshop.across import Across, signals
from ioc.workshop.backtest import Backtest
from ioc.workshop.onward import Passed, let_pass
from ioc.workshop.order import ordered


class Explained(NamedTuple):
    """An event, what led up to it on its source (alerts that changed before), and what every rule made of it."""

    event: Observed
    before: Sequence[Transition]
    explanation: Explanation


class Again(NamedTuple):
    """The rules of one field: its value in the event, and what they made of it; None where it never came to them.

    `earlier` counts the events of that key that they had taken in by then.
    """

    field: str
    key: str
    earlier: int = 0
    explanation: Explanation | None = None


def domain_of(event: Observed) -> Domain:
    """Which of the domains."""
    return next(one for one in DOMAINS if isinstance(event, STRUCTS[one]))


def explain(past: Iterable[Observed], event: Observed, rules: RuleSet, catalogue: Catalogue) -> Explained:
    """`past` are the events of its source that came before, in order."""
    test = Backtest(rules, catalogue, arrival=True)
    test.take(past)
    state, clock = test.meet(event)
    before = [one for one in ordered(test.transitions) if one.source == event.source]
    return Explained(event, before, Recorder(rules, catalogue, domain_of(event)).explain(state, event, clock))


def again(passed: Iterable[Passed], event: Observed, rules: RuleSet, catalogue: Catalogue) -> Sequence[Again]:
    """What the rules of other keys made of an event; `passed` is all that came to them, of all sources."""
    domain = domain_of(event)
    keys = dict(Keys(rules, domain).of(event))
    came = sorted(passed, key=itemgetter(0, 1))
    found = []
    for field in fields_of(rules, domain):
        key = keys.get(field)
        if key is None:  # no rule of the field means it, or it says nothing there
            value = readable(domain)[field].read(event)
            if value:
                engine = Recorder(rules, catalogue, domain, by_stage(field))
                found.append(Again(field, value, 0, engine.explain(engine.new(value), event, 0)))
            else:
                found.append(Again(field, ""))
            continue
        mine = [one for one in came if (one.field, one.key) == (field, key)]
        nth = next((nth for nth, one in enumerate(mine) if one.event.id == event.id), None)
        if nth is None:
            found.append(Again(field, key))
            continue
        engine = Recorder(rules, catalogue, domain, by_stage(field))
        state, clock = engine.new(key), mine[0].clock
        for one in mine[:nth]:
            list(let_pass(engine, state, clock, one.clock))
            clock = one.clock
            engine.step(state, one.event, clock)
        list(let_pass(engine, state, clock, mine[nth].clock))
        found.append(Again(field, key, nth, engine.explain(state, mine[nth].event, mine[nth].clock)))
    return found


def between(
    transitions: Iterable[Transition], moved: Iterable[Transition], rules: RuleSet
) -> Sequence[tuple[Transition, Sequence[NearVerdict]]]:
    """What the rules between domains made of each alert that was `moved`; `transitions` are all that were told."""
    engine = NearRecorder(rules)
    states, wanted = Across(engine), {(one.alert_id, one.revision) for one in moved}
    found = []
    for told, signal in signals(one for one in transitions if not _between(rules, one)):
        if (told.alert_id, told.revision) in wanted:
            met = [state for state, _ in states.meet(signal, told.clock)]
            found.append((told, engine.explain(met, signal, told.clock)))
        list(states.take(signal, told.clock))
    return found


def _between(rules: RuleSet, told: Transition) -> bool:
    """Whether a rule between domains told it: what is made of signals moves none of them."""
    rule = rules.by_id.get(told.rule)
    return rule is not None and rule.condition.moved_by == "signals"


def story(transitions: Iterable[Transition], alert_id: str) -> Sequence[Transition]:
    """The transitions of the alert whose id begins like this; none where no alert or several do."""
    found = [one for one in ordered(transitions) if one.alert_id.startswith(alert_id)]
    return found if len({one.alert_id for one in found}) == 1 else []
