"""near: which signals a rule means as triggers and which as partners, and what it says of a pair.

It is moved by signals (`ioc.alerts.correlate`), never by events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ioc.alerts.judge import Unmet
from ioc.alerts.kinds import Near
from ioc.alerts.meeting import Meeting
from ioc.alerts.pairs import Reach
from ioc.alerts.rule import Rule
from ioc.alerts.signal import READABLE, Signal
from ioc.alerts.state import Memory
from ioc.alerts.where import compile_among

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan


class Nears(Unmet):
    """One rule's two sides."""

    __slots__ = ("_by", "_domain", "_partners", "_shadow", "_whens", "_where", "_with", "reach")

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        condition = rule.condition
        if not isinstance(condition, Near):
            raise TypeError(rule.kind)
        self.reach = Reach(condition.km, condition.minutes * 60_000, condition.wait * 1000)
        self._by = rule.by
        self._shadow = rule.shadow
        self._domain = rule.domain
        self._where: Any = compile_among(rule.where, READABLE)
        self._with = condition.partner.domain
        self._partners: Any = compile_among(condition.partner.where, READABLE)
        self._whens: list[tuple[int, Any]] = [
            (rank, compile_among(level.when, READABLE)) for rank, level in reversed(rule.levels)
        ]

    def rank(self, signal: Signal) -> int:
        """The rank for which a signal speaks as a trigger; 0 where it is none."""
        if not self._may(signal) or signal.domain != self._domain or not (self._where is None or self._where(signal)):
            return 0
        return next((rank for rank, when in self._whens if when is None or when(signal)), 0)

    def meets(self, signal: Signal) -> bool:
        """Whether a signal can be a partner."""
        return (
            self._may(signal)
            and signal.domain == self._with
            and (self._partners is None or bool(self._partners(signal)))
        )

    def _may(self, signal: Signal) -> bool:
        """What a rule on trial says moves nothing but other rules on trial."""
        return self._shadow or not signal.shadow

    def group(self, signal: Signal) -> str:
        """The group of a trigger, as people read it."""
        values = {"source": signal.source, "commune": signal.commune or "-"}
        return "|".join(values[name] for name in self._by)

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:  # noqa: ARG002 - see Judge
        """How far apart the two lie in place and time, against what the rule asks, and who the partner is."""
        asked = {"limit": self.reach.km, "window_s": self.reach.window // 1000}
        met = memory.keep
        if not rose or not isinstance(met, Meeting):
            return {**asked, "value": None}
        names = {f"partner_{lang}": text for lang, text in met.title.items()}
        values = {"gap_s": str(met.gap // 1000), "partner": met.partner, **names}
        return {**asked, "value": round(met.km, 3), "values": values}
