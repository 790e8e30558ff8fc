"""YAML text -> rules, or every mistake in it with file, line, field and a hint.

Only plain YAML is taken: no anchors, aliases, tags or second documents, at most 1 MB a file. That leaves nothing that
could grow or run while it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

import msgspec
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ioc.alerts.alert import Kind
from ioc.alerts.fields import nearest, quantities
from ioc.alerts.rule import MAX_RULES, Absence, Count, Level, Match, Rule, RuleSet, Short, Threshold
from ioc.alerts.where import Slip, slips
from ioc.errors import Permanent
from ioc.events.envelope import clip
from ioc.events.quantities import ENVIRONMENT
from ioc.words import Lang, say

MAX_BYTES: Final = 1024 * 1024
"""One file of rules."""
MAX_NESTING: Final = 16
"""Lists and mappings within each other; a rule needs nine."""

Path = tuple[str | int, ...]
_CONDITIONS: Mapping[str, type[BaseModel]] = {
    "match": Match,
    "threshold": Threshold,
    "count": Count,
    "absence": Absence,
}


class Mistake(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One mistake: where it stands, and what is wrong (`mistake.<code>` in `ioc/words/rules.toml`).

    `line` counts from 1. `field` is the dotted path below the file's list of rules, led by the rule's id where it has
    one. `values` fill the words; `nearest` is a known name like the one that was written.
    """

    file: str
    line: int
    field: str
    code: str
    values: dict[str, str] = {}

    def hint(self, lang: Lang) -> str:
        """What is wrong and what to write instead, in one sentence."""
        said = say(f"mistake.{self.code}", lang, **self.values)
        near = self.values.get("nearest")
        return said + say("mistake.nearest", lang, nearest=near) if near else said


class RuleMistakes(Permanent):
    """These texts are no rule set; `mistakes` holds all that was found, by file and line."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("rule_mistakes", count=len(mistakes))
        self.mistakes = mistakes

    def sentences(self, lang: Lang) -> list[str]:
        """File, line and field, then what is wrong and what to write: one sentence per mistake."""
        places = [(say("config.at_line", lang, file=one.file, line=one.line), one) for one in self.mistakes]
        return [": ".join(filter(None, (place, one.field, one.hint(lang)))) for place, one in places]


class _Stop(Exception):
    """The file cannot be read further: code, line from 1, values."""

    def __init__(self, code: str, line: int, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        self.values = {key: clip(str(value), 120) for key, value in values.items()}


def parse(texts: Mapping[str, str]) -> RuleSet:
    """The rules of all files (file name -> text); raises RuleMistakes naming everything that is wrong."""
    rules: list[Rule] = []
    homes: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for file in sorted(texts):
        reader = _File(file)
        for rule, line in reader.rules(texts[file]):
            if rule.id in homes:
                values = {"id": rule.id, "file": homes[rule.id]}
                mistakes.append(Mistake(file=file, line=line, field=f"{rule.id}.id", code="same_id", values=values))
            else:
                homes[rule.id] = file
                rules.append(rule)
        mistakes += reader.mistakes
    if len(rules) > MAX_RULES:
        values = {"limit": str(MAX_RULES)}
        mistakes.append(Mistake(file=max(texts), line=1, field="rules", code="too_many_rules", values=values))
    if mistakes:
        raise RuleMistakes(sorted(mistakes, key=lambda one: (one.file, one.line, one.field, one.code)))
    return RuleSet(rules)


class _File:
    def __init__(self, name: str) -> None:
        self.name = name
        self.mistakes: list[Mistake] = []
        self._lines: dict[Path, int] = {}

    def rules(self, text: str) -> Iterator[tuple[Rule, int]]:
        try:
            data = self._plain(_load(text), ())
        except _Stop as stop:
            self._add(stop.line, "-", stop.code, stop.values)
            return
        if not isinstance(data, dict) or set(data) != {"rules"} or not isinstance(data["rules"], list):
            self._add(1, "rules", "rules_list", {})
            return
        for place, one in enumerate(data["rules"]):
            at: Path = ("rules", place)
            rule = self._rule(one, at)
            if rule is not None:
                yield rule, self._line((*at, "id"))

    def _rule(self, one: Any, at: Path) -> Rule | None:
        name = one.get("id") if isinstance(one, dict) else None
        label = clip(name, 48) if isinstance(name, str) else f"rules.{at[-1]}"
        try:
            rule = Rule.model_validate(one)
        except ValidationError as error:
            for found in error.errors(include_url=False):
                self._refused(found, at, label)
            return None
        before = len(self.mistakes)
        for slip in _slips(rule):
            values = {key: clip(value, 120) for key, value in slip.values.items()}
            path = self._known(slip.path, at)
            self._add(self._line((*at, *path)), _dotted(label, path), slip.code, values)
        return rule if len(self.mistakes) == before else None

    def _refused(self, found: Any, at: Path, label: str) -> None:
        context = {key: clip(str(value), 120) for key, value in found.get("ctx", {}).items()}
        below = tuple(context.pop("at", "").split(".")) if context.get("at") else ()
        context.pop("at", None)
        path = self._known((*found["loc"], *below), at)
        code, values = _reading(found, context)
        self._add(self._line((*at, *path)), _dotted(label, path), code, values)

    def _known(self, path: Path, at: Path) -> Path:
        """The path as it stands in the file: without the tags and key marks that the models add."""
        kept: Path = ()
        for step in path:
            if (*at, *kept, step) in self._lines or not (step in _CONDITIONS or step == "[key]"):
                kept = (*kept, step)
        return kept

    def _line(self, path: Path) -> int:
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _add(self, line: int, field: str, code: str, values: dict[str, str]) -> None:
        self.mistakes.append(Mistake(file=self.name, line=line, field=field, code=code, values=values))

    def _plain(self, node: Any, path: Path) -> Any:
        """Plain lists and mappings out of the loader's, noting on which line each part stands."""
        if isinstance(node, CommentedMap):
            for key in node:
                if not isinstance(key, str):
                    raise _Stop("key_is_text", node.lc.line + 1, name=key)
                self._lines[(*path, key)] = node.lc.key(key)[0] + 1 if key in node.lc.data else node.lc.line + 1
            return {str(key): self._plain(value, (*path, str(key))) for key, value in node.items()}
        if isinstance(node, CommentedSeq):
            for place in range(len(node)):
                self._lines[(*path, place)] = node.lc.item(place)[0] + 1
            return [self._plain(value, (*path, place)) for place, value in enumerate(node)]
        if isinstance(node, float):
            return float(node)
        return str(node) if isinstance(node, str) else node


