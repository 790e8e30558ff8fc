"""A rule as its author writes it: the shape of `config/rules/*.yaml`, checked field by field.

A rule watches one domain. `where` picks the events that concern it, `by` groups them, `condition` says what must be
so, `severities` at which level, `hold` and `settle` for how long. Durations are written `90s`, `30m`, `1h30m`, `2d`
and kept in seconds. The words of every refusal stand in `ioc/words/rules.toml`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ioc.alerts.alert import Kind
from ioc.events.domains import Domain
from ioc.events.envelope import SEVERITIES, Certainty

FROZEN = ConfigDict(frozen=True, extra="forbid")
RANK: Mapping[str, int] = {severity: rank for rank, severity in enumerate(SEVERITIES)}
"""CAP severity -> 1 (minor) to 4 (extreme); 0 stands for none."""
MAX_RULES = 10_000
"""Rules in one set: a hundred times what a province needs."""

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(?:\d{1,9}[dhms]){1,4}", re.ASCII)
_PART = re.compile(r"(\d+)([dhms])", re.ASCII)


def refuse(code: str, at: str = "", **values: object) -> PydanticCustomError:
    """The refusal `mistake.<code>`; `at` is the dotted field below the one being checked."""
    return PydanticCustomError(code, code, {"at": at, **{k: str(v) for k, v in values.items()}})


def seconds(text: Any) -> int:
    """`1h30m` -> 5400; raises the mistake `duration` for anything else (a bare number has no unit)."""
    if not isinstance(text, str) or not _DURATION.fullmatch(text):
        raise refuse("duration")
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


MONTH = 30 * 86400
Duration = Annotated[int, BeforeValidator(seconds), Field(ge=0, le=MONTH)]
"""Seconds, at most 30 days."""
RuleId = Annotated[str, Field(pattern=r"^[a-z0-9](-?[a-z0-9]){0,47}$")]
Where = dict[str, Any]
"""Field -> value, list of values, or operators; judged by `ioc.alerts.where` against the domain's model."""
Grouping = Literal["source", "commune"]


class Short(BaseModel):
    """One text in both languages, short enough for a card's line and an SMS."""

    model_config = FROZEN
    vi: Annotated[str, Field(min_length=1, max_length=80)]
    en: Annotated[str, Field(min_length=1, max_length=80)]

    @property
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


class Match(BaseModel):
    """An event says so by itself. With `until`, what it says stands until an event says the contrary.

    Without `until` each event speaks for its moment only, and the alert ends `settle` after the last one.
    """

    model_config = FROZEN
    kind: Literal["match"]
    when: Where = {}
    until: Where | None = None


class Threshold(BaseModel):
    """The value lies beyond a level.

    `persists`: a reading stands until the next one (a station). Otherwise each event speaks for its moment only
    (a satellite detection: a cool pixel beside a hot one is no contrary evidence), and the alert ends `settle` after
    the last one beyond the clear level.
    """

    model_config = FROZEN
    kind: Literal["threshold"]
    compare: Literal["above", "at_least", "below", "at_most"]
    persists: bool = True


class Count(BaseModel):
    """At least `level` events within `window`, which slides in steps of a sixtieth of itself."""

    model_config = FROZEN
    kind: Literal["count"]
    window: Annotated[int, BeforeValidator(seconds), Field(ge=1, le=7 * 86400)]


class Absence(BaseModel):
    """Nothing from a registered source for `level` times the period.

    `late` and `lost` are the source's own schedule in the catalogue; a duration is the same for every source.
    """

    model_config = FROZEN
    kind: Literal["absence"]
    period: Literal["late", "lost"] | int

    @field_validator("period", mode="before")
    @classmethod
    def _period(cls, given: Any) -> Any:
        return given if given in ("late", "lost") else seconds(given)


Condition = Annotated[Match | Threshold | Count | Absence, Field(discriminator="kind")]


