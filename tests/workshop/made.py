"""Lines of canonical events for the workshop's tests: `line("a", minute=3, value=90)`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

from ioc.alerts.alert import Transition, encode
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.catalogue import Catalogue
from ioc.events import Event
from ioc.events.codec import encode as encode_event
from ioc.events.domains import MODELS
from ioc.events.envelope import event_id
from ioc.workshop.backtest import Backtest
from ioc.workshop.lines import WHOLE, Share, blocks
from ioc.workshop.order import ordered
from tests.alerts.timeline import DEFAULTS, RULE, START, catalogue

SILENT: dict[str, Any] = {
    "id": "silent",
    "quantity": [],
    "condition": {"kind": "absence", "period": "late"},
    "severities": {"minor": {"level": 1}},
}
COUNTED: dict[str, Any] = {
    "id": "counted",
    "condition": {"kind": "count", "window": "10m"},
    "severities": {"moderate": {"level": 3}},
}
HELD: dict[str, Any] = {"hold": "5m", "settle": "10m"}
ALL: tuple[Mapping[str, Any], ...] = (HELD, COUNTED, SILENT)


def written(*changes: Mapping[str, Any]) -> str:
    """A rule file: the rule of the timelines with each set of changes in turn."""
    made = []
    for one in changes:
        rule = {**RULE, **one}
        if one.get("quantity") == []:
            rule = {key: value for key, value in rule.items() if key not in ("quantity", "hold", "settle")}
        made.append(rule)
    return json.dumps({"rules": made})


def rules(*changes: Mapping[str, Any]) -> RuleSet:
    """The same, parsed."""
    return parse({"tried.yaml": written(*changes)})


def line(source: str, minute: float, value: float = 1.0, number: int = 0, **fields: Any) -> bytes:
    """One environment event as `ioc convert` writes it."""
    observed = START + timedelta(minutes=minute)
    whole = {
        **DEFAULTS["environment"],
        "type": "environment",
        "id": event_id(source, minute, number),
        "feed": "tried",
        "source": source,
        "value": float(value),
        "observed_at": observed,
        "received_at": observed,
        **fields,
    }
    event: Event = MODELS["environment"](**whole)
    return encode_event(event)


def judged(
    lines: Iterable[bytes],
    ruleset: RuleSet | None = None,
    registry: Catalogue | None = None,
    share: Share = WHOLE,
    *,
    arrival: bool = False,
) -> Backtest:
    """A backtest over these lines, finished; raises Disorder."""
    test = Backtest(ruleset or rules(*ALL), registry or catalogue("environment", "a", "b"), arrival=arrival)
    for block in blocks(BytesIO(b"\n".join(lines) + b"\n"), share):
        test.take(block.events)
    test.finish(test.last)
    return test


def told(transitions: Iterable[Transition]) -> bytes:
    """The answer as the command writes it."""
    return b"\n".join(encode(one) for one in ordered(transitions))
