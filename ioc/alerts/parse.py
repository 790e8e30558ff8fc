"""YAML text -> rules, or every mistake in it with file, line, field and a hint."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from ioc.alerts.finding import finding
from ioc.alerts.kinds import CONDITIONS
from ioc.alerts.mistake import Mistake, RuleMistakes
from ioc.alerts.plain_yaml import Path, Stop, read
from ioc.alerts.presets import Sensitivity, fill, sensitivity_of, tuned
from ioc.alerts.rule import MAX_RULES, Rule, RuleSet
from ioc.alerts.sense import nonsense, together
from ioc.alerts.template import Templates
from ioc.alerts.where import Slip
from ioc.events.envelope import clip

__all__ = ["Mistake", "RuleMistakes", "parse"]

_TOP = {"rules", "templates"}
"""What may stand at the top of a file."""


def parse(texts: Mapping[str, str], holidays: Collection[int] = ()) -> RuleSet:
    """The rules of all files (file name -> text); raises RuleMistakes naming everything that is wrong.

    `holidays`: numbers of the days that are holidays (`ioc.alerts.holidays`), for rules that ask for them.
    """
    rules: list[Rule] = []
    written: dict[str, Any] = {}
    homes: dict[str, _File] = {}
    mistakes: list[Mistake] = []
    readers: list[_File] = []
    for file in sorted(texts):
        reader = _File(file)
        for rule, line in reader.rules(texts[file]):
            if rule.id in homes:
                values = {"id": rule.id, "file": homes[rule.id].name}
                mistakes.append(Mistake(file=file, line=line, field=f"{rule.id}.id", code="same_id", values=values))
            else:
                homes[rule.id] = reader
                rules.append(rule)
                written[rule.id] = reader.written[rule.id]
        readers.append(reader)
    for rule, slip in together({rule.id: rule for rule in rules}, holidays=bool(holidays)):
        homes[rule.id].slipped(rule, slip)
    mistakes += [one for reader in readers for one in reader.mistakes]
    if len(rules) > MAX_RULES:
        values = {"limit": str(MAX_RULES)}
        mistakes.append(Mistake(file=max(texts), line=1, field="rules", code="too_many_rules", values=values))
    if mistakes:
        raise RuleMistakes(sorted(mistakes, key=lambda one: (one.file, one.line, one.field, one.code)))
    return RuleSet(rules, written, holidays)


class _File:
    def __init__(self, name: str) -> None:
        self.name = name
        self.mistakes: list[Mistake] = []
        self.written: dict[str, Any] = {}
        """Rule id -> what `Rule.model_validate` took."""
        self._lines: dict[Path, int] = {}
        self._places: dict[str, Path] = {}

    def slipped(self, rule: Rule, slip: Slip) -> None:
        """A slip of a rule that this file gave."""
        self._slipped(slip, self._places[rule.id], rule.id)

    def rules(self, text: str) -> Iterator[tuple[Rule, int]]:
        try:
            data, self._lines = read(text)
        except Stop as stop:
            self._add(stop.line, "-", stop.code, stop.values)
            return
        if not isinstance(data, dict) or not {"rules"} <= set(data) <= _TOP or not isinstance(data["rules"], list):
            self._add(1, "rules", "rules_list", {})
            return
        templates = Templates(data.get("templates", {}), self._lines)
        for slip in templates.slips():
            self._slipped(slip, (), "")
        for place, one in enumerate(data["rules"]):
            at: Path = ("rules", place)
            rule = self._rule(one, at, templates)
            if rule is not None:
                yield rule, self._line((*at, "id"))

    def _rule(self, one: Any, at: Path, templates: Templates) -> Rule | None:
        name = one.get("id") if isinstance(one, dict) else None
        label = clip(name, 48) if isinstance(name, str) else f"rules.{at[-1]}"
        before = len(self.mistakes)
        one, sensitivity = self._written_out(one, at, label, templates)
        if len(self.mistakes) != before:
            return None
        try:
            rule = Rule.model_validate(one)
            if sensitivity != "medium":
                one = tuned(one, rule, sensitivity)
                rule = Rule.model_validate(one)
        except ValidationError as error:
            for found in error.errors(include_url=False):
                self._refused(found, at, label)
            return None
        self.written.setdefault(rule.id, one)
        self._places.setdefault(rule.id, at)
        for slip in nonsense(rule):
            self._slipped(slip, at, label)
        return rule if len(self.mistakes) == before else None

    def _written_out(self, one: Any, at: Path, label: str, templates: Templates) -> tuple[Any, Sensitivity]:
        """The rule without what stands for something else: its template, its preset, its sensitivity."""
        sensitivity: Sensitivity = "medium"
        slips: list[Slip] = []
        if isinstance(one, dict) and "use" in one:
            one, slips = templates.instance(one, at)
        if isinstance(one, dict) and "preset" in one and not slips:
            one, slips = fill(one, at, self._lines)
        if isinstance(one, dict) and "sensitivity" in one:
            one = dict(one)
            asked = sensitivity_of(one.pop("sensitivity"))
            if isinstance(asked, Slip):
                slips = [*slips, asked]
            else:
                sensitivity = asked
        for slip in slips:
            self._slipped(slip, at, label)
        return one, sensitivity

    def _slipped(self, slip: Slip, at: Path, label: str) -> None:
        values = {key: clip(value, 120) for key, value in slip.values.items()}
        path = self._known(slip.path, at)
        self._add(self._line((*at, *path)), _dotted(label, path), slip.code, values)

    def _refused(self, found: Any, at: Path, label: str) -> None:
        context = {key: clip(str(value), 120) for key, value in found.get("ctx", {}).items()}
        below = tuple(context.pop("at", "").split(".")) if context.get("at") else ()
        context.pop("at", None)
        path = self._known((*found["loc"], *below), at)
        code, values = finding(found, context)
        self._add(self._line((*at, *path)), _dotted(label, path), code, values)

    def _known(self, path: Path, at: Path) -> Path:
        """The path as it stands in the file: without the tags and key marks that the models add."""
        kept: Path = ()
        for step in path:
            if (*at, *kept, step) in self._lines or not (step in CONDITIONS or step == "[key]"):
                kept = (*kept, step)
        return kept

    def _line(self, path: Path) -> int:
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _add(self, line: int, field: str, code: str, values: dict[str, str]) -> None:
        self.mistakes.append(Mistake(file=self.name, line=line, field=field, code=code, values=values))


def _dotted(label: str, path: Path) -> str:
    return clip(".".join(filter(None, (label, *(str(step) for step in path)))), 200)
