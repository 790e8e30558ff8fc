"""A rule as its author writes it: the shape of `config/rules/*.yaml`, checked field by field.

A rule watches one domain. `where` picks the events that concern it, `by` groups them, `condition` says what must be
so, `severities` at which level, `hold` and `settle` for how long. Durations are written `90s`, `30m`, `1h30m`, `2d`
and kept in seconds. The words of every refusal stand in `ioc/words/rules.toml`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, Field, field_validator, model_validator

from ioc.alerts.active import Active
from ioc.alerts.alert import Kind
from ioc.alerts.checks import CHECKS, surroundings
from ioc.alerts.duration import Duration, refuse
from ioc.alerts.flap import Flap
from ioc.alerts.kinds import FROZEN, AnyCondition, Where
from ioc.events.domains import Domain
from ioc.events.envelope import SEVERITIES, Certainty
from ioc.events.quantities import Unit

RANK: Mapping[str, int] = {severity: rank for rank, severity in enumerate(SEVERITIES)}
"""CAP severity -> 1 (minor) to 4 (extreme); 0 stands for none."""
MAX_RULES = 10_000
"""Rules in one set: a hundred times what a province needs."""
RuleId = Annotated[str, Field(pattern=r"^[a-z0-9](-?[a-z0-9]){0,47}$")]


class Short(BaseModel):
    """One text in both languages, short enough for a card's line and an SMS."""

    model_config = FROZEN
    vi: Annotated[str, Field(min_length=1, max_length=80)]
    en: Annotated[str, Field(min_length=1, max_length=80)]

    @cached_property
    def texts(self) -> dict[str, str]:
        """Language -> text."""
        return {"vi": self.vi, "en": self.en}


class Level(BaseModel):
    """When one severity begins and when it ends.

    threshold: `level` and `clear` in the quantity's canonical unit; count: events; absence: multiples of the period.
    match: `when` picks the events of this severity.
    """

    model_config = FROZEN
    level: Annotated[float, Field(allow_inf_nan=False)] | None = None
    clear: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """The severity stays while the comparison holds for this level; default: `level` itself."""
    when: Where = {}


class Inhibition(BaseModel):
    """Another rule whose open alert explains this one's, on the same source or in the same commune."""

    model_config = FROZEN
    rule: RuleId
    same: Literal["source", "commune"]


