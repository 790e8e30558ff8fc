"""What pydantic finds wrong with a rule, in our words: code and values of `mistake.<code>`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ioc.alerts.active import Active
from ioc.alerts.fields import nearest
from ioc.alerts.flap import Flap
from ioc.alerts.kinds import CONDITIONS
from ioc.alerts.plain_yaml import Path
from ioc.alerts.rule import Inhibition, Level, Rule, Short
from ioc.events.envelope import clip

WRITTEN_OUT = ("use", "with", "preset", "sensitivity")
"""Keys of a rule that stand for something else and are gone before it is judged."""


_PLACES: Mapping[str, type[BaseModel]] = {
    **dict.fromkeys(("title", "steps", "call", "owner"), Short),
    "severities": Level,
    "flap": Flap,
    "active": Active,
    "inhibited_by": Inhibition,
}
"""Key of a rule -> model of what stands below it; conditions are told apart by their kind."""


def _keys_at(loc: Path) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    place = _PLACES.get(str(loc[0]), Rule) if loc else Rule
    if loc[:1] == ("condition",) and len(loc) > 1:
        place = CONDITIONS.get(str(loc[1]), Rule)
    written = [field.alias or name for name, field in place.model_fields.items()]
    return [*written, *(WRITTEN_OUT if place is Rule else ())]


_LIMITS = {"string_too_long": "too_long", "too_long": "too_many", "string_too_short": "empty", "too_short": "empty"}


def finding(found: Any, context: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Pydantic's finding in our words: code and values."""
    kind, loc = found["type"], found["loc"]
    given = clip(str(found.get("input", "")), 40)
    if kind == "extra_forbidden":
        return "unknown_key", {"name": _given_key(loc), "nearest": nearest(str(loc[-1]), _keys_at(loc[:-1]))}
    if kind in ("missing", "union_tag_not_found"):
        return "missing_key", {"name": _given_key(loc) if kind == "missing" else "kind"}
    if kind == "literal_error":
        return "one_of", {"value": given, "known": context.get("expected", ""), "nearest": ""}
    if kind == "union_tag_invalid":
        tag = context.get("tag", "")
        return "one_of", {"value": tag, "known": ", ".join(CONDITIONS), "nearest": nearest(tag, CONDITIONS)}
    if kind in _LIMITS:
        return _LIMITS[kind], {"limit": context.get("max_length", "")}
    if kind in ("greater_than_equal", "less_than_equal"):
        return "out_of_bounds", {"value": given, "limit": context.get("ge") or context.get("le", "")}
    if kind == "string_pattern_mismatch":
        return "not_an_id", {"value": given}
    if "ctx" in found and found["msg"] == kind:
        return kind, context
    return "wrong_type", {"value": given}


def _given_key(loc: Path) -> str:
    """The key a finding is about, as it was written."""
    return clip(str(loc[-1]), 60)
