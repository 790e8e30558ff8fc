"""What a rule may ask for: one model for each kind of condition, as an author writes it under `condition:`.

A kind says here what the rest of the engine must know of it by name: whether each event speaks for its moment only,
whether graver means smaller, how long its window is, and by what it is moved. How it is judged stands in
`ioc.alerts.conditions`, what may stand beside it in a rule in `ioc.alerts.checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from ioc.alerts.duration import seconds

FROZEN: Final = ConfigDict(frozen=True, extra="forbid")
WEEK: Final = 7 * 86400
Where = dict[str, Any]
"""Field -> value, list of values, or operators; judged by `ioc.alerts.where` against the domain's model."""
Compare = Literal["above", "at_least", "below", "at_most"]
Span = Annotated[int, BeforeValidator(seconds), Field(ge=1, le=WEEK)]
"""A window in seconds, at most a week."""


class Condition(BaseModel):
    """What all kinds share."""

    model_config = FROZEN
    moved_by: ClassVar[Literal["events", "silence", "signals"]] = "events"
    """Events of the domain, their absence, or (in role correlate) signals of several domains."""
    not_shape: ClassVar[frozenset[str]] = frozenset()
    """Fields that may change without stored memory losing its meaning."""

    @property
    def momentary(self) -> bool:
        """Whether each event speaks for its moment only."""
        return False

    @property
    def falling(self) -> bool:
        """Whether a smaller figure is the graver one."""
        return False

    @property
    def window_s(self) -> int:
        """Length of its window in seconds; 0 where it has none."""
        return 0


class Match(Condition):
    """An event says so by itself. With `until`, what it says stands until an event says the contrary.

    Without `until` each event speaks for its moment only, and the alert ends `settle` after the last one.
    """

    kind: Literal["match"]
    when: Where = {}
    until: Where | None = None

    @property
    def momentary(self) -> bool:
        """Without an `until`."""
        return self.until is None


class Threshold(Condition):
    """The value lies beyond a level.

    `persists`: a reading stands until the next one (a station). Otherwise each event speaks for its moment only
    (a satellite detection: a cool pixel beside a hot one is no contrary evidence), and the alert ends `settle` after
    the last one beyond the clear level.
    """

    kind: Literal["threshold"]
    compare: Compare
    persists: bool = True

    @property
    def momentary(self) -> bool:
        """Where readings do not persist."""
        return not self.persists

    @property
    def falling(self) -> bool:
        """By what it compares."""
        return self.compare in ("below", "at_most")


class Count(Condition):
    """At least `level` events within `window`, which slides in steps of a sixtieth of itself."""

    kind: Literal["count"]
    window: Span

    @property
    def window_s(self) -> int:
        """The window as written."""
        return self.window


class Absence(Condition):
    """Nothing from a registered source for `level` times the period.

    `late` and `lost` are the source's own schedule in the catalogue; a duration is the same for every source.
    """

    moved_by: ClassVar[Literal["events", "silence", "signals"]] = "silence"
    not_shape: ClassVar[frozenset[str]] = frozenset({"period"})
    kind: Literal["absence"]
    period: Literal["late", "lost"] | int

    @field_validator("period", mode="before")
    @classmethod
    def _period(cls, given: Any) -> Any:
        return given if given in ("late", "lost") else seconds(given)


AnyCondition = Annotated[Match | Threshold | Count | Absence, Field(discriminator="kind")]
CONDITIONS: Mapping[str, type[Condition]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model
    for model in get_args(get_args(AnyCondition)[0])
}  # fmt: skip
"""Kind -> model of its condition, for the kinds that rules can have today."""
