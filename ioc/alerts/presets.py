"""Six presets and one sensitivity of three: what an author meets first; the rest is there in YAML.

A preset fills in the condition's kind and what else a first rule needs; whatever the author writes stands. Sensitivity
stretches or shortens `hold` and the way from a level to its clear level, never the level itself: so a rule fires later
and rests longer (low), or sooner and more often (high). All numbers are starting values (giá trị khởi đầu).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ioc.alerts.duration import MONTH
from ioc.alerts.fields import nearest
from ioc.alerts.plain_yaml import Path
from ioc.alerts.rule import Level, Rule
from ioc.alerts.where import Slip

Sensitivity = Literal["low", "medium", "high"]
WHOLE: Final = frozenset({"count", "cardinality"})
"""Kinds whose levels are numbers of events or values."""


@dataclass(frozen=True)
class Preset:
    """What one preset fills in; durations as an author writes them."""

    vi: str
    name: str
    condition: Mapping[str, Any]
    fields: Mapping[str, Any] = field(default_factory=dict)


PRESETS: Final = (
    Preset("ngưỡng", "nguong", {"kind": "threshold", "compare": "above"}, {"hold": "10m", "settle": "30m"}),
    Preset("mất tín hiệu", "mat-tin-hieu", {"kind": "absence", "period": "lost"}),
    Preset("đếm trong khoảng", "dem-trong-khoang", {"kind": "count", "window": "10m"}, {"settle": "10m"}),
    Preset(
        "tăng đột biến",
        "tang-dot-bien",
        {
            "kind": "spike",
            "window": "10m",
            "baseline": "previous",
            "of": "count",
            "measure": "ratio",
            "direction": "up",
            "min_events": 20,
        },
        {"settle": "10m"},
    ),
    Preset("chuỗi", "chuoi", {"kind": "sequence", "within": "5m"}, {"settle": "15m"}),
    Preset("khớp", "khop", {"kind": "match"}, {"settle": "15m"}),
)
"""The presets, by their Vietnamese and their ASCII name."""


@dataclass(frozen=True)
class Tuning:
    """By how much a sensitivity multiplies `hold`, and the distance from a level to its clear level."""

    vi: str
    hold: float
    distance: float


SENSITIVITIES: Final[Mapping[Sensitivity, Tuning]] = {
    "low": Tuning("thấp", 2.0, 1.5),
    "medium": Tuning("vừa", 1.0, 1.0),
    "high": Tuning("cao", 0.5, 0.5),
}


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


_BY_NAME: Final = {_folded(name): one for one in PRESETS for name in (one.vi, one.name)}
_LEVELS: Final = {_folded(name): key for key, one in SENSITIVITIES.items() for name in (key, one.vi)}


def fill(one: Mapping[str, Any], at: Path, lines: dict[Path, int]) -> tuple[dict[str, Any], list[Slip]]:
    """The rule at `at` with what its `preset` fills in; `lines` grows by it, so that a mistake points at the preset."""
    made = {key: value for key, value in one.items() if key != "preset"}
    name = one["preset"]
    preset = _BY_NAME.get(_folded(name)) if isinstance(name, str) else None
    if preset is None:
        return made, [_unknown("preset", name, [each.vi for each in PRESETS], _BY_NAME)]
    line = lines.get((*at, "preset"), 1)
    for key, value in preset.fields.items():
        if key not in made:
            made[key] = value
            lines[(*at, key)] = line
    condition = made.get("condition", {})
    if not isinstance(condition, dict):
        return made, []
    if condition.get("kind", preset.condition["kind"]) != preset.condition["kind"]:
        values = {"preset": preset.vi, "kind": str(preset.condition["kind"])}
        return made, [Slip(("condition", "kind"), "preset_kind", values)]
    lines.setdefault((*at, "condition"), line)
    for key in preset.condition:
        if key not in condition:
            lines[(*at, "condition", key)] = line
    made["condition"] = {**preset.condition, **condition}
    return made, []


def sensitivity_of(given: Any) -> Sensitivity | Slip:
    """`low`, `thấp` ... -> the sensitivity, or the mistake."""
    found = _LEVELS.get(_folded(given)) if isinstance(given, str) else None
    return found or _unknown("sensitivity", given, list(SENSITIVITIES), _LEVELS)


def _unknown(key: str, given: Any, known: list[str], names: Mapping[str, Any]) -> Slip:
    near = nearest(_folded(given), names) if isinstance(given, str) else ""
    return Slip((key,), "one_of", {"value": str(given), "known": ", ".join(known), "nearest": near})


def tuned(one: Mapping[str, Any], rule: Rule, sensitivity: Sensitivity) -> dict[str, Any]:
    """What `one`, the plain form of `rule`, says with this sensitivity: another `hold`, other clear levels.

    A clear level that would reach or pass 0 stays as written: many figures never go below it, and such an alert would
    never end. None lies beyond that of the severity below. Of events there are only whole numbers.
    """
    tuning = SENSITIVITIES[sensitivity]
    falling = any(_distance(level) > 0 for level in rule.severities.values())
    made = {**one, "severities": dict(one["severities"])}
    if rule.hold:
        made["hold"] = f"{min(MONTH, round(rule.hold * tuning.hold))}s"
    least: float | None = None
    for severity, level in rule.severities.items():
        clear = _tuned_clear(level, tuning, whole=rule.kind in WHOLE)
        if clear is not None:
            if least is not None:
                clear = min(clear, least) if falling else max(clear, least)
            made["severities"][severity] = {**one["severities"][severity], "clear": clear}
        least = level.level if clear is None else clear
    return made


def _distance(level: Level) -> float:
    return 0.0 if level.level is None or level.clear is None else level.clear - level.level


def _tuned_clear(level: Level, tuning: Tuning, *, whole: bool) -> float | None:
    if level.level is None or level.clear is None:
        return level.clear
    found = level.level + _distance(level) * tuning.distance
    found = float(round(found)) if whole else round(found, 6)
    return level.clear if found * level.clear <= 0 else found
