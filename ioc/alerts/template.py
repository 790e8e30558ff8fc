"""One template, many instances: expanded before a rule is judged, so that an instance is a rule like any other.

    templates:
      station-high:
        title: {vi: "${name} cao", en: "High ${name}"}
        quantity: ${quantity}
        ...
    rules:
      - {use: station-high, id: pm25-high, with: {name: PM2.5, quantity: pm25, limit: 80}}

A scalar that is one `${parameter}` takes the value as it is given (number, text, list); within a longer text it is
written in. What an instance says itself stands in place of the template's whole field. Every part keeps the line on
which a person can mend it: the parameter's where one filled it, else the template's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ioc.alerts.fields import nearest
from ioc.alerts.plain_yaml import Path
from ioc.alerts.where import Slip

MAX_EXPANDED: Final = 16 * 1024 * 1024
"""Characters that the templates of one file may grow to; ten thousand rules of 1 kB take ten."""
_PARAM = re.compile(r"\$\{([a-z][a-z0-9_]{0,31})\}", re.ASCII)
_SCALAR = (str, int, float, bool)


class Templates:
    """The templates of one file; `lines` is where each part of the file stands, and grows by what is expanded."""

    def __init__(self, given: Any, lines: dict[Path, int]) -> None:
        self._bodies: dict[str, Any] = given if isinstance(given, dict) else {}
        self._lines = lines
        self._left = MAX_EXPANDED
        self._given = given

    def slips(self) -> Iterator[Slip]:
        """What is wrong with the templates themselves; paths from the top of the file."""
        if not isinstance(self._given, dict):
            yield Slip(("templates",), "templates_named")
        for name, body in self._bodies.items():
            if not isinstance(body, dict):
                yield Slip(("templates", name), "templates_named")
            elif "use" in body or "with" in body:
                yield Slip(("templates", name, "use" if "use" in body else "with"), "nested_template")

    def instance(self, one: Mapping[str, Any], at: Path) -> tuple[dict[str, Any], list[Slip]]:
        """The rule that `one` (with `use`, at `at` of the file) stands for, and what is wrong; slips are below it."""
        own = {key: value for key, value in one.items() if key not in ("use", "with")}
        name, given = one["use"], one.get("with", {})
        if not isinstance(name, str) or name not in self._bodies:
            near = nearest(str(name), self._bodies)
            return own, [Slip(("use",), "unknown_template", {"name": str(name), "nearest": near})]
        body = self._bodies[name]
        if not isinstance(body, dict) or "use" in body or "with" in body:
            return own, [Slip(("use",), "template_unusable", {"name": name})]
        if not isinstance(given, dict):
            return own, [Slip(("with",), "params_named")]
        slips = list(_wrong_params(body, own, given))
        if slips:
            return own, slips
        made: dict[str, Any] = {}
        for key, value in body.items():
            if key in own:
                continue
            if (*at, key) not in self._lines:
                self._lines[(*at, key)] = self._lines.get(("templates", name, key), 1)
            made[key] = self._filled(value, given, ("templates", name, key), (*at, key), (*at, "with"))
            if self._left < 0:
                return own, [Slip(("use",), "expands_too_far", {"limit": str(MAX_EXPANDED // 1024 // 1024)})]
        return made | own, []

    def _filled(self, node: Any, given: Mapping[str, Any], home: Path, to: Path, filled_at: Path) -> Any:
        """A part of the template with its parameters; `home` is where it stands, `to` where it goes."""
        self._left -= 8
        if self._left < 0:
            return None
        self._lines[to] = self._lines.get(home, 1)
        if isinstance(node, dict):
            return {key: self._filled(value, given, (*home, key), (*to, key), filled_at) for key, value in node.items()}
        if isinstance(node, list):
            return [
                self._filled(value, given, (*home, place), (*to, place), filled_at) for place, value in enumerate(node)
            ]
        if not isinstance(node, str):
            return node
        self._left -= len(node)
        names = _PARAM.findall(node)
        if not names:
            return node
        self._lines[to] = self._lines.get((*filled_at, names[0]), self._lines[to])
        if node == f"${{{names[0]}}}":
            whole = given[names[0]]
            self._left -= len(whole) if isinstance(whole, (str, list)) else 0
            return list(whole) if isinstance(whole, list) else whole
        # Counted before it is written, so that no text grows beyond the bound.
        self._left -= sum(len(str(given[name])) for name in names)
        return None if self._left < 0 else _PARAM.sub(lambda found: _text(given[found[1]]), node)


def _text(value: Any) -> str:
    """A value within a longer text, as YAML would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _used(node: Any) -> Iterator[tuple[str, bool]]:
    """Every parameter named in a part, and whether it stands alone there."""
    if isinstance(node, dict):
        for value in node.values():
            yield from _used(value)
    elif isinstance(node, list):
        for value in node:
            yield from _used(value)
    elif isinstance(node, str):
        for name in _PARAM.findall(node):
            yield name, node == f"${{{name}}}"


def _wrong_params(body: Mapping[str, Any], own: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Slip]:
    known = {name for name, _ in _used(dict(body))}
    needed: dict[str, bool] = {}
    for name, alone in _used({key: value for key, value in body.items() if key not in own}):
        needed[name] = needed.get(name, True) and alone
    for name, value in given.items():
        if name not in known:
            yield Slip(("with", name), "unknown_param", {"name": name, "nearest": nearest(name, known)})
        elif isinstance(value, list):
            if not needed.get(name, True) or not all(isinstance(part, _SCALAR) for part in value):
                yield Slip(("with", name), "param_value", {"name": name})
        elif not isinstance(value, _SCALAR):
            yield Slip(("with", name), "param_value", {"name": name})
    for name in needed:
        if name not in given:
            yield Slip(("with",), "missing_param", {"name": name})
