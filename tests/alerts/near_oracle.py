"""What `near` should say, thought out apart from it: everything is remembered for ever, and looked at anew each time.

No grid, no bounds, no timers: all pairs of all signals that were heard within the wait, and every group's severities minute by
minute of their ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from ioc.alerts.signal import Signal

SEVERITIES = ("", "minor", "moderate", "severe", "extreme")
RADIUS_KM = 6371.0088


@dataclass
class Asked:
    """The rule, as numbers: minutes in ms, km; ranks by the severity of the trigger."""

    km: float = 5.0
    window: int = 30 * 60_000
    wait: int = 6 * 3_600_000
    settle: int = 2 * 3_600_000
    ranks: dict[str, int] = field(
        default_factory=lambda: {"minor": 3, "moderate": 3, "severe": 4, "extreme": 4, "unknown": 3}
    )


@dataclass
class Group:
    level: int = 0
    revision: int = 0
    until: dict[int, int] = field(default_factory=dict)
    """Rank -> when it ends."""


def km_between(a: Signal, b: Signal) -> float:
    """By the law of cosines in space: the angle between two vectors from the middle of the earth."""
    one, two = ((math.radians(s.lat or 0), math.radians(s.lon or 0)) for s in (a, b))
    p, q = ((math.cos(t) * math.cos(n), math.cos(t) * math.sin(n), math.sin(t)) for t, n in (one, two))
    cross = math.hypot(p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0])
    return RADIUS_KM * math.atan2(cross, p[0] * q[0] + p[1] * q[1] + p[2] * q[2])


def meets(a: Signal, b: Signal, asked: Asked) -> bool:
    apart = max(a.since, b.since) - min(a.at, b.at)
    return apart <= asked.window and km_between(a, b) <= asked.km


def oracle(  # noqa: PLR0912, PLR0915 - one loop, read from top to bottom
    arrivals: Iterable[tuple[int, Signal]], until: int, asked: Asked
) -> list[tuple[str, int, str, str, int]]:
    """(group, at, change, severity, revision) in the order in which they are told, ended by a tick at `until`."""
    heard: dict[str, int] = {}
    triggers: list[Signal] = []
    partners: list[Signal] = []
    spoken: dict[tuple[str, str], int] = {}
    groups: dict[str, Group] = {}
    told: list[tuple[str, int, str, str, int]] = []

    def tell(name: str, group: Group, at: int, level: int) -> None:
        if not group.level:
            group.revision = 0
        group.revision += 1
        change = (
            "cleared" if not level else "fired" if not group.level else "raised" if level > group.level else "lowered"
        )
        told.append((name, at, change, SEVERITIES[level or group.level], group.revision))
        group.level = level

    def end(name: str, group: Group, clock: int) -> None:
        while group.level and (at := min(group.until.values())) <= clock:
            group.until = {rank: end for rank, end in group.until.items() if end > at}
            below = max(group.until, default=0)
            if below != group.level:
                tell(name, group, at, below)

    def pass_to(clock: int) -> None:
        falls = sorted((min(g.until.values()), name) for name, g in groups.items() if g.level)
        while falls and falls[0][0] <= clock:
            at, name = falls[0]
            end(name, groups[name], at)
            falls = sorted((min(g.until.values()), name) for name, g in groups.items() if g.level)

    for clock, one in [*arrivals, (until, None)]:
        pass_to(clock)
        if one is None or one.lat is None or one.replay:
            continue
        heard[one.alert_id] = clock
        if one.domain == "hotspot" and one.rule == "hotspot-fire":
            triggers.append(one)
        elif one.domain == "camera" and one.rule in ("camera-fire-smoke", "camera-smoke"):
            partners.append(one)
        else:
            continue
        fresh = []
        for t in triggers:
            for p in partners:
                if one not in (t, p) or t.drill != p.drill or not meets(t, p, asked):
                    continue
                if heard[(p if one is t else t).alert_id] < clock - asked.wait:
                    continue
                # An alert speaks for the gravest that it has been, as far as is known by now.
                rank = max(asked.ranks[s.severity] for s in triggers if s.alert_id == t.alert_id)
                if rank > spoken.get((t.alert_id, p.alert_id), 0):
                    fresh.append((max(t.since, p.since), t.alert_id, p.alert_id, rank, t))
        for at, trigger, partner, rank, t in sorted(fresh, key=lambda f: (f[0], f[1], f[2], -f[3])):
            if rank <= spoken.get((trigger, partner), 0):
                continue
            spoken[trigger, partner] = rank
            name = (t.commune or "-") + ("!" if t.drill else "")
            group = groups.setdefault(name, Group())
            for rung in (3, 4):
                if rung <= rank:
                    group.until[rung] = clock + asked.settle
            if rank > group.level:
                tell(name, group, at, rank)
    return told
