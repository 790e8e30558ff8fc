"""What a rule may name: the fields of each domain's events, read off the models, and the nearest known name for a slip.

Fields come from the models of `ioc.events.domains`; `commune`, `lat`, `lon` and `error_m` reach into the location.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ioc.events.codec import Observed
from ioc.events.domains import MODELS, Domain

FieldKind = Literal["text", "number", "truth", "texts"]


@dataclass(frozen=True)
class Readable:
    """One field as a rule sees it; `choices` are all the words it can hold, empty where any text may stand."""

    name: str
    kind: FieldKind
    choices: tuple[str, ...]
    read: Callable[[Observed], Any]


_HIDDEN = frozenset({"id", "type", "observed_at", "received_at", "location", "media"})
"""Not for rules: identity, times (they are the engine's), and what has no plain value."""


def _in_place(name: str) -> Callable[[Observed], Any]:
    read = attrgetter(name)

    def inside(event: Observed) -> Any:
        place = event.location
        return None if place is None else read(place)

    return inside


def _kind(annotation: Any) -> tuple[FieldKind, tuple[str, ...]] | None:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        arms = [arm for arm in get_args(annotation) if arm is not type(None)]
        return _kind(arms[0]) if len(arms) == 1 else None
    if origin is Literal:
        return "text", get_args(annotation)
    if origin is tuple:
        inner = _kind(get_args(annotation)[0])
        return ("texts", inner[1]) if inner is not None and inner[0] == "text" else None
    if annotation is bool:
        return "truth", ()
    if annotation in (int, float):
        return "number", ()
    return ("text", ()) if annotation is str else None


@cache
def readable(domain: Domain) -> Mapping[str, Readable]:
    """Field name -> how a rule of this domain reads it."""
    found = {}
    for name, field in MODELS[domain].model_fields.items():
        kind = None if name in _HIDDEN else _kind(field.annotation)
        if kind is not None:
            found[name] = Readable(name, *kind, attrgetter(name))
    for name in ("lat", "lon", "error_m"):
        found[name] = Readable(name, "number", (), _in_place(name))
    found["commune"] = Readable("commune", "text", (), _in_place("commune"))
    return found


def quantities(domain: Domain) -> tuple[str, ...]:
    """Every quantity that events of this domain can carry."""
    return readable(domain)["quantity"].choices


def nearest(word: str, among: Iterable[str]) -> str:
    """The known name most like `word`; empty where none is like it."""
    found = difflib.get_close_matches(word, list(among), n=1, cutoff=0.65)
    return found[0] if found else ""
