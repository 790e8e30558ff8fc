"""Counts how nearly each shipped rule was met, by hand: from events and the rule's YAML, without the engine or the story.

A near miss is an episode, not an event: a run of readings within 5 % of the level for at least the hold; a run beyond
the level that ends one second before the hold is over; a burst that ends one short; a silence that ends one second
short; and for a rule without a number, a signal that is one step short of the gravity it asks for.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.embedded import near_windows
from tests.embedded.virtual import Arrival, catalogue

Raw = Mapping[str, Any]
SHORT = 0.05

GUESSING = re.compile(r"ssh scan|brute.?force|password", re.IGNORECASE)
MEANS: dict[str, Callable[[Any], bool]] = {
    "hotspot-fire": lambda e: bool(
        e.location and e.location.commune and e.confidence > 0.5 and "static_heat_source" not in e.flags
    ),
    "rain-hour": lambda e: e.period_s is not None and e.period_s <= 3600,
    "rain-day": lambda e: e.period_s is None or e.period_s > 3600,
    "pm25-day": lambda e: e.feed == "stations",
    "o3-eight-hours": lambda e: e.feed == "stations",
    "gia-bay-flood": lambda e: e.source == "kttv:gia-bay",
    "camera-fire-smoke": lambda e: e.kind in ("fire", "smoke") and e.value >= 0.7,
    "brute-force": lambda e: bool(GUESSING.search(e.title or "")),
}
"""What each rule's `where` means, said again; rules that are not here mean every event of their quantity."""


def seconds(text: str) -> int:
    parts = re.findall(r"(\d+)([dhms])", text)
    return sum(int(number) * {"d": 86400, "h": 3600, "m": 60, "s": 1}[unit] for number, unit in parts)


def count(rule: Raw, arrivals: Mapping[str, Sequence[Arrival]]) -> int:
    """Near misses of one rule."""
    kind = rule["condition"]["kind"]
    if kind == "absence":
        timed = rule["condition"]["period"] == "schedule"
        return sum(1 for _ in (_late_hours(rule, arrivals) if timed else _silences(rule, arrivals)))
    if kind == "cardinality":
        return _shared(rule, arrivals)
    wanted = rule["quantity"] if isinstance(rule["quantity"], list) else [rule["quantity"]]
    means = MEANS.get(rule["id"], lambda _: True)
    found = 0
    for one in arrivals.values():
        events = [a.event for a in one if a.event.quantity in wanted and a.event.quality in ("valid", "suspect")]
        # A reading ahead of its receipt by more than five minutes meets no rule.
        events = [e for e in events if means(e) and (e.observed_at - e.received_at).total_seconds() <= 300]
        groups: defaultdict[Any, list[Any]] = defaultdict(list)
        for event in events:
            commune = event.location.commune if event.location else None
            groups[commune if "commune" in rule.get("by", ()) else "", event.quantity].append(event)
        for group in groups.values():
            if kind == "change" or "aggregate" in rule["condition"]:
                span = rule["condition"]["over" if kind == "change" else "window"]
                found += near_windows.episodes(rule, seconds(span), group)
                continue
            found += KINDS[kind](rule, group)
    return found


def _levels(rule: Raw, events: Sequence[Any]) -> int:
    level = min((one["level"] for one in rule["severities"].values()), key=lambda at: _sign(rule) * at)
    hold = seconds(rule.get("hold", "0s"))
    return sum(_level_misses(rule, events, level, hold))


def _sign(rule: Raw) -> int:
    return -1 if rule["condition"]["compare"] in ("below", "at_most") else 1


def _level_misses(rule: Raw, events: Sequence[Any], level: float, hold: int) -> Iterator[int]:
    sign = _sign(rule)
    inclusive = rule["condition"]["compare"] in ("at_least", "at_most")

    def place(value: float) -> str:
        over = sign * (value - level)
        if over > 0 or (inclusive and over == 0):
            return "beyond"
        return "near" if abs(value - level) <= SHORT * level else "far"

    runs: list[tuple[str, float]] = []
    for event in sorted(events, key=lambda e: e.observed_at):
        at = event.observed_at.timestamp()
        if not runs or runs[-1][0] != place(event.value):
            runs.append((place(event.value), at))
    for (where, began), (_, ended) in pairwise([*runs, ("end", float("inf"))]):
        yield int((where == "near" and ended - began >= hold) or (where == "beyond" and ended - began == hold - 1 > 0))


def _bursts(rule: Raw, events: Sequence[Any]) -> int:
    window = seconds(rule["condition"]["window"])
    level = min(one["level"] for one in rule["severities"].values())
    times = sorted(event.observed_at.timestamp() for event in events)
    bursts: list[list[float]] = []
    for at in times:
        if bursts and at - bursts[-1][-1] <= window:
            bursts[-1].append(at)
        else:
            bursts.append([at])
    return sum(max(sum(1 for a in burst if at - window < a <= at) for at in burst) == level - 1 for burst in bursts)


