"""The contract for machines: JSON Schema per event type, and one AsyncAPI 3 document. Derived from the models."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from ioc import __version__
from ioc.events.domains import DOMAINS, MODELS, Domain

DIALECT = "https://json-schema.org/draft/2020-12/schema"
CE_TYPE = "vn.thainguyen.ioc."
"""Prefix of the CloudEvents type, before the domain."""


def json_schema(domain: Domain) -> dict[str, Any]:
    """JSON Schema (2020-12) of one event type as it stands in the log: what may be left out is not required."""
    model = MODELS[domain]
    return {"$schema": DIALECT, "$id": f"urn:ioc:event:{domain}"} | model.model_json_schema()


def json_schemas() -> dict[str, Any]:
    """All event types by domain."""
    return {domain: json_schema(domain) for domain in DOMAINS}


def _headers() -> dict[str, Any]:
    """CloudEvents 1.0 attributes in Kafka's binary mode, and the mark of replayed time."""
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": text
            | {"description": "The event's id: a hash of its content, the same whenever it is sent again."},
            "ce_source": text | {"description": "The source's id, which is also the record's key."},
            "ce_type": text | {"description": f"{CE_TYPE}<domain>"},
            "ce_time": text | {"format": "date-time", "description": "When the world was so, UTC."},
            "content-type": {"const": "application/json"},
            "ioc-clock": text | {"description": "Only on replayed events: `<name of the replay>:<epoch ms>`."},
        },
    }


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0.0: the topics of canonical events, one message per domain."""
    schemas = models_json_schema(
        [(MODELS[domain], "validation") for domain in DOMAINS], ref_template="#/components/schemas/{model}"
    )[1]["$defs"]
    names = {domain: MODELS[domain].__name__ for domain in DOMAINS}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "IOC canonical events",
            "version": __version__,
            "description": (
                "One topic per domain; the record's key is the source's id, its value one event as JSON. "
                "Fields at their default are left out. Readers pass over fields and values that they do not know. "
                "A record with header ioc-tick and no value is the log's clock: readers skip it. "
                "Only the product itself writes these topics; integrators send their own format to their feed."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {
            domain: {
                "address": f"ioc.{domain}",
                "messages": {name: {"$ref": f"#/components/messages/{name}"}},
                "bindings": {"kafka": {"topic": f"ioc.{domain}", "bindingVersion": "0.5.0"}},
            }
            for domain, name in names.items()
        },
        "operations": {
            f"send{name}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{domain}"},
                "messages": [{"$ref": f"#/channels/{domain}/messages/{name}"}],
            }
            for domain, name in names.items()
        },
        "components": {
            "messages": {
                name: {
                    "name": f"{CE_TYPE}{domain}",
                    "title": name,
                    "contentType": "application/json",
                    "headers": _headers(),
                    "payload": {"$ref": f"#/components/schemas/{name}"},
                    "bindings": {"kafka": {"key": {"type": "string", "maxLength": 128}, "bindingVersion": "0.5.0"}},
                }
                for domain, name in names.items()
            },
            "schemas": schemas,
        },
    }
