import json
from typing import Any

import jsonschema
import pytest

from ioc.events import DOMAINS, MODELS, Domain
from ioc.events.schema import asyncapi, json_schema, json_schemas
from tests.events.examples import FULL, LEAST


def validator(schema: Any) -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_schema_takes_what_the_model_takes(domain: Domain) -> None:
    judge = validator(json_schema(domain))
    assert judge.is_valid(FULL[domain])
    assert judge.is_valid(LEAST[domain])


WRONG: dict[str, dict[str, Any]] = {
    "a field too many": {"colour": 1},
    "a value as text": {"value": "12"},
    "a latitude beyond the pole": {"location": {"lat": 91, "lon": 0}},
    "an unknown flag": {"flags": ["pretty"]},
    "a title too long": {"title": "x" * 301},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_schema_refuses_what_the_model_refuses(domain: Domain, change: dict[str, Any]) -> None:
    assert not validator(json_schema(domain)).is_valid(FULL[domain] | change)


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_field_is_required_or_has_a_default(domain: Domain) -> None:
    schema = json_schema(domain)
    assert set(schema["required"]) == {
        name for name, field in MODELS[domain].model_fields.items() if field.is_required()
    }


def test_all_schemas_by_domain() -> None:
    assert json_schemas() == {domain: json_schema(domain) for domain in DOMAINS}


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in references(value)]
    return [found for value in node for found in references(value)] if isinstance(node, list) else []


def resolved(document: Any, reference: str) -> Any:
    assert reference.startswith("#/")
    for step in reference[2:].split("/"):
        document = document[step]
    return document


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi()
    found = references(document)
    assert len(found) > 10
    for reference in found:
        assert resolved(document, reference)


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_asyncapi_document_names_topic_key_and_payload(domain: Domain) -> None:
    document = json.loads(json.dumps(asyncapi()))
    channel = document["channels"][domain]
    assert channel["address"] == f"ioc.{domain}"
    (message,) = (resolved(document, one["$ref"]) for one in channel["messages"].values())
    payload = message["payload"] | {"components": document["components"]}
    judge = jsonschema.Draft202012Validator(payload)
    assert judge.is_valid(FULL[domain])
    assert not judge.is_valid(FULL[domain] | {"colour": 1})
    assert message["bindings"]["kafka"]["key"]["type"] == "string"
