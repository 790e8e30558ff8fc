"""Rules of every kind with the events that are hard for them: values at the level, times at the edge. Seeded.

A trial is one rule as its author writes it, and what to draw its histories from. `PLANS` lists the makers by name.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ioc.events.domains import Domain

Dice = random.Random
Rule = dict[str, Any]
MODIFIERS = frozenset({"flap", "active"})


@dataclass(frozen=True)
class Trial:
    """One rule and its menus. `gaps` ms between events; `fields` name -> what it may hold; `expect` for schedules."""

    rule: Rule
    domain: Domain = "environment"
    values: Sequence[float] = (1.0,)
    gaps: Sequence[int] = (1000,)
    fields: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    expect: Mapping[str, Any] | None = None
    disorder: bool = True
    """Whether events may arrive in any order within lateness; silence is of the order of arrival itself."""
    ticks: float = 0.1


def span(seconds: int) -> str:
    return f"{seconds}s"


def edges(*spans: int) -> list[int]:
    """Gaps at, just before and just after each span (seconds)."""
    return [1000 * one + off for one in spans if one for off in (-1, 0, 1)]


def waits(dice: Dice, settle: Sequence[int] = (0, 20, 90)) -> dict[str, str]:
    return {"hold": span(dice.choice((0, 0, 10, 60))), "settle": span(dice.choice(settle))}


def around(dice: Dice, rule: Rule, *, flap: bool = True) -> Rule:
    """What may stand around a rule, sometimes."""
    if "flap" in MODIFIERS and flap and dice.random() < 0.25:
        rule["flap"] = {"opens": dice.choice((2, 3)), "within": span(dice.choice((120, 600)))}
    if "active" in MODIFIERS and dice.random() < 0.2:
        rule["active"] = {"hours": dice.choice(("22:00-05:00", "07:00-07:20", "07:10-09:00"))}
        if dice.random() < 0.4:
            rule["active"]["days"] = dice.sample(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], 5)
    return rule


def ladder(levels: Sequence[float], back: float) -> Rule:
    """Severities at these levels, each with a clear level `back` behind it."""
    names = ("minor", "moderate", "severe")[: len(levels)]
    return {name: {"level": level, "clear": level - back} for name, level in zip(names, levels, strict=True)}


def near(*levels: float, back: float = 0, step: float = 0.5) -> list[float]:
    return [level - less + off for level in levels for less in {0, back} for off in (-step, 0, step)]


def threshold(dice: Dice) -> Trial:
    compare = dice.choice(("above", "at_least", "below", "at_most"))
    up = compare in ("above", "at_least")
    rule: Rule = {
        "quantity": "pm25",
        "condition": {"kind": "threshold", "compare": compare},
        "severities": ladder([10.0, 20.0, 40.0], 3.0) if up else ladder([90.0, 80.0, 60.0], -3.0),
    }
    rule |= waits(dice)
    if dice.random() < 0.3:
        rule["condition"]["persists"] = False
        rule |= {"hold": "0s", "settle": "45s"}
    hold, settle = int(rule["hold"][:-1]), int(rule["settle"][:-1])
    gaps = [500, 2000, 7000, 15_000, *edges(hold, settle)]
    values = [one if up else 100 - one for one in near(10, 20, 40, back=3)]
    return Trial(around(dice, rule), values=values, gaps=gaps)


def match(dice: Dice) -> Trial:
    rule: Rule = {"quantity": "pm25", "severities": {"minor": {}, "severe": {"when": {"value": {"above": 2}}}}}
    if dice.random() < 0.5:
        until = {"value": 0}
        rule |= {"condition": {"kind": "match", "when": {"value": {"above": 0.5}}, "until": until}, **waits(dice)}
    else:
        rule |= {"condition": {"kind": "match", "when": {"value": {"above": 0.5}}}, "settle": "30s"}
    gaps = [1000, 5000, 9000, *edges(10, 20, 30, 60, 90)]
    return Trial(around(dice, rule), values=(0, 0, 0.5, 1, 3), gaps=gaps)


def window(dice: Dice) -> tuple[int, list[int]]:
    seconds = dice.choice((60, 90, 600))
    often = [seconds * dice.choice((10, 15, 30, 50)) for _ in range(60)]
    return seconds, [*often, 0, 0, 1, *edges(seconds // 60, seconds // 60), *edges(seconds), seconds * 300]


def count(dice: Dice) -> Trial:
    seconds, gaps = window(dice)
    rule: Rule = {
        "condition": {"kind": "count", "window": span(seconds)},
        "severities": {"moderate": {"level": 8, "clear": 5}, "severe": {"level": 15, "clear": 12}},
        **waits(dice),
    }
    return Trial(around(dice, rule), gaps=gaps)


def aggregate(dice: Dice) -> Trial:
    seconds, gaps = window(dice)
    kind = dice.choice(("mean", "min", "max", "sum", "last"))
    compare = dice.choice(("above", "at_least", "below", "at_most"))
    up = compare in ("above", "at_least")
    levels, back = ([10.0, 20.0], 2.5) if up else ([90.0, 80.0], -2.5)
    if kind == "sum":
        levels, back = ([400.0, 600.0], 50.0) if up else ([400.0, 200.0], -50.0)
    rule: Rule = {
        "quantity": "pm25",
        "condition": {"kind": "threshold", "compare": compare, "aggregate": kind, "window": span(seconds)},
        "severities": ladder(levels, back),
        **waits(dice),
    }
    if kind != "sum":
        rule["condition"]["min_events"] = dice.choice((1, 2, 5))
    values = [one if up or kind == "sum" else 100 - one for one in (0, 1, 5, 7.5, 10, 10, 12, 15, 20, 25, 40)]
    return Trial(around(dice, rule), values=values, gaps=gaps)


def percentile(dice: Dice) -> Trial:
    seconds, gaps = window(dice)
    condition = {"aggregate": "percentile", "percentile": dice.choice((50, 90, 95)), "window": span(seconds)}
    rule: Rule = {
        "quantity": "pm25",
        "condition": {"kind": "threshold", "compare": "above", "min_events": dice.choice((1, 3)), **condition},
        "severities": ladder([10.0, 50.0], 4.0),
        **waits(dice),
    }
    return Trial(
        around(dice, rule), values=(-30, -1, 0, 0.25, 0.5, 3, 5, 7, 8, 8, 9, 12, 12, 20, 47, 60, 60, 500), gaps=gaps
    )


def percentage(dice: Dice) -> Trial:
    seconds, gaps = window(dice)
    rule: Rule = {
        "condition": {
            "kind": "percentage",
            "of": {"action": "blocked"},
            "window": span(seconds),
            "min_events": dice.choice((1, 5, 20)),
        },
        "severities": ladder([50.0, 75.0], 10.0),
        **waits(dice),
    }
    return Trial(around(dice, rule), "netsec", gaps=gaps, fields={"action": ("blocked", "blocked", "allowed", None)})


def cardinality(dice: Dice) -> Trial:
    seconds, gaps = window(dice)
    rule: Rule = {
        "condition": {"kind": "cardinality", "field": "src_ip", "window": span(seconds)},
        "severities": {"minor": {"level": 4, "clear": 3}, "severe": {"level": 7, "clear": 5}},
        **waits(dice),
    }
    ips = (*(f"10.0.0.{n}" for n in range(12)), "10.0.0.1", "10.0.0.2", None)
    return Trial(around(dice, rule), "netsec", gaps=[*gaps, seconds * 200], fields={"src_ip": ips})


def change(dice: Dice) -> Trial:
    seconds, gaps = window(dice)
    rule: Rule = {
        "quantity": "pm25",
        "condition": {"kind": "change", "over": span(seconds), "direction": dice.choice(("rise", "fall", "either"))},
        "severities": ladder([10.0, 25.0], 5.0),
        **waits(dice),
    }
    values = (0, 5, 10, 14.5, 15, 20, 25, 30, 12, 13, 14, 15, 16)
    return Trial(around(dice, rule), values=values, gaps=[*gaps, seconds * 200])


def spike(dice: Dice) -> Trial:
    seconds, gaps = window(dice)
    seconds, gaps = dice.choice(((seconds, [*gaps, seconds * 100, seconds * 10]), usual_hours()))
    direction = dice.choice(("up", "down"))
    of, measure = dice.choice((("count", "ratio"), ("mean", "ratio"), ("mean", "deviations")))
    condition: Rule = {"kind": "spike", "window": span(seconds), "of": of, "measure": measure}
    condition |= {"baseline": "same_hour" if seconds > 600 else "previous"}
    condition |= {"direction": direction, "min_events": dice.choice((1, 5))}
    rule: Rule = {"condition": condition, **waits(dice)}
    if of == "mean":
        condition["floor"] = dice.choice((2.0, 5.0))
        rule["quantity"] = "pm25"
    if measure == "deviations":
        rule["severities"] = ladder([0.73, 1.31], 0.2) if direction == "up" else ladder([-0.73, -1.31], -0.2)
    else:
        rule["severities"] = ladder([1.5, 2.0], 0.25) if direction == "up" else ladder([0.5, 0.25], -0.25)
    return Trial(around(dice, rule), values=(1, 2, 4, 8, 16, 3), gaps=gaps)


def usual_hours() -> tuple[int, list[int]]:
    """A long window, and gaps that make days of a few hundred events."""
    hour = 3_600_000
    return 3000, [60_000, 200_000, 600_000, 900_000, 1_800_000, *edges(300, 3000, 3600), 5 * hour]


def flatline(dice: Dice) -> Trial:
    rule: Rule = {
        "quantity": "pm25",
        "condition": {
            "kind": "flatline",
            "within": dice.choice((0.0, 1.0)),
            "for": span(dice.choice((60, 300))),
            "min_events": dice.choice((2, 6)),
        },
        "severities": {"minor": {"level": 1}, "severe": {"level": 2}},
        "settle": waits(dice)["settle"],
    }
    seconds = int(rule["condition"]["for"][:-1])
    gaps = [0, 5000, 10_000, 20_000, seconds * 250, *edges(seconds)]
    return Trial(around(dice, rule), values=(5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 7, 5.5), gaps=gaps)


def new_value(dice: Dice) -> Trial:
    learn, remember = dice.choice(((60, 600), (60, 1200), (600, 3600), (0, 1200)))
    condition = {"kind": "new_value", "field": "signature_id", "learn": span(learn), "window": span(remember)}
    rule: Rule = {"condition": condition, "severities": {"moderate": {}}, "settle": span(dice.choice((30, 300)))}
    many = dice.choice((12, 30, 260))
    menu = (*(f"s{n}" for n in range(many)), None)
    gaps = [0, 100, 4000, 10_000, *edges(30, learn, remember), *edges(remember * 59 // 60) * 2]
    return Trial(around(dice, rule), "netsec", gaps=gaps, fields={"signature_id": menu})


def sequence(dice: Dice) -> Trial:
    within = dice.choice((30, 120))
    both = dice.random() < 0.3
    then = {"signature_id": ["b", "ab"] if both else "b"}
    condition = {"kind": "sequence", "first": {"signature_id": ["a", "ab"]}, "then": then, "within": span(within)}
    rule: Rule = {"condition": condition, "severities": {"severe": {}}, "settle": span(dice.choice((30, 200)))}
    gaps = [0, 3000, 20_000, 50_000, *edges(within)]
    menu = ("a", "b", "ab", *"c" * 9)
    return Trial(around(dice, rule), "netsec", gaps=gaps, fields={"signature_id": menu})


def missing(dice: Dice) -> Trial:
    within = dice.choice((30, 120))
    condition: Rule = {"kind": "sequence", "first": {"signature_id": "a"}, "then": {"signature_id": "b"}}
    condition |= {"within": span(within), "missing": True}
    rule: Rule = {"condition": condition, "severities": {"severe": {}}, "settle": span(dice.choice((30, 900)))}
    gaps = [3000, 60_000, 200_000, *edges(within)]
    return Trial(around(dice, rule), "netsec", gaps=gaps, fields={"signature_id": ("a", "b", "b", *"c" * 6)})


def absence(dice: Dice) -> Trial:
    severities = {"minor": {"level": 1}, "moderate": {"level": 2.5}, "extreme": {"level": 6}}
    period = dice.choice(("late", "lost", "7m"))
    rule: Rule = {"condition": {"kind": "absence", "period": period}, "severities": severities}
    gaps = [30_000, 120_000, *edges(420, 600, 1500, 2520)]
    return Trial(rule, gaps=gaps, ticks=0.5, disorder=False)


def schedule(dice: Dice) -> Trial:
    severities = {"minor": {"level": 1}, "severe": {"level": 3}}
    rule: Rule = {"condition": {"kind": "absence", "period": "schedule"}, "severities": severities}
    if dice.random() < 0.5:
        expect: Rule = {"every": "1h", "at": "5m", "grace": "20m", "early": "10m"}
    else:
        expect = {"times": ["01:30", "13:30", "23:55"], "grace": "20m", "early": "10m"}
    gaps = [300_000, 295_000, 1_800_000, 1_200_000, *edges(3600, 1800, 600)]
    return Trial(rule, gaps=gaps, expect=expect, ticks=0.6, disorder=False)


PLANS: Mapping[str, Callable[[Dice], Trial]] = {
    "threshold": threshold,
    "match": match,
    "count": count,
    "aggregate": aggregate,
    "percentile": percentile,
    "percentage": percentage,
    "cardinality": cardinality,
    "change": change,
    "spike": spike,
    "flatline": flatline,
    "new_value": new_value,
    "sequence": sequence,
    "missing": missing,
    "absence": absence,
    "schedule": schedule,
}


KINDS = tuple(PLANS)


def grouped(dice: Dice, trial: Trial) -> Trial:
    """The same, sometimes judged group by group; openings at the edge of flapping."""
    if "flap" in trial.rule:
        trial = replace(trial, gaps=[*trial.gaps, *edges(int(trial.rule["flap"]["within"][:-1])) * 2])
    if trial.rule["condition"]["kind"] == "absence" or dice.random() < 0.6:
        return trial
    by = dice.choice(("commune", "app_proto" if trial.domain == "netsec" else "commune"))
    menu = ("05443", "05444", "05445") if by == "commune" else ("ssh", "http")
    return replace(trial, rule={**trial.rule, "by": ["source", by]}, fields={**trial.fields, by: menu})
