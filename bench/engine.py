"""What one event costs in the rule engine: decode, step, state to bytes. One process, no I/O.

    python bench/engine.py [--events 200000] [--sources 20000] [--window 1h] [--profile]

Environment events of the shipped quantities over the shipped rules; `--candidates N` adds rules until each event meets
about N of them. With `--window` there is one more for each quantity, on the mean of that window; `--only` leaves the
others out. `--apart` is the time between two readings of a source. Figures are microseconds of CPU time per event, best of five.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ioc.alerts.engine import Engine
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.alerts.state import State, to_bytes
from ioc.catalogue import Catalogue, Feed, Owner, Schedule, Source, Title
from ioc.events.codec import Observed, decoder, encode
from ioc.events.domains import Environment
from ioc.events.envelope import Location, event_id
from ioc.events.quantities import ENVIRONMENT, EnvironmentQuantity

RULES = Path(__file__).parent.parent / "config" / "rules"
START = datetime(2026, 5, 14, tzinfo=UTC)
QUANTITIES: tuple[EnvironmentQuantity, ...] = ("pm25", "pm10", "no2", "temperature")
USUAL = {"pm25": 40.0, "pm10": 90.0, "no2": 60.0, "temperature": 30.0}


def extra(count: int) -> str:
    """Rules beside the shipped ones: `count` for each quantity, every fifth with a `where`, half with a hold."""
    text = ["rules:"]
    for quantity in QUANTITIES:
        level = USUAL[quantity] * 1.6
        for number in range(count):
            where = "commune: {within: province}" if number % 5 == 0 else "value: {above: -100}"
            text.append(
                f"  - id: extra-{quantity}-{number}\n    title: {{vi: a, en: a}}\n    domain: environment\n"
                f"    quantity: {quantity}\n    where: {{{where}}}\n    condition: {{kind: threshold, compare: above}}\n"
                f"    severities: {{moderate: {{level: {level + number}, clear: {level}}}}}\n    certainty: observed\n"
                f"    hold: {'1m' if number % 2 else '0s'}\n    settle: 1m\n    steps: [{{vi: a, en: a}}]\n"
                f"    call: {{vi: a, en: a}}\n    source_of_threshold: bench\n    owner: {{vi: a, en: a}}\n"
            )
    return "\n".join(text) if count else "rules: []"


def means(window: str, aggregate: str) -> str:
    """A rule for each quantity on an aggregate of its window, far out of reach."""
    asked = f"aggregate: {aggregate}, window: {window}" + (", percentile: 95" if aggregate == "percentile" else "")
    one = (
        "  - id: windowed-{quantity}\n    title: {{vi: a, en: a}}\n    domain: environment\n    quantity: {quantity}\n"
        "    condition: {{kind: threshold, compare: above, {asked}}}\n"
        "    severities: {{moderate: {{level: {level}}}}}\n    certainty: observed\n    settle: 1m\n"
        "    steps: [{{vi: a, en: a}}]\n    call: {{vi: a, en: a}}\n    source_of_threshold: bench\n"
        "    owner: {{vi: a, en: a}}\n"
    )
    return "rules:\n" + "".join(one.format(quantity=name, asked=asked, level=USUAL[name] * 1.9) for name in QUANTITIES)


def catalogue(sources: int) -> Catalogue:
    """One feed; every tenth source is registered, so that its absence is watched."""
    title = Title(vi="Trạm", en="Station")
    feed = Feed(
        name="bench",
        adapter="readings",
        domain="environment",
        title=title,
        owner=Owner(unit=title),
        schedule=Schedule(every=600),
        sources=tuple(Source(id=f"bench:{n}", title=title) for n in range(0, sources, 10)),
    )
    return Catalogue(feeds=(feed,))


def events(count: int, sources: int, apart: int) -> list[bytes]:
    """Readings in time order, spread over the sources, each about every `apart` s; one in ten thousand is far out."""
    dice = random.Random(7)
    made = []
    for number in range(count):
        source = f"bench:{dice.randrange(sources)}"
        quantity = QUANTITIES[number % len(QUANTITIES)]
        value = USUAL[quantity] * dice.uniform(0.7, 1.3) * (8 if dice.random() < 1e-4 else 1)
        at = START + timedelta(milliseconds=number * apart * 1000 // sources)
        event = Environment(
            type="environment",
            id=event_id(source, quantity, number),
            feed="bench",
            source=source,
            quantity=quantity,
            unit=ENVIRONMENT[quantity].unit,
            value=round(min(value, 60.0 if quantity == "temperature" else value), 1),
            observed_at=at,
            received_at=at,
            location=Location(lat=21.59, lon=105.84, commune="05443"),
        )
        made.append(encode(event))
    return made


def run(engine: Engine, decoded: list[Observed], apart: float) -> tuple[float, dict[str, State], int]:
    """CPU seconds of one pass from empty states; the states and how many transitions there were."""
    states: dict[str, State] = {}
    told = 0
    begun = int(START.timestamp() * 1000)
    begin = time.process_time()
    for number, event in enumerate(decoded):
        state = states.get(event.source)
        if state is None:
            state = states[event.source] = engine.new(event.source)
        _, transitions = engine.step(state, event, begun + int(number * apart))
        told += len(transitions)
    return time.process_time() - begin, states, told


def main() -> None:
    """Print the figures."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--events", type=int, default=200_000)
    arguments.add_argument("--sources", type=int, default=20_000)
    arguments.add_argument("--candidates", type=int, default=5)
    arguments.add_argument("--window", default="")
    arguments.add_argument("--aggregate", default="mean")
    arguments.add_argument("--only", action="store_true")
    arguments.add_argument("--apart", type=int, default=40)
    arguments.add_argument("--profile", action="store_true")
    given = arguments.parse_args()
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(RULES.glob("*.yaml"))}
    texts["bench.yaml"] = extra(max(0, given.candidates - 1))
    if given.window:
        texts = {**({} if given.only else texts), "means.yaml": means(given.window, given.aggregate)}
    rules: RuleSet = parse(texts)
    apart = given.apart * 1000 / given.sources
    engine = Engine(rules, catalogue(given.sources), "environment")
    raw = events(given.events, given.sources, given.apart)
    decode = decoder("environment")
    begin = time.process_time()
    decoded: list[Observed] = [decode(one) for one in raw]
    decoding = time.process_time() - begin
    gc.collect()
    gc.freeze()
    if given.profile:
        with cProfile.Profile() as profile:
            run(engine, decoded, apart)
        profile.print_stats("tottime")
        return
    best, states, told = min((run(engine, decoded, apart) for _ in range(5)), key=lambda one: one[0])
    begin = time.process_time()
    sizes = [len(to_bytes(state)) for state in states.values()]
    encoding = time.process_time() - begin
    per = 1e6 / given.events
    print(
        f"{given.events} events, {len(states)} sources, {given.candidates} candidates, {len(rules.rules)} rules, "
        f"{told} transitions\ndecode {decoding * per:.2f} us, step {best * per:.2f} us per event; to_bytes "
        f"{encoding * 1e6 / len(states):.2f} us per state, {sum(sizes) / len(sizes):.0f} B mean, {max(sizes)} B largest"
    )


if __name__ == "__main__":
    main()
