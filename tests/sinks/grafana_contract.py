"""Grafana's OpenAPI as a judge of requests and answers; what a request breaks is told, never mended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator


class Contract:
    """One document of OpenAPI 3.0 whose paths begin below `/api`."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text(encoding="utf-8"))

    def faults(self, method: str, target: str, body: Any, status: int, answer: Any) -> Iterator[str]:
        """What is wrong with a request and the answer to it."""
        parts = urlsplit(target)
        path = self._path(parts.path)
        call = self._document["paths"].get(path, {}).get(method.lower())
        if call is None:
            yield f"no {method} {parts.path}"
            return
        known = {one["name"]: one["schema"] for one in call.get("parameters", ()) if one["in"] == "query"}
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            if name not in known:
                yield f"{path}: no parameter {name}"
            elif known[name]["type"] == "integer" and not value.lstrip("-").isdigit():
                yield f"{path}: {name}={value}"
        asked = call.get("requestBody")
        if asked:
            schema = asked["content"]["application/json"]["schema"]
            yield from self._against(schema, body, f"{method} {path}")
            unknown = set(body or {}) - set(self._resolved(schema).get("properties", {}))
            yield from (f"{method} {path}: unknown {name}" for name in sorted(unknown))
        elif body is not None:
            yield f"{method} {path} takes no body"
        given = call["responses"].get(str(status))
        if given is None:
            yield f"{method} {path} never answers {status}"
            return
        content = given.get("content", {}).get("application/json")
        if content:
            yield from self._against(content["schema"], answer, f"{status} of {path}")

    def _path(self, path: str) -> str:
        steps = [unquote(step) for step in path.removeprefix("/api").split("/")]
        for template in sorted(self._document["paths"], key=lambda one: one.count("{")):
            wanted = template.split("/")
            if len(wanted) == len(steps) and all(
                one.startswith("{") or one == step for one, step in zip(wanted, steps, strict=True)
            ):
                return str(template)
        return path

    def _resolved(self, schema: Any) -> Any:
        name = schema.get("$ref", "").rpartition("/")[2]
        return self._document["components"]["schemas"][name] if name else schema

    def _against(self, schema: Any, value: Any, where: str) -> Iterator[str]:
        judge = Draft202012Validator({**schema, "components": self._document["components"]})
        yield from (f"{where}: {error.message[:200]}" for error in judge.iter_errors(value))
