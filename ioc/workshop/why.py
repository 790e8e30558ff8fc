"""One event, or one alert, of a file: the past of its source is judged, then the event itself is explained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ioc.alerts.alert import Transition
from ioc.alerts.explain import Explanation, Recorder
from ioc.alerts.rule import RuleSet
from ioc.catalogue import Catalogue
from ioc.events import DOMAINS
from ioc.events.codec import STRUCTS, Observed
from ioc.workshop.backtest import Backtest
from ioc.workshop.order import ordered


class Explained(NamedTuple):
    """An event, what led up to it on its source (alerts that changed before), and what every rule made of it."""

    event: Observed
    before: Sequence[Transition]
    explanation: Explanation


def explain(past: Iterable[Observed], event: Observed, rules: RuleSet, catalogue: Catalogue) -> Explained:
    """`past` are the events of its source that came before, in order."""
    test = Backtest(rules, catalogue, arrival=True)
    test.take(past)
    state, clock = test.meet(event)
    domain = next(one for one in DOMAINS if isinstance(event, STRUCTS[one]))
    before = [one for one in ordered(test.transitions) if one.source == event.source]
    return Explained(event, before, Recorder(rules, catalogue, domain).explain(state, event, clock))


def story(transitions: Iterable[Transition], alert_id: str) -> Sequence[Transition]:
    """The transitions of the alert whose id begins like this; none where no alert or several do."""
    found = [one for one in ordered(transitions) if one.alert_id.startswith(alert_id)]
    return found if len({one.alert_id for one in found}) == 1 else []
