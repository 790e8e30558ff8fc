"""Bytes <-> event. The models are the one source of truth; the Structs of the hot path are derived from them.

`decode` is the hot path (about 1.5 µs an event): a Struct with the same fields, ranges and defaults as the model, or
one of `REFUSALS`. `reasons` judges refused bytes again with the model, which names every field. Both accept the same bytes:
a law in tests/laws.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol, Union, get_args, get_origin

import annotated_types
import msgspec
from pydantic import BaseModel, BeforeValidator, PlainSerializer, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic.types import Strict
from pydantic_core import from_json

from ioc.events.domains import MODELS, AnyEvent, Domain, Event
from ioc.events.envelope import Reason, Rejected, clip, iso, plain

REFUSALS = (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What `decode` raises for bytes that are no event."""
DEPTH = 32
"""Nesting that any honest event stays far below; deeper JSON is refused before a parser recurses into it."""


class Place(Protocol):
    """`Location` as the hot path sees it."""

    @property
    def lat(self) -> float: ...  # noqa: D102 - the model documents the fields
    @property
    def lon(self) -> float: ...  # noqa: D102
    @property
    def commune(self) -> str | None: ...  # noqa: D102
    @property
    def error_m(self) -> float | None: ...  # noqa: D102


class Observed(Protocol):
    """Any event as the hot path sees it: the fields of `Envelope` plus `quantity` and `unit`; others by getattr."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def feed(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def quantity(self) -> str: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> float: ...  # noqa: D102
    @property
    def observed_at(self) -> datetime: ...  # noqa: D102
    @property
    def received_at(self) -> datetime: ...  # noqa: D102
    @property
    def location(self) -> Place | None: ...  # noqa: D102
    @property
    def quality(self) -> str: ...  # noqa: D102
    @property
    def flags(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def title(self) -> str | None: ...  # noqa: D102
    @property
    def media(self) -> Sequence[Any]: ...  # noqa: D102
    @property
    def drill(self) -> bool: ...  # noqa: D102


_structs: dict[type[BaseModel], type[msgspec.Struct]] = {}


def _constraints(metadata: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in metadata:
        match item:
            case annotated_types.Ge():
                found["ge"] = item.ge
            case annotated_types.Gt():
                found["gt"] = item.gt
            case annotated_types.Le():
                found["le"] = item.le
            case annotated_types.Lt():
                found["lt"] = item.lt
            case annotated_types.MinLen():
                found["min_length"] = item.min_length
            case annotated_types.MaxLen():
                found["max_length"] = item.max_length
            case FieldInfo():
                found |= _constraints(item.metadata)
            case Strict() | BeforeValidator() | PlainSerializer():
                pass
            case _ if item.__class__.__name__ == "AwareDatetime" or item is None:
                pass
            case _:
                raise TypeError(f"no Struct counterpart for {item!r}")
    return found


def _derive(kind: Any, metadata: Sequence[Any] = ()) -> Any:
    origin = get_origin(kind)
    if origin is Annotated:
        base, *more = get_args(kind)
        return _derive(base, [*more, *metadata])
    if origin in (Union, types.UnionType):
        derived: Any = Union[tuple(_derive(arm) for arm in get_args(kind))]  # noqa: UP007 - built at run time
    elif origin is tuple:
        derived = types.GenericAlias(tuple, (_derive(get_args(kind)[0]), ...))
    elif getattr(kind, "__name__", "") == "AwareDatetime":
        return Annotated[datetime, msgspec.Meta(tz=True)]
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        derived = struct_of(kind)
    else:
        derived = kind
    found = _constraints(metadata)
    return Annotated[derived, msgspec.Meta(**found)] if found else derived


def struct_of(model: type[BaseModel]) -> type[msgspec.Struct]:
    """The frozen Struct with the model's fields, ranges, defaults and tag."""
    if model in _structs:
        return _structs[model]
    tag: str | None = None
    fields: list[Any] = []
    for name, field in model.model_fields.items():
        if name == "type" and get_origin(field.annotation) is Literal:
            tag = get_args(field.annotation)[0]
            continue
        kind = _derive(field.annotation, field.metadata)
        fields.append((name, kind) if field.is_required() else (name, kind, field.default))
    fields.sort(key=len)
    made = msgspec.defstruct(
        model.__name__,
        fields,
        frozen=True,
        kw_only=True,
        gc=False,
        omit_defaults=True,
        forbid_unknown_fields=True,
        tag=tag,
        tag_field="type" if tag else None,
    )
    _structs[model] = made
    return made


