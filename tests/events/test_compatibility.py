import copy
from collections.abc import Callable
from typing import Any

import pytest

from ioc import words
from ioc.events.compatibility import changes, schemas_of
from ioc.events.schema import asyncapi, json_schema, json_schemas

Schema = dict[str, Any]


def properties(schema: Schema) -> Schema:
    found: Schema = schema["properties"]
    return found


def _required(schema: Schema, name: str) -> None:
    schema["required"].append(name)


def _new_and_required(schema: Schema) -> None:
    properties(schema)["x"] = {"type": "string"}
    _required(schema, "x")


BREAKING: dict[str, tuple[Callable[[Schema], Any], str, str]] = {
    "a field is gone": (lambda s: properties(s).pop("title"), "environment.title", "field_removed"),
    "an optional field is required": (lambda s: _required(s, "title"), "environment.title", "now_required"),
    "a new field is required": (
        _new_and_required,
        "environment.x",
        "now_required",
    ),
    "a required field is optional": (lambda s: s["required"].remove("unit"), "environment.unit", "no_longer_sure"),
    "a type changed": (lambda s: properties(s)["value"].update(type="string"), "environment.value", "type_changed"),
    "null is no longer taken": (
        lambda s: properties(s).update(period_s={"type": "integer", "minimum": 0, "maximum": 31622400}),
        "environment.period_s",
        "type_changed",
    ),
    "a value is gone": (
        lambda s: properties(s)["quality"]["enum"].remove("fault"),
        "environment.quality",
        "value_removed",
    ),
    "a limit is tighter": (lambda s: properties(s)["value"].update(maximum=1e6), "environment.value", "narrowed"),
    "a limit is new": (lambda s: properties(s)["value"].update(exclusiveMinimum=0), "environment.value", "narrowed"),
    "a text must be shorter": (
        lambda s: properties(s)["source"].update(maxLength=64),
        "environment.source",
        "narrowed",
    ),
    "a format changed": (
        lambda s: properties(s)["observed_at"].update(format="date"),
        "environment.observed_at",
        "format_changed",
    ),
    "an inner field is gone": (
        lambda s: s["$defs"]["Location"]["properties"].pop("error_m"),
        "environment.location.error_m",
        "field_removed",
    ),
    "a value inside a list is gone": (
        lambda s: properties(s)["flags"]["items"]["enum"].remove("saturated"),
        "environment.flags[]",
        "value_removed",
    ),
    "an event type is another": (lambda s: properties(s)["type"].update(const="air"), "environment", "event_removed"),
}
HARMLESS: dict[str, tuple[Callable[[Schema], Any], str, str]] = {
    "a new optional field": (lambda s: properties(s).update(x={"type": "string"}), "environment.x", "field_added"),
    "a new value of a list": (
        lambda s: properties(s)["quality"]["enum"].append("new"),
        "environment.quality",
        "value_added",
    ),
    "a wider limit": (lambda s: properties(s)["value"].update(maximum=1e12), "environment.value", "widened"),
    "a limit that is gone": (lambda s: properties(s)["value"].pop("maximum"), "environment.value", "widened"),
}


@pytest.mark.parametrize(("edit", "path", "code"), BREAKING.values(), ids=BREAKING)
def test_breaking(edit: Callable[[Schema], Any], path: str, code: str) -> None:
    new = copy.deepcopy(json_schema("environment"))
    edit(new)
    found = [(one.path, one.code) for one in changes(json_schema("environment"), new) if one.breaks]
    assert found == [(path, code)]


@pytest.mark.parametrize(("edit", "path", "code"), HARMLESS.values(), ids=HARMLESS)
def test_harmless(edit: Callable[[Schema], Any], path: str, code: str) -> None:
    new = copy.deepcopy(json_schema("environment"))
    edit(new)
    found = changes(json_schema("environment"), new)
    assert [(one.path, one.code) for one in found] == [(path, code)]
    assert not found[0].breaks


def test_the_contract_is_compatible_with_itself_in_every_form() -> None:
    assert changes(json_schemas(), json_schemas()) == []
    assert changes(json_schemas(), asyncapi()) == []
    assert changes(asyncapi(), json_schemas()) == []


def test_words_or_order_change_nothing() -> None:
    new = copy.deepcopy(json_schema("camera"))
    new["description"] = "other"
    properties(new)["kind"]["description"] = "other"
    new["properties"] = dict(reversed(new["properties"].items()))
    assert changes(json_schema("camera"), new) == []


def test_a_new_event_type_breaks_nothing() -> None:
    old = {"camera": json_schema("camera")}
    assert [
        (one.path, one.breaks) for one in changes(old, {"camera": old["camera"], "netsec": json_schema("netsec")})
    ] == [("netsec", False)]


@pytest.mark.parametrize("document", [{}, {"a": 1}, {"asyncapi": "3.0.0"}])
def test_a_document_without_events_is_no_contract(document: Schema) -> None:
    with pytest.raises(ValueError, match="no event types"):
        schemas_of(document)


def test_every_change_has_words() -> None:
    codes = {code for _, _, code in (*BREAKING.values(), *HARMLESS.values())} | {"event_added", "closed"}
    assert all(words.has(f"schema.change.{code}") for code in codes)
