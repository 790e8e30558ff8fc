"""A rule made ready for the hot path: closures, ranks as numbers, durations in milliseconds."""

from __future__ import annotations

from ioc.alerts.conditions.value import COUNTED, Reader, reader
from ioc.alerts.rule import Count, Rule, Threshold
from ioc.alerts.where import Test, compile_where
from ioc.alerts.window import pane_ms


def _counted(_: object) -> int:
    return COUNTED


class Plan:
    """One compiled rule; nothing changes it after it is made.

    `levels` and `clears` are indexed by rank (slot 0 unused); for match they are 0.
    """

    __slots__ = (
        "clears",
        "counts",
        "falling",
        "hold",
        "id",
        "levels",
        "momentary",
        "pane",
        "persists",
        "plain",
        "ranks",
        "read",
        "rule",
        "settle",
        "shape",
        "where",
    )

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.id = rule.id
        self.shape = rule.shape
        self.where: Test | None = compile_where(rule.where, rule.domain)
        self.plain = rule.by == ("source",)
        self.ranks: tuple[int, ...] = tuple(rank for rank, _ in rule.levels)
        self.hold = rule.hold * 1000
        self.settle = rule.settle * 1000
        self.momentary = rule.momentary
        self.counts = isinstance(rule.condition, Count)
        self.persists = rule.kind in ("match", "threshold") and not rule.momentary
        self.falling = isinstance(rule.condition, Threshold) and rule.condition.compare in ("below", "at_most")
        self.pane = pane_ms(rule.condition.window) if isinstance(rule.condition, Count) else 0
        self.read: Reader = reader(rule) if rule.kind in ("match", "threshold") else _counted
        self.levels = [0.0] * 5
        self.clears = [0.0] * 5
        for rank, level in rule.levels:
            self.levels[rank] = level.level or 0.0
            self.clears[rank] = self.levels[rank] if level.clear is None else level.clear
