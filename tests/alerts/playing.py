"""A history through the engine: each id once, cut into batches, the state saved and loaded between any of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ioc.alerts.alert import Transition
from ioc.alerts.engine import Engine
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.alerts.state import State, from_bytes, to_bytes
from ioc.catalogue import Catalogue
from ioc.events.codec import STRUCTS, Observed
from ioc.events.domains import Domain
from ioc.events.envelope import Location
from ioc.streams.seen import Seen, hash64
from tests.alerts.histories import AHEAD, LATENESS
from tests.alerts.naive.heard import Heard, Told
from tests.alerts.timeline import DEFAULTS, RULE, catalogue
from tests.alerts.trials import Dice, Rule, Trial

EPOCH = datetime.fromtimestamp(0, UTC)
LATE = 600
"""The schedule of the tried source: data every 600 s, lost after as long."""


def written(trial: Trial, name: str = "tried") -> Rule:
    """The whole rule."""
    frame = {"id": name, "domain": trial.domain, "quantity": [], "hold": "0s", "settle": "0s"}
    return {**RULE, **frame, **trial.rule}


def ruleset(*rules: Rule) -> RuleSet:
    """As its author's file."""
    return parse({"tried.yaml": json.dumps({"rules": rules})})


def registry(trial: Trial, source: str = "s") -> Catalogue:
    """The source, registered."""
    found = catalogue(trial.domain, source, every=LATE, lateness=LATENESS // 1000, ahead=AHEAD // 1000)
    if trial.expect is None:
        return found
    plain = found.model_dump(mode="json")
    plain["feeds"][0]["sources"][0]["expect"] = dict(trial.expect)
    return Catalogue.model_validate(plain)


def event_of(one: Heard, domain: Domain, source: str = "s") -> Observed:
    """The event as the hot path sees it."""
    at = EPOCH + timedelta(milliseconds=one.at)
    fields: dict[str, Any] = {**DEFAULTS[domain], **{k: v for k, v in one.fields.items() if k != "commune"}}
    commune = one.fields.get("commune")
    made: Any = STRUCTS[domain](
        **{
            **fields,
            "id": one.id,
            "feed": "tried",
            "source": source,
            "quantity": one.quantity,
            "value": float(one.value),
            "observed_at": at,
            "received_at": EPOCH + timedelta(milliseconds=one.clock),
            "drill": one.drill,
            "quality": one.quality,
            "location": None if commune is None else Location(lat=21.6, lon=105.8, commune=commune),
        }
    )
    found: Observed = made
    return found


def play(engine: Engine, domain: Domain, log: Sequence[Heard], dice: Dice, source: str = "s") -> tuple[list[Transition], State]:  # fmt: skip
    """Each id once, as a worker judges it; batches of any size; some crash and are played again from what was stored before them."""
    state = engine.new(source)
    out: list[Transition] = []
    seen = Seen()
    place = 0
    while place < len(log):
        batch = log[place : place + dice.choice((1, 2, 7, 30, 200))]
        fresh = []
        for offset, one in enumerate(batch, start=place):
            seen.advance(one.clock)
            if not one.id or seen.first(hash64(one.id), offset):
                fresh.append(one)
        place += len(batch)
        if dice.random() < 0.2:
            stored = to_bytes(state)
            _batch(engine, domain, state, fresh, source)
            state = from_bytes(stored)
        out += _batch(engine, domain, state, fresh, source)
        if dice.random() < 0.5:
            state = from_bytes(to_bytes(state))
    return out, state


def _batch(engine: Engine, domain: Domain, state: State, batch: Sequence[Heard], source: str) -> list[Transition]:
    out: list[Transition] = []
    for one in batch:
        if one.id:
            out += engine.step(state, event_of(one, domain, source), one.clock)[1]
        else:
            out += engine.tick(state, one.clock)
    return out


def told(transitions: Sequence[Transition], rule: str = "tried") -> dict[str, list[Told]]:
    """What the engine told of one rule, group by group; a drill's group ends in `!`."""
    found: dict[str, list[Told]] = {}
    for one in transitions:
        if one.rule == rule:
            key = one.key + ("!" if one.drill else "")
            found.setdefault(key, []).append(Told(one.at, one.change, one.severity))
    return found
