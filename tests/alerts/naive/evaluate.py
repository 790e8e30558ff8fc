"""One rule over the whole log of one source: what its alerts ought to be, group by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.alerts.naive.absence import silences
from tests.alerts.naive.flatline import flatlines
from tests.alerts.naive.heard import Heard, Judged, Log, Rule, Told, arrived, fulfils, levels, ms
from tests.alerts.naive.ladder import Reading, alerts
from tests.alerts.naive.new_value import newcomers
from tests.alerts.naive.sequence import sequences
from tests.alerts.naive.spike import spikes
from tests.alerts.naive.values import matches, thresholds
from tests.alerts.naive.windows import windowed


def expected(
    rule: Rule,
    source: str,
    log: Sequence[Heard],
    *,
    lateness: int,
    ahead: int = 300_000,
    late: int = 0,
    lost: int = 0,
    expect: Mapping[str, Any] | None = None,
) -> dict[str, list[Told]]:
    """Group -> its transitions. `late`, `lost`: the silences of the source's schedule; `expect`: its due times, ms."""
    whole = arrived(log, lateness, ahead)
    if rule["condition"]["kind"] == "absence":
        heard = {one.event.id for one in whole.events if not one.event.drill}
        period = rule["condition"]["period"]
        one = {"late": late, "lost": lost}.get(period) or (0 if period == "schedule" else ms(period))
        periods = {rank: round(level * one) for rank, (level, _) in levels(rule).items()}
        return {source: list(silences(rule, log, heard, periods, expect if period == "schedule" else None))}
    horizon = whole.horizon
    if rule["condition"].get("missing"):  # such a rule lives so far behind, for until then a B may come
        horizon -= lateness + 1
    return {
        group: alerts(rule, list(readings(rule, Log(events, horizon), lateness)), horizon, momentary=momentary(rule))
        for group, events in groups(rule, source, whole.events).items()
    }


def momentary(rule: Rule) -> bool:
    """Whether each happening speaks for its moment only."""
    condition = rule["condition"]
    return (
        condition["kind"] in ("new_value", "sequence")
        or (condition["kind"] == "match" and condition.get("until") is None)
        or (condition["kind"] == "threshold" and not condition.get("persists", True))
    )


def groups(rule: Rule, source: str, events: Sequence[Judged]) -> dict[str, list[Judged]]:
    """The events of the rule, by the fields of `by`; a drill is a world of its own."""
    wanted = rule.get("quantity", [])
    found: dict[str, list[Judged]] = {}
    for one in events:
        if one.event.quality not in ("valid", "suspect"):
            continue
        if wanted and one.event.quantity not in ([wanted] if isinstance(wanted, str) else wanted):
            continue
        if not fulfils(one.event, rule.get("where", {})):
            continue
        names = [
            source if name == "source" else str(one.event.read(name) or "-") for name in rule.get("by", ["source"])
        ]
        found.setdefault("|".join(names) + ("!" if one.event.drill else ""), []).append(one)
    return found


def readings(rule: Rule, log: Log, lateness: int) -> Iterator[Reading]:
    """By kind."""
    condition = rule["condition"]
    match condition["kind"]:
        case "match":
            return matches(rule, log.events)
        case "threshold" if "aggregate" not in condition:
            return thresholds(rule, log.events)
        case "flatline":
            return flatlines(rule, log.events)
        case "new_value":
            return newcomers(rule, log.events)
        case "sequence":
            return sequences(rule, log.events, lateness)
        case "spike":
            return spikes(rule, log.events, log.horizon)
    return windowed(rule, log.events, log.horizon)
