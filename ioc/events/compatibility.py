"""What changed between two versions of the contract, and whether it breaks it.

Broken is what refuses data that were right before (publishers, and events that stand in the log for 30 days), or takes
from readers what they could count on. Optional fields, new values of a list and wider limits break nothing: readers
pass over what they do not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Schema = Mapping[str, Any]
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
HARMLESS = frozenset({"event_added", "field_added", "value_added", "widened"})


class Change(NamedTuple):
    """One difference: where (dotted path from the event type), what (words `schema.change.<code>`), with its values."""

    path: str
    code: str
    values: Mapping[str, str]

    @property
    def breaks(self) -> bool:
        """Whether somebody who kept to the old contract is harmed."""
        return self.code not in HARMLESS


def schemas_of(document: Schema) -> dict[str, Schema]:
    """Event types of a JSON Schema, of a set of them by domain, or of an AsyncAPI document; ValueError for others."""
    if "asyncapi" in document:
        found: dict[str, Schema] = {}
        for schema in document.get("components", {}).get("schemas", {}).values():
            kind = schema.get("properties", {}).get("type", {}).get("const")
            if kind:
                found[kind] = dict(schema) | {"components": document["components"]}
    elif "properties" in document:
        found = {document["properties"].get("type", {}).get("const", "event"): document}
    else:
        found = {k: v for k, v in document.items() if isinstance(v, Mapping) and "properties" in v}
    if not found:
        raise ValueError("no event types")
    return found


def changes(old: Schema, new: Schema) -> list[Change]:
    """Every difference between two documents that matters to somebody."""
    before, after = schemas_of(old), schemas_of(new)
    found = [Change(kind, "event_removed", {}) for kind in before if kind not in after]
    found += [Change(kind, "event_added", {}) for kind in after if kind not in before]
    for kind in before.keys() & after.keys():
        found += _Pair(before[kind], after[kind]).compare(before[kind], after[kind], kind)
    return sorted(found)


class _Pair:
    """Compares within two documents, each of which resolves its own references."""

    DEPTH = 32

    def __init__(self, old: Schema, new: Schema) -> None:
        self.old, self.new = old, new

    def compare(self, old: Schema, new: Schema, path: str) -> Iterator[Change]:
        """The differences below one path."""
        if path.count(".") > self.DEPTH:
            return
        old, old_null = _plain(self.old, old)
        new, new_null = _plain(self.new, new)
        before, after = _types(old, null=old_null), _types(new, null=new_null)
        if before != after:
            yield Change(path, "type_changed", {"old": " | ".join(before) or "?", "new": " | ".join(after) or "?"})
            return
        yield from _values(old, new, path)
        yield from _limits(old, new, path)
        if old.get("format") != new.get("format"):
            values = {"old": str(old.get("format", "-")), "new": str(new.get("format", "-"))}
            yield Change(path, "format_changed", values)
        if old.get("additionalProperties", True) is True and new.get("additionalProperties", True) is False:
            yield Change(path, "closed", {})
        yield from self._fields(old, new, path)
        if isinstance(old.get("items"), Mapping) and isinstance(new.get("items"), Mapping):
            yield from self.compare(old["items"], new["items"], f"{path}[]")

    def _fields(self, old: Schema, new: Schema, path: str) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name in before:
            if name not in after:
                yield Change(f"{path}.{name}", "field_removed", {})
                continue
            if name in needs - needed:
                yield Change(f"{path}.{name}", "now_required", {})
            if name in needed - needs:
                yield Change(f"{path}.{name}", "no_longer_sure", {})
            yield from self.compare(before[name], after[name], f"{path}.{name}")
        for name in after:
            if name not in before:
                yield Change(f"{path}.{name}", "now_required" if name in needs else "field_added", {})


def _plain(root: Schema, schema: Schema) -> tuple[Schema, bool]:
    """The schema behind references, and whether null is allowed beside it."""
    null = False
    for _ in range(16):
        if "$ref" in schema:
            target: Any = root
            for step in str(schema["$ref"]).removeprefix("#/").split("/"):
                target = target.get(step, {}) if isinstance(target, Mapping) else {}
            schema = target
            continue
        options = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
        if "anyOf" in schema and len(options) == 1:
            null = null or len(schema["anyOf"]) > 1
            schema = options[0]
            continue
        break
    return schema, null


def _types(schema: Schema, *, null: bool) -> tuple[str, ...]:
    given = schema.get("type")
    found = {given} if isinstance(given, str) else set(given or ())
    found |= {str(one.get("type", one.get("$ref", "?"))) for one in schema.get("anyOf", ())}
    return tuple(sorted(found | ({"null"} if null else set())))


def _values(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before, after = _listed(old), _listed(new)
    if before is None and after is None:
        return
    if before is None or after is None:
        shown = ", ".join(sorted(after or before or ()))
        yield Change(path, "value_removed" if before is None else "value_added", {"old": "…", "new": shown})
        return
    for value in sorted(before - after):
        yield Change(path, "value_removed", {"old": value})
    for value in sorted(after - before):
        yield Change(path, "value_added", {"new": value})


def _listed(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {str(schema["const"])}
    return {str(one) for one in schema["enum"]} if "enum" in schema else None


def _limits(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    for name in (*LOWER, *UPPER):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        lower = name in LOWER
        if before is None:
            tighter = True
        elif after is None:
            tighter = False
        else:
            tighter = after > before if lower else after < before
        values = {"limit": name, "old": str(before if before is not None else "-")}
        yield Change(
            path, "narrowed" if tighter else "widened", values | {"new": str(after if after is not None else "-")}
        )