def _load(text: str) -> Any:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise _Stop("file_too_large", 1, limit=MAX_BYTES // 1024)
    try:
        _guard(text)
        return YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(str(error.problem or error.context or "").split())
        raise _Stop("not_yaml", mark.line + 1 if mark is not None else 1, reason=reason) from error
    except (YAMLError, ValueError) as error:
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        raise _Stop("not_yaml", line, reason=getattr(error, "reason", "")) from error


def _guard(text: str) -> None:
    """Refuse what plain rules never need, before anything is built from it."""
    depth = documents = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        line = event.start_mark.line + 1
        kind = event.__class__.__name__
        if getattr(event, "anchor", None) is not None:
            raise _Stop("no_anchors", line)
        if getattr(event, "tag", None) is not None:
            raise _Stop("no_tags", line, tag=event.tag)
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            depth += 1
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            depth -= 1
        documents += kind == "DocumentStartEvent"
        if depth > MAX_NESTING:
            raise _Stop("too_deep", line)
        if documents > 1:
            raise _Stop("one_document", line)


def _dotted(label: str, path: Path) -> str:
    return clip(".".join((label, *(str(step) for step in path))), 200)


def _keys_at(loc: Path) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    place: type[BaseModel] = Rule
    if loc[:1] == ("condition",) and len(loc) > 1:
        place = _CONDITIONS.get(str(loc[1]), Match)
    elif loc[:1] == ("severities",):
        place = Level
    elif loc[:1] in (("title",), ("steps",), ("call",), ("owner",)):
        place = Short
    return list(place.model_fields)


_LIMITS = {"string_too_long": "too_long", "too_long": "too_many", "string_too_short": "empty", "too_short": "empty"}


def _reading(found: Any, context: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Pydantic's finding in our words: code and values."""
    kind, loc = found["type"], found["loc"]
    given = clip(str(found.get("input", "")), 40)
    if kind == "extra_forbidden":
        return "unknown_key", {"name": given_key(loc), "nearest": nearest(str(loc[-1]), _keys_at(loc[:-1]))}
    if kind in ("missing", "union_tag_not_found"):
        return "missing_key", {"name": given_key(loc) if kind == "missing" else "kind"}
    if kind == "literal_error":
        return "one_of", {"value": given, "known": context.get("expected", ""), "nearest": ""}
    if kind == "union_tag_invalid":
        kinds = get_args(Kind)
        tag = context.get("tag", "")
        return "one_of", {"value": tag, "known": ", ".join(kinds), "nearest": nearest(tag, kinds)}
    if kind in _LIMITS:
        return _LIMITS[kind], {"limit": context.get("max_length", "")}
    if kind in ("greater_than_equal", "less_than_equal"):
        return "out_of_bounds", {"value": given, "limit": context.get("ge") or context.get("le", "")}
    if kind == "string_pattern_mismatch":
        return "not_an_id", {"value": given}
    if "ctx" in found and found["msg"] == kind:
        return kind, context
    return "wrong_type", {"value": given}


def given_key(loc: Path) -> str:
    """The key a finding is about, as it was written."""
    return clip(str(loc[-1]), 60)


def _slips(rule: Rule) -> Iterator[Slip]:
    """What is wrong with a well-formed rule in the light of its domain's events."""
    known = quantities(rule.domain)
    for name in rule.quantity:
        if name not in known:
            values = {"name": name, "domain": rule.domain, "nearest": nearest(name, known)}
            yield Slip(("quantity",), "unknown_quantity", values)
    picks: list[tuple[Path, dict[str, Any]]] = [(("where",), rule.where)]
    if isinstance(rule.condition, Match):
        picks.append((("condition", "when"), rule.condition.when))
        if rule.condition.until is not None:
            picks.append((("condition", "until"), rule.condition.until))
            if not rule.condition.until:
                yield Slip(("condition", "until"), "empty_condition")
    picks += [(("severities", severity, "when"), level.when) for severity, level in rule.severities.items()]
    for path, where in picks:
        for slip in slips(where, rule.domain):
            yield Slip((*path, *slip.path), slip.code, slip.values)
    if rule.kind == "absence":
        for name in rule.where:
            if name not in ("source", "feed") or not isinstance(rule.where[name], (str, list)):
                yield Slip(("where", name), "where_of_absence")
    if rule.kind == "threshold" and rule.domain == "environment":
        yield from _implausible(rule)


def _implausible(rule: Rule) -> Iterator[Slip]:
    for name in rule.quantity:
        measure = ENVIRONMENT.get(name)  # type: ignore[call-overload]  # the rule's quantities are plain text
        for severity, level in rule.severities.items():
            if measure is not None and level.level is not None and not measure.low <= level.level <= measure.high:
                values = {"level": f"{level.level:g}", "low": f"{measure.low:g}", "high": f"{measure.high:g}"}
                yield Slip(("severities", severity, "level"), "implausible_level", {**values, "unit": measure.unit})
