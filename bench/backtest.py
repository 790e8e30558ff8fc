"""How fast a backtest judges events from NDJSON, on one core, and what a thousand rules cost beside ten.

    python bench/backtest.py [--events 300000] [--rounds 3] [--only NAME] [--profile]

Writes JSON on standard output. Every figure is events per second of CPU time from bytes to transitions, in one process:
reading blocks, decoding with every range checked, duplicates, ticks, step, and the run-on at the end. Best of the
rounds, cases taken in turn, so that a busy machine touches all alike.

thresholds-K   value thresholds with hold and settle on four quantities, K sources
means-K        the mean of an hour on four quantities, K sources
rules-N        N value thresholds spread over the quantities of a province's stations, 2,000 sources
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import io
import json
import random
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.catalogue import Catalogue
from ioc.events.codec import encode
from ioc.events.domains import Environment
from ioc.events.envelope import Location, event_id
from ioc.events.quantities import ENVIRONMENT, EnvironmentQuantity
from ioc.workshop.backtest import Backtest
from ioc.workshop.lines import blocks

START = datetime(2026, 5, 14, tzinfo=UTC)
FOUR: tuple[EnvironmentQuantity, ...] = ("pm25", "pm10", "no2", "temperature")
MANY: tuple[EnvironmentQuantity, ...] = tuple(name for name in ENVIRONMENT if name not in ("battery", "wind_direction"))
TARGETS = {"thresholds-200": 150_000, "thresholds-2000": 150_000, "means-20000": 80_000}
"""Events per second and core that the product promises."""
SHARE = 0.7
"""Of the speed with ten rules, what must be left with a thousand."""


def usual(quantity: EnvironmentQuantity) -> float:
    """A calm value: a fifth of the plausible range."""
    measure = ENVIRONMENT[quantity]
    return measure.low + (measure.high - measure.low) / 5


def lines(count: int, sources: int, quantities: tuple[EnvironmentQuantity, ...], spacing_ms: int) -> bytes:
    """Readings in order of time, each source in its turn and of one quantity; one in ten thousand is far out."""
    dice = random.Random(7)
    made = []
    for number in range(count):
        source = f"bench:{number % sources}"
        quantity = quantities[number % sources % len(quantities)]
        measure = ENVIRONMENT[quantity]
        spread = (measure.high - measure.low) / 20
        value = usual(quantity) + dice.uniform(-spread, spread) + (14 * spread if dice.random() < 1e-4 else 0)
        at = START + timedelta(milliseconds=number * spacing_ms)
        event = Environment(
            type="environment",
            id=event_id(source, quantity, number),
            feed="bench",
            source=source,
            quantity=quantity,
            unit=measure.unit,
            value=round(value, 2),
            observed_at=at,
            received_at=at,
            location=Location(lat=21.59, lon=105.84, commune="05443"),
        )
        made.append(encode(event))
    return b"\n".join(made) + b"\n"


def rules(number: int, quantities: tuple[EnvironmentQuantity, ...], condition: Mapping[str, object]) -> RuleSet:
    """`number` rules over the quantities in turn, each with two severities, half of them held."""
    text = {"vi": "a", "en": "a"}
    made = []
    for nth in range(number):
        quantity = quantities[nth % len(quantities)]
        measure = ENVIRONMENT[quantity]
        step = (measure.high - measure.low) / 20
        level = usual(quantity) + step * (4 + nth / number)
        made.append(
            {
                "id": f"bench-{nth}",
                "title": text,
                "domain": "environment",
                "quantity": quantity,
                "condition": condition,
                "severities": {
                    "moderate": {"level": level, "clear": level - step},
                    "severe": {"level": level + 4 * step},
                },
                "certainty": "observed",
                "hold": "1m" if nth % 2 else "0s",
                "settle": "5m",
                "steps": [text],
                "call": text,
                "source_of_threshold": "bench",
                "owner": text,
            }
        )
    return parse({f"bench-{at}.yaml": json.dumps({"rules": made[at : at + 500]}) for at in range(0, number, 500)})


VALUE = {"kind": "threshold", "compare": "above"}
MEAN = {"kind": "threshold", "compare": "above", "aggregate": "mean", "window": "1h"}


def cases(count: int) -> dict[str, tuple[RuleSet, bytes]]:
    """Name -> rules and lines. Sources speak every ten minutes, so that a window of an hour holds a few readings."""
    made = {
        f"thresholds-{sources}": (rules(4, FOUR, VALUE), lines(count, sources, FOUR, max(1, 600_000 // sources)))
        for sources in (200, 2_000, 20_000)
    }
    made["means-20000"] = (rules(4, FOUR, MEAN), lines(count, 20_000, FOUR, 30))
    province = lines(count, 2_000, MANY, 300)
    made["rules-10"] = (rules(10, MANY, VALUE), province)
    made["rules-1000"] = (rules(1_000, MANY, VALUE), province)
    return made


def run(ruleset: RuleSet, raw: bytes) -> tuple[float, int, int]:
    """CPU seconds of one backtest, its events and its transitions."""
    begin = time.process_time()
    test = Backtest(ruleset, Catalogue())
    for block in blocks(io.BytesIO(raw)):
        test.take(block.events)
    test.finish(test.last)
    return time.process_time() - begin, test.fates.total(), len(test.transitions)


def main() -> None:
    """Measure, print, and say on standard error what misses its target."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--events", type=int, default=300_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--profile", action="store_true")
    given = arguments.parse_args()
    made = {name: one for name, one in cases(given.events).items() if given.only in name}
    gc.collect()
    gc.freeze()
    gc.disable()
    if given.profile:
        with cProfile.Profile() as profile:
            for ruleset, raw in made.values():
                run(ruleset, raw)
        profile.print_stats("tottime")
        return
    best: dict[str, tuple[float, int, int]] = {}
    for _ in range(given.rounds):
        for name, (ruleset, raw) in made.items():
            found = run(ruleset, raw)
            best[name] = min(found, best.get(name, found))
    speed = {name: round(events / seconds) for name, (seconds, events, _) in best.items()}
    share = speed["rules-1000"] / speed["rules-10"] if {"rules-10", "rules-1000"} <= speed.keys() else None
    figures = {
        "events": given.events,
        "bytes_per_event": {name: round(len(raw) / given.events) for name, (_, raw) in made.items()},
        "events_per_second": speed,
        "microseconds_per_event": {name: round(1e6 / one, 2) for name, one in speed.items()},
        "transitions": {name: found for name, (_, _, found) in best.items()},
        "thousand_rules_share": None if share is None else round(share, 3),
    }
    json.dump(figures, sys.stdout, indent=2)
    print()
    for name, target in TARGETS.items():
        if speed.get(name, target) < target:
            print(f"{name}: {speed[name]} events/s, {target} are promised", file=sys.stderr)
    if share is not None and share < SHARE:
        print(f"a thousand rules: {share:.2f} of the speed of ten, {SHARE} are promised", file=sys.stderr)


if __name__ == "__main__":
    main()