class Rule(BaseModel):
    """One rule; immutable."""

    model_config = FROZEN
    id: RuleId
    title: Short
    domain: Domain
    quantity: tuple[str, ...] = ()
    """Quantities it reads; none: all of the domain."""
    where: Where = {}
    by: tuple[Grouping, ...] = ("source",)
    condition: Condition
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

    @field_validator("quantity", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @field_validator("by")
    @classmethod
    def _by(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        # The input is partitioned by source: grouping by anything else needs a hop of its own.
        if given not in (("source",), ("source", "commune")):
            raise refuse("by")
        return given

    @field_validator("severities")
    @classmethod
    def _rising(cls, given: dict[str, Level]) -> dict[str, Level]:
        return dict(sorted(given.items(), key=lambda pair: RANK[pair[0]]))

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        _CHECKS[self.condition.kind](self)
        return self

    @property
    def kind(self) -> Kind:
        """Which condition it has."""
        return self.condition.kind

    @property
    def momentary(self) -> bool:
        """Whether each event speaks for its moment only."""
        match self.condition:
            case Match():
                return self.condition.until is None
            case Threshold():
                return not self.condition.persists
        return False

    @property
    def levels(self) -> list[tuple[int, Level]]:
        """Rank and level of each severity, rising."""
        return [(RANK[severity], level) for severity, level in self.severities.items()]

    @cached_property
    def shape(self) -> int:
        """32 bits over what gives stored memory its meaning; a rule of the same shape keeps it."""
        condition = self.condition.model_dump(mode="json")
        if isinstance(self.condition, Absence):
            del condition["period"]
        when = [level.when for level in self.severities.values()]
        meaning = [self.domain, self.quantity, self.where, self.by, condition, when if any(when) else None]
        return int.from_bytes(_digest(meaning, 4), "big")

    @cached_property
    def version(self) -> str:
        """12 hex digits over the whole rule."""
        return _digest(self.model_dump(mode="json"), 6).hex()


def _digest(data: Any, size: int) -> bytes:
    return hashlib.blake2b(msgspec.json.encode(data, order="deterministic"), digest_size=size).digest()


def _forbid(rule: Rule, *names: str) -> None:
    for severity, level in rule.severities.items():
        for name in names:
            if getattr(level, name) not in (None, {}):
                raise refuse("not_for_kind", f"severities.{severity}.{name}", kind=rule.kind, name=name)


def _hold_and_settle(rule: Rule) -> None:
    if rule.momentary and rule.hold:
        raise refuse("hold_of_moment", "hold")
    if rule.momentary and not rule.settle:
        raise refuse("settle_of_moment", "settle")


def _ladder(rule: Rule, *, falling: bool) -> None:
    sign = -1.0 if falling else 1.0
    before: tuple[float, float] | None = None
    for severity, step in rule.severities.items():
        at = f"severities.{severity}"
        if step.level is None:
            raise refuse("missing_level", at, severity=severity)
        clear = step.level if step.clear is None else step.clear
        if sign * clear > sign * step.level:
            raise refuse("clear_beyond_level", f"{at}.clear", clear=clear, level=step.level)
        if before is not None and (sign * step.level <= before[0] or sign * clear < before[1]):
            raise refuse("levels_not_rising", f"{at}.level", severity=severity)
        before = (sign * step.level, sign * clear)


def _check_match(rule: Rule) -> None:
    _forbid(rule, "level", "clear")
    _hold_and_settle(rule)
    if not rule.momentary and len(rule.quantity) != 1:
        raise refuse("one_quantity", "quantity")


def _check_threshold(rule: Rule) -> None:
    _forbid(rule, "when")
    _hold_and_settle(rule)
    assert isinstance(rule.condition, Threshold)  # noqa: S101 - tells the type checker what the table below says
    if rule.condition.persists and len(rule.quantity) != 1:
        raise refuse("one_quantity", "quantity")
    _ladder(rule, falling=rule.condition.compare in ("below", "at_most"))


def _check_count(rule: Rule) -> None:
    _forbid(rule, "when")
    for severity, step in rule.severities.items():
        for name in ("level", "clear"):
            given = getattr(step, name)
            if given is not None and (given < 1 or given != int(given)):
                raise refuse("whole_number", f"severities.{severity}.{name}")
    _ladder(rule, falling=False)


def _check_absence(rule: Rule) -> None:
    _forbid(rule, "clear", "when")
    for name in ("quantity", "hold", "settle"):
        if getattr(rule, name):
            raise refuse("not_for_kind", name, kind=rule.kind, name=name)
    if rule.by != ("source",):
        raise refuse("by_of_absence", "by")
    for severity, step in rule.severities.items():
        if step.level is None or step.level <= 0:
            raise refuse("missing_level", f"severities.{severity}", severity=severity)
    _ladder(rule, falling=False)


_CHECKS = {"match": _check_match, "threshold": _check_threshold, "count": _check_count, "absence": _check_absence}


class RuleSet:
    """All rules that hold together; immutable. `digest` (16 hex digits) names the set whatever the order of files.

    `written` holds each rule as its file said it, plain lists and mappings by id, where the set comes from files.
    """

    __slots__ = ("by_id", "digest", "rules", "written")

    def __init__(self, rules: Iterable[Rule] = (), written: Mapping[str, Any] | None = None) -> None:
        self.written: Mapping[str, Any] = written or {}
        self.rules: tuple[Rule, ...] = tuple(sorted(rules, key=lambda rule: rule.id))
        self.by_id: Mapping[str, Rule] = {rule.id: rule for rule in self.rules}
        self.digest: str = _digest([[rule.id, rule.version] for rule in self.rules], 8).hex()
        if len(self.by_id) != len(self.rules):
            raise ValueError("two rules of one id")

    def of(self, domain: Domain) -> tuple[Rule, ...]:
        """The rules of one domain, in id order."""
        return tuple(rule for rule in self.rules if rule.domain == domain)
