"""A rule made ready for the hot path: closures, ranks as numbers, durations in milliseconds."""

from __future__ import annotations

from collections.abc import Collection

from ioc.alerts.active import compile_active
from ioc.alerts.fields import readable
from ioc.alerts.judges import judge_of
from ioc.alerts.reading import Reader
from ioc.alerts.rule import Rule
from ioc.alerts.signal import met_by
from ioc.alerts.where import Test, compile_among


class Plan:
    """One compiled rule; nothing changes it after it is made.

    `read` and `judge` are how its kind reads an event; `persists` says that a reading stands until the next one.
    `field` reads what it groups by beside the source; `active` tells of a time whether it may fire then; `rest` is the
    settle of a flapping alert. `glances`: of a calm group only the newest reading is kept.
    `levels` and `clears` are indexed by rank (slot 0 unused); for match they are 0.
    """

    __slots__ = (
        "active",
        "clears",
        "falling",
        "field",
        "flap_ms",
        "glances",
        "hold",
        "id",
        "judge",
        "levels",
        "momentary",
        "persists",
        "plain",
        "ranks",
        "read",
        "rest",
        "rule",
        "settle",
        "shape",
        "where",
    )

    def __init__(self, rule: Rule, holidays: Collection[int] = ()) -> None:
        self.rule = rule
        self.id = rule.id
        self.shape = rule.shape
        self.where: Test | None = compile_among(rule.where, met_by(rule.condition, rule.domain))
        self.plain = len(rule.by) == 1
        self.ranks: tuple[int, ...] = tuple(rank for rank, _ in rule.levels)
        self.hold = rule.hold * 1000
        self.settle = rule.settle * 1000
        self.flap_ms = rule.flap.within * 1000 if rule.flap is not None else 0
        self.rest = max(self.settle, self.flap_ms)
        self.active = None if rule.active is None else compile_active(rule.active, holidays)
        self.field = readable(rule.domain)[rule.by[1]].read if len(rule.by) == 2 else None
        self.momentary = rule.momentary
        self.falling = rule.condition.falling
        self.judge = judge_of(rule)
        self.persists = self.judge.persists
        self.read: Reader = self.judge.read
        # States by another field than the source are forgotten within an hour where nothing is remembered in them.
        self.glances = self.judge.glances and rule.stage == "source"
        self.levels = [0.0] * 5
        self.clears = [0.0] * 5
        for rank, level in rule.levels:
            self.levels[rank] = level.level or 0.0
            self.clears[rank] = self.levels[rank] if level.clear is None else level.clear
