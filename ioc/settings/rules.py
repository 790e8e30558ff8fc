"""The directory of rule files -> one rule set; what they mean is judged by `ioc.alerts.parse`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.settings.holidays import load_holidays
from ioc.settings.mistake import ConfigMistakes, Mistake
from ioc.settings.shipped import shipped

SIZE = 1024 * 1024
"""Bytes of one rule file; a hundred rules take fifty thousand."""


def load_rules(folder: Path | None = None, holidays: Path | None = None) -> RuleSet:
    """Read every `*.yaml` of the directory, and the list of holidays; None takes the shipped ones.

    The directory's folder `tests` holds no rules.

    Raises ConfigMistakes for files that cannot be read, RuleMistakes for what stands in them.
    """
    return parse(rule_texts(folder or shipped("rules")), load_holidays(holidays).days)


def rule_texts(folder: Path, paths: Iterable[Path] | None = None) -> dict[str, str]:
    """File name -> text of every `*.yaml` of the directory, or of these files; raises ConfigMistakes."""
    texts: dict[str, str] = {}
    wrong: list[Mistake] = []
    try:
        found = paths or sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        raise ConfigMistakes([Mistake(file=str(folder), code="unread", values={"why": error.strerror or ""})]) from None
    for path in found:
        try:
            if path.stat().st_size > SIZE:
                wrong.append(Mistake(file=str(path), code="too_big", values={"limit": str(SIZE)}))
                continue
            texts[path.name] = path.read_text(encoding="utf-8")
        except OSError as error:
            wrong.append(Mistake(file=str(path), code="unread", values={"why": error.strerror or ""}))
        except UnicodeDecodeError:
            wrong.append(Mistake(file=str(path), code="not_utf8"))
    if wrong:
        raise ConfigMistakes(wrong)
    return texts