STRUCTS: dict[Domain, type[msgspec.Struct]] = {domain: struct_of(model) for domain, model in MODELS.items()}
_any = msgspec.json.Decoder(Union[tuple(STRUCTS.values())])  # noqa: UP007 - built at run time
_one = {domain: msgspec.json.Decoder(struct) for domain, struct in STRUCTS.items()}
_model: TypeAdapter[Event] = TypeAdapter(AnyEvent)


def decoder(domain: Domain) -> Any:
    """The bound decode function of one domain: bytes -> Observed, raising one of `REFUSALS`."""
    return _one[domain].decode


def decode(raw: bytes) -> Observed:
    """Canonical bytes -> event of any domain; raises one of `REFUSALS`."""
    found: Observed = _any.decode(raw)
    return found


def encode(event: Event) -> bytes:
    """Canonical bytes of an event: no spaces, defaults left out, fields in the model's order."""
    return event.model_dump_json(exclude_defaults=True).encode()


def model_of(raw: bytes) -> Event:
    """Canonical bytes -> model (validated, named errors); raises pydantic.ValidationError."""
    return _model.validate_json(raw)


_CODES: dict[str, Reason] = {
    "missing": "missing",
    "extra_forbidden": "contract",
    "finite_number": "not_finite",
    "json_invalid": "not_this_format",
    "union_tag_invalid": "unknown_value",
    "union_tag_not_found": "missing",
    "literal_error": "unknown_value",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "string_too_long": "too_long",
    "string_too_short": "empty",
    "float_type": "not_a_number",
    "float_parsing": "not_a_number",
}


def too_deep(raw: bytes, limit: int = DEPTH) -> bool:
    """Whether brackets nest deeper than `limit` anywhere (strings are not looked into: an upper bound is enough)."""
    if raw.count(b"[") + raw.count(b"{") <= limit:
        return False
    depth = worst = 0
    quoted = escaped = False
    for byte in raw:
        if quoted:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                quoted = False
        elif byte == 0x22:
            quoted = True
        elif byte in b"[{":
            depth += 1
            worst = max(worst, depth)
            if worst > limit:
                return True
        elif byte in b"]}":
            depth -= 1
    return False


def problems(error: ValidationError, record: int, raw: bytes = b"") -> list[Rejected]:
    """Pydantic's findings as rejections, one per field."""
    found = []
    for item in error.errors(include_url=False):
        steps = [str(step) for step in item["loc"] if step not in MODELS]
        code: Reason = _CODES.get(item["type"], "wrong_type")
        if item["type"] == "value_error" or "datetime" in item["type"] or "timezone" in item["type"]:
            code = "not_a_time"
        shown = raw.decode("utf-8", "replace") if item["type"] == "json_invalid" else str(item.get("input", ""))
        context = {k: v for k, v in item.get("ctx", {}).items() if k in ("ge", "le", "max_length", "expected")}
        found.append(
            Rejected(
                record=record,
                field=".".join(steps) or "-",
                code=code,
                excerpt=clip(shown, 200),
                values=plain(context),
            )
        )
    return found


def reasons(raw: bytes, record: int = 1) -> list[Rejected]:
    """Why these bytes are no event: one entry per field; empty if the model accepts them."""
    if too_deep(raw):
        return [
            Rejected(record=record, field="-", code="too_deep", excerpt=clip(raw[:200].decode("utf-8", "replace"), 200))
        ]
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return [
            Rejected(record=record, field="-", code="not_text", excerpt=clip(raw[:200].decode("utf-8", "replace"), 200))
        ]
    try:
        from_json(raw, allow_inf_nan=False)
        _model.validate_json(raw)
    except ValidationError as error:
        return problems(error, record, raw)
    except ValueError:
        return [
            Rejected(
                record=record,
                field="-",
                code="not_this_format",
                excerpt=clip(raw[:200].decode("utf-8", "replace"), 200),
            )
        ]
    return []


def cloud_headers(event: Event) -> list[tuple[str, bytes]]:
    """CloudEvents 1.0 attributes in Kafka's binary content mode."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", event.id.encode()),
        ("ce_source", event.source.encode()),
        ("ce_type", f"vn.thainguyen.ioc.{event.type}".encode()),
        ("ce_time", iso(event.observed_at).encode()),
        ("content-type", b"application/json"),
    ]