def _matches(rule: Raw, events: Sequence[Any]) -> int:
    if rule["id"] == "ids-severe":
        return _grave(rule, events)
    hold = seconds(rule["hold"])
    found, since = 0, None
    for event in sorted(events, key=lambda e: e.observed_at):
        if event.kind == "offline":
            since = since or event.observed_at
        elif event.kind == "online" and since is not None:
            found += (event.observed_at - since).total_seconds() == hold - 1
            since = None
    return found


def _runs(rule: Raw, events: Sequence[Any]) -> int:
    """Readings of one value that stop short of the time asked for by at most a twentieth."""
    asked = seconds(rule["condition"]["for"]) * min(one["level"] for one in rule["severities"].values())
    begun, found = 0.0, 0
    ordered = sorted(events, key=lambda e: e.observed_at)
    for place, event in enumerate(ordered):
        at = event.observed_at.timestamp()
        if not place or event.value != ordered[place - 1].value:
            begun = at
        ends = place + 1 == len(ordered) or ordered[place + 1].value != event.value
        found += ends and asked * (1 - SHORT) <= at - begun < asked
    return found


def _surges(rule: Raw, events: Sequence[Any]) -> int:
    """Spells in which a count comes within a twentieth of so many times that of the window before, in tenths of it."""
    window = seconds(rule["condition"]["window"])
    level = min(one["level"] for one in rule["severities"].values())
    panes = sorted(event.observed_at.timestamp() // (window / 10) for event in events)
    near: list[tuple[float, float]] = []
    for place, pane in enumerate(panes):
        present = sum(1 for one in panes[: place + 1] if one > pane - 10)
        before = sum(1 for one in panes[: place + 1] if pane - 20 < one <= pane - 10)
        if before >= rule["condition"]["min_events"] and present >= level * (1 - SHORT) * before:
            near.append((pane, present / before))
    spells: list[list[tuple[float, float]]] = []
    for one in near:
        if spells and one[0] - spells[-1][-1][0] <= 10:
            spells[-1].append(one)
        else:
            spells.append([one])
    return sum(max(figure for _, figure in spell) < level for spell in spells)


def _grave(rule: Raw, events: Sequence[Any]) -> int:
    """Signals one step short: not grave enough, or grave but blocked. Those within the settle time are one episode."""
    near = sorted(
        event.observed_at.timestamp()
        for event in events
        if (event.action == "allowed" and event.severity == "moderate")
        or (event.action == "blocked" and event.severity in ("severe", "extreme"))
    )
    return sum(later - sooner > seconds(rule["settle"]) for sooner, later in pairwise([-math.inf, *near]))


def _shared(rule: Raw, arrivals: Mapping[str, Sequence[Arrival]]) -> int:
    """Values of the field that one key showed within a window: episodes of one less than asked for."""
    window, level = seconds(rule["condition"]["window"]), min(one["level"] for one in rule["severities"].values())
    seen: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for one in arrivals.values():
        for event in (a.event for a in one if a.event.quantity == rule["quantity"]):
            value = getattr(event, rule["by"][0])
            if value is not None:
                seen[value].append((event.observed_at.timestamp(), getattr(event, rule["condition"]["field"])))
    found = 0
    for times in seen.values():
        times.sort()
        near = [at for at, _ in times if len({who for then, who in times if at - window < then <= at}) == level - 1]
        found += sum(later - sooner > window for sooner, later in pairwise([-math.inf, *near]))
    return found


def _late_hours(rule: Raw, arrivals: Mapping[str, Sequence[Arrival]]) -> Iterator[str]:
    """Hours of which nothing came until one second before they would have been missed."""
    feed = catalogue().by_feed[rule["where"]["feed"]]
    assert feed.expect is not None
    assert feed.expect.every == 3600
    for source, one in arrivals.items():
        if feed.source_of(source) is None:
            continue
        times = {arrival.at / 1000 for arrival in one}
        for at in times:
            due = at - feed.expect.grace + 1
            early = due - feed.expect.early
            if due % 3600 == feed.expect.at and not any(early <= then < at for then in times):
                yield source


def _silences(rule: Raw, arrivals: Mapping[str, Sequence[Arrival]]) -> Iterator[str]:
    factor = min(one["level"] for one in rule["severities"].values())
    for source, one in arrivals.items():
        known = catalogue().by_source.get(source)
        if known is None or not known[1].expected:
            continue
        limit = factor * catalogue().schedule_of(*known).lost_after
        for first, second in pairwise(sorted(arrival.at for arrival in one)):
            if second - first == (limit - 1) * 1000:
                yield source


KINDS: Mapping[str, Callable[[Raw, Sequence[Any]], int]] = {
    "threshold": _levels,
    "count": _bursts,
    "match": _matches,
    "flatline": _runs,
    "spike": _surges,
}
"""How one group's events are looked at, by the kind of rule."""
