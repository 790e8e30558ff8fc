"""What a rule may ask for: one model for each kind of condition, as an author writes it under `condition:`.

A kind says here what the rest of the engine must know of it by name: whether each event speaks for its moment only,
whether graver means smaller, how long its window is, and by what it is moved. How it is judged stands in
`ioc.alerts.conditions`, what may stand beside it in a rule in `ioc.alerts.checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from ioc.alerts.duration import Duration, seconds
from ioc.events.domains import Domain

FROZEN: Final = ConfigDict(frozen=True, extra="forbid")
WEEK: Final = 7 * 86400
Where = dict[str, Any]
"""Field -> value, list of values, or operators; judged by `ioc.alerts.where` against the domain's model."""
Compare = Literal["above", "at_least", "below", "at_most"]
Span = Annotated[int, BeforeValidator(seconds), Field(ge=1, le=WEEK)]
"""A window in seconds, at most a week."""
Month = Annotated[int, BeforeValidator(seconds), Field(ge=1, le=30 * 86400)]
"""A span in seconds, at most 30 days."""


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
    """The value lies beyond a level, or with `aggregate` what the values of a window come to.

    `persists`: a reading stands until the next one (a station). Otherwise each event speaks for its moment only
    (a satellite detection: a cool pixel beside a hot one is no contrary evidence), and the alert ends `settle` after
    the last one beyond the clear level.
    An aggregate stands until it changes: at each event, and as events leave the window. Of fewer than `min_events` it
    says nothing; the sum of none is 0.
    """

    not_shape: ClassVar[frozenset[str]] = frozenset({"min_events"})
    kind: Literal["threshold"]
    compare: Compare
    persists: bool = True
    aggregate: Literal["mean", "min", "max", "sum", "last", "percentile"] | None = None
    window: Span | None = None
    percentile: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] | None = None
    min_events: Annotated[int, Field(ge=1, le=100_000)] = 1

    @property
    def momentary(self) -> bool:
        """Where readings do not persist."""
        return not self.persists

    @property
    def falling(self) -> bool:
        """By what it compares."""
        return self.compare in ("below", "at_most")

    @property
    def window_s(self) -> int:
        """The window of the aggregate."""
        return self.window or 0


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
    `schedule` goes by the due times of the catalogue (`expect`): `level` of them in a row were missed.
    """

    moved_by: ClassVar[Literal["events", "silence", "signals"]] = "silence"
    not_shape: ClassVar[frozenset[str]] = frozenset({"period"})
    kind: Literal["absence"]
    period: Literal["late", "lost", "schedule"] | int

    @field_validator("period", mode="before")
    @classmethod
    def _period(cls, given: Any) -> Any:
        return given if given in ("late", "lost", "schedule") else seconds(given)


class Partner(BaseModel):
    """The other side of `near`: signals of one domain."""

    model_config = FROZEN
    domain: Domain
    where: Where = {}


class Near(Condition):
    """An alert lies near one of another domain: within `km`, and within `minutes` of the span in which that stood.

    The rule's own `domain` and `where` pick the triggers, `with` the partners, both among signals
    (`ioc.alerts.signal`). `wait` is how late a signal may come: satellite data are published up to 3 h after a pass
    (FIRMS), and a link may be down.
    """

    moved_by: ClassVar[Literal["events", "silence", "signals"]] = "signals"
    not_shape: ClassVar[frozenset[str]] = frozenset({"wait"})
    kind: Literal["near"]
    partner: Annotated[Partner, Field(alias="with")]
    km: Annotated[float, Field(ge=0.1, le=100)]
    minutes: Annotated[int, Field(ge=1, le=1440)]
    wait: Annotated[int, BeforeValidator(seconds), Field(ge=60, le=86400)] = 6 * 3600

    @property
    def momentary(self) -> bool:
        """Each pair speaks for its moment."""
        return True


class Spike(Condition):
    """The present window against a baseline: the window before it, or the same hour of the days before.

    `ratio`: the present count or mean is `level` times the baseline (at least `floor`). `deviations`, of means alone:
    it lies `level` standard deviations from the baseline's mean (at least `floor` taken for one). A baseline of fewer
    than `min_events` events says nothing. `down` is for falls: levels below 1, or negative deviations.
    """

    not_shape: ClassVar[frozenset[str]] = frozenset({"floor", "min_events"})
    kind: Literal["spike"]
    window: Span
    baseline: Literal["previous", "same_hour"]
    of: Literal["count", "mean"]
    measure: Literal["ratio", "deviations"] = "ratio"
    direction: Literal["up", "down"] = "up"
    min_events: Annotated[int, Field(ge=0, le=10_000)] = 10
    floor: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None

    @property
    def falling(self) -> bool:
        """Where a fall is the alarm."""
        return self.direction == "down"

    @property
    def window_s(self) -> int:
        """The window as written."""
        return self.window


class Flatline(Condition):
    """Readings keep coming, at least `min_events`, and differ by no more than `within` for `level` times `for`."""

    not_shape: ClassVar[frozenset[str]] = frozenset({"span", "min_events"})
    kind: Literal["flatline"]
    span: Annotated[Span, Field(alias="for")]
    within: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    min_events: Annotated[int, Field(ge=2, le=10_000)] = 6


class NewValue(Condition):
    """A value of `field` that the group has not shown within `window`; for its first `learn` a group only learns."""

    not_shape: ClassVar[frozenset[str]] = frozenset({"learn"})
    kind: Literal["new_value"]
    field: str
    learn: Duration = 7 * 86400
    window: Month = 30 * 86400

    @property
    def momentary(self) -> bool:
        """Each new value speaks for its moment."""
        return True

    @property
    def window_s(self) -> int:
        """The window as written."""
        return self.window


class Sequence(Condition):
    """`first`, and then `then` at most `within` after it; with `missing`, `first` and no `then` within the span.

    The half that speaks is the second, with `missing` the first one, alone when its time is up.
    """

    kind: Literal["sequence"]
    first: Where
    then: Where
    within: Span
    missing: bool = False

    @property
    def momentary(self) -> bool:
        """Each of them speaks for its moment."""
        return True

    @property
    def window_s(self) -> int:
        """The span between the halves."""
        return self.within


class Percentage(Condition):
    """Of a hundred events within `window` so many fulfil `of`; fewer than `min_events` say nothing."""

    not_shape: ClassVar[frozenset[str]] = frozenset({"min_events"})
    kind: Literal["percentage"]
    of: Where
    window: Span
    compare: Compare = "at_least"
    min_events: Annotated[int, Field(ge=1, le=100_000)] = 20

    @property
    def falling(self) -> bool:
        """By what it compares."""
        return self.compare in ("below", "at_most")

    @property
    def window_s(self) -> int:
        """The window as written."""
        return self.window


class Cardinality(Condition):
    """At least `level` different values of `field` within `window`."""

    kind: Literal["cardinality"]
    field: str
    window: Span

    @property
    def window_s(self) -> int:
        """The window as written."""
        return self.window


class Change(Condition):
    """The newest reading lies at least `level` above the least of the time `over` (rise), or below the greatest (fall).

    Two readings are needed within that time; a station that sends hourly needs an `over` of more than an hour.
    """

    kind: Literal["change"]
    over: Span
    direction: Literal["rise", "fall", "either"]

    @property
    def window_s(self) -> int:
        """The time over which it changes."""
        return self.over


AnyCondition = Annotated[
    Match
    | Threshold
    | Count
    | Absence
    | Near
    | Spike
    | Flatline
    | NewValue
    | Sequence
    | Percentage
    | Cardinality
    | Change,
    Field(discriminator="kind"),
]
CONDITIONS: Mapping[str, type[Condition]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model
    for model in get_args(get_args(AnyCondition)[0])
}  # fmt: skip
"""Kind -> model of its condition, for the kinds that rules can have today."""