class Rule(BaseModel):
    """One rule; immutable."""

    model_config = FROZEN
    id: RuleId
    title: Short
    domain: Domain
    quantity: tuple[str, ...] = ()
    """Quantities it reads; none: all of the domain."""
    unit: Unit | None = None
    """Says in which unit the levels are meant; a check, for levels are always in the quantity's canonical unit."""
    where: Where = {}
    by: tuple[str, ...] = ("source",)
    """`[source]`, the source and a field of text, or one field of text alone (then over a topic of its own)."""
    condition: AnyCondition
    severities: dict[Literal["minor", "moderate", "severe", "extreme"], Level] = Field(min_length=1)
    certainty: Certainty
    hold: Duration = 0
    """Event time that the condition must stand without a contrary event before it fires."""
    settle: Duration = 0
    """Event time that the clear condition must stand before the alert ends or goes down."""
    steps: tuple[Short, ...] = Field(min_length=1, max_length=7)
    """First steps of the runbook."""
    call: Short
    source_of_threshold: Annotated[str, Field(min_length=5, max_length=400)]
    """The law, standard or paper of the numbers, or the words "giá trị khởi đầu"."""
    owner: Short
    max_groups: Annotated[int, Field(ge=1, le=10_000)] = 1000
    """Groups that one source may have at a time; what comes beyond them raises the engine's alert `rule-overflow`.

    By one field alone: keys that one partition holds at a time.
    """
    flap: Flap | None = None
    active: Active | None = None
    """When it may fire; always, where nothing is said."""
    shadow: bool = False
    """On trial: judged like any rule, told to nobody."""
    emit: Literal["alert", "signal", "watch"] = "alert"
    """`signal`: evidence for other rules only. `watch`: an answer to `ioc watch` only, no alert of anybody's."""
    inhibited_by: tuple[Inhibition, ...] = Field(default=(), max_length=16)
    suppression_key: tuple[Literal["rule", "source", "commune", "domain", "feed", "key"], ...] = ()
    """What alerts that people mute together have in common; rule, source and commune, where nothing is said."""

    @field_validator("quantity", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @field_validator("by")
    @classmethod
    def _by(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        # The input is partitioned by one key, by the source or by one field: what groups by two others cannot be.
        if not given or len(given) > 2 or len(set(given)) < len(given) or (len(given) == 2 and given[0] != "source"):
            raise refuse("by")
        return given

    @field_validator("severities")
    @classmethod
    def _rising(cls, given: dict[str, Level]) -> dict[str, Level]:
        return dict(sorted(given.items(), key=lambda pair: RANK[pair[0]]))

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        CHECKS[self.condition.kind](self)
        surroundings(self)
        return self

    @property
    def kind(self) -> Kind:
        """Which condition it has."""
        return self.condition.kind

    @property
    def stage(self) -> str:
        """Where it is judged (`ioc.alerts.stage`): `source`, `by-<field>` or `place`."""
        if self.condition.moved_by == "signals":
            return "place"
        return "source" if self.by[0] == "source" else f"by-{self.by[0]}"

    @property
    def momentary(self) -> bool:
        """Whether each event speaks for its moment only."""
        return self.condition.momentary

    @property
    def levels(self) -> list[tuple[int, Level]]:
        """Rank and level of each severity, rising."""
        return [(RANK[severity], level) for severity, level in self.severities.items()]

    @cached_property
    def shape(self) -> int:
        """32 bits over what gives stored memory its meaning; a rule of the same shape keeps it."""
        # Defaults are left out, so that a kind may grow a field without forgetting what stands.
        condition = self.condition.model_dump(mode="json", exclude_defaults=True, exclude=set(self.condition.not_shape))
        when = [level.when for level in self.severities.values()]
        meaning = [self.domain, self.quantity, self.where, self.by, condition, when if any(when) else None]
        return int.from_bytes(_digest(meaning, 4), "big")

    @cached_property
    def version(self) -> str:
        """12 hex digits over the whole rule."""
        return _digest(self.model_dump(mode="json"), 6).hex()


def _digest(data: Any, size: int) -> bytes:
    return hashlib.blake2b(msgspec.json.encode(data, order="deterministic"), digest_size=size).digest()


class RuleSet:
    """All rules that hold together; immutable. `digest` (16 hex digits) names the set whatever the order of files.

    `written` holds each rule as its file said it, plain lists and mappings by id, where the set comes from files.
    `holidays` are the numbers of the days (`ioc.alerts.active.local_day`) that are holidays; none where no rule asks.
    """

    __slots__ = ("by_id", "digest", "holidays", "rules", "written")

    def __init__(
        self,
        rules: Iterable[Rule] = (),
        written: Mapping[str, Any] | None = None,
        holidays: Collection[int] = (),
    ) -> None:
        self.written: Mapping[str, Any] = written or {}
        self.rules: tuple[Rule, ...] = tuple(sorted(rules, key=lambda rule: rule.id))
        self.by_id: Mapping[str, Rule] = {rule.id: rule for rule in self.rules}
        asked = any(rule.active is not None and rule.active.holidays != "any" for rule in self.rules)
        self.holidays: tuple[int, ...] = tuple(sorted(holidays)) if asked else ()
        versions: list[Any] = [[rule.id, rule.version] for rule in self.rules]
        self.digest: str = _digest([*versions, self.holidays] if self.holidays else versions, 8).hex()
        if len(self.by_id) != len(self.rules):
            raise ValueError("two rules of one id")

    def of(self, domain: Domain) -> tuple[Rule, ...]:
        """The rules of one domain, in id order."""
        return tuple(rule for rule in self.rules if rule.domain == domain)
