"""What `ioc rules check` and `ioc rules test` do and say."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import typer

from ioc.alerts.mistake import Mistake, RuleMistakes
from ioc.alerts.plain_yaml import Stop, read
from ioc.alerts.rule import RuleSet
from ioc.alerts.stage import PLACE, SOURCE
from ioc.catalogue import Catalogue
from ioc.cli.backtest_run import catalogue_of
from ioc.settings import ConfigMistakes, load_rules, shipped
from ioc.settings.rules import rule_texts
from ioc.words import Lang, say
from ioc.workshop.case import Expected, spelled
from ioc.workshop.reach import unmet
from ioc.workshop.rule_test import Result, cases, run, uncovered

WRONG = 1
"""Exit code where a rule has a mistake or a case fails."""
UNREADABLE = 2
"""Exit code where the files cannot be read at all."""
TESTS = "tests"
"""Folder of the tests, inside the folder of the rules: what lies in it is never taken for rules."""


def run_check(rules: Path | None, config: Path | None, lang: Lang) -> None:
    """The whole of `check`; raises typer.Exit(1) with mistakes, (2) where files cannot be read."""
    folder = folder_of(rules, config)
    try:
        texts = rule_texts(folder)
        found = load_rules(folder)
        wrong = unreachable(found, texts, catalogue_of(config))
        tests = _texts(folder / TESTS) if (folder / TESTS).is_dir() else {}
        cases(tests)
    except RuleMistakes as error:
        _tell(error.sentences(lang), len(error.mistakes), lang)
        raise typer.Exit(WRONG) from None
    except ConfigMistakes as error:
        _tell(error.sentences(lang), len(error.mistakes), lang)
        raise typer.Exit(UNREADABLE) from None
    if wrong:
        _tell(RuleMistakes(wrong).sentences(lang), len(wrong), lang)
        raise typer.Exit(WRONG)
    print(say("rules.ok", lang, rules=len(found.rules), files=len(texts)))
    for sentence in stages(found, lang):
        print(sentence)


def stages(rules: RuleSet, lang: Lang) -> Iterator[str]:
    """Where the rules are judged, one line for each place that has any."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for rule in rules.rules:
        found[rule.stage, "" if rule.stage in (SOURCE, PLACE) else rule.domain].append(rule.id)
    for (stage, domain), names in sorted(found.items(), key=lambda one: (one[0][0] != SOURCE, one[0])):
        if stage == SOURCE:
            yield say("rules.stage_source", lang, count=len(names))
        elif stage == PLACE:
            yield say("rules.stage_place", lang, rules=", ".join(names))
        else:
            topic = f"ioc.{domain}.{stage}"
            yield say("rules.stage_by", lang, field=stage.removeprefix("by-"), topic=topic, rules=", ".join(names))


def folder_of(rules: Path | None, config: Path | None) -> Path:
    """The folder of rules that the command line means."""
    return rules or (config / "rules" if config else shipped("rules"))


def _tell(sentences: Iterable[str], count: int, lang: Lang) -> None:
    for sentence in sentences:
        print(sentence)
    sys.stdout.flush()
    print(say("rules.mistakes", lang, count=count), file=sys.stderr)


def unreachable(found: RuleSet, texts: Mapping[str, str], catalogue: Catalogue) -> list[Mistake]:
    """Rules that no source of the catalogue can ever meet, with the lines that say so."""
    slips = {rule.id: list(unmet(rule, catalogue)) for rule in found.rules}
    wrong: list[Mistake] = []
    for file, text in sorted(texts.items()) if any(slips.values()) else ():
        try:
            data, lines = read(text)
        except Stop:
            continue
        for nth, one in enumerate(data["rules"]):
            for slip in slips.get(one.get("id"), ()):
                path = ("rules", nth, *slip.path)
                while path not in lines:
                    path = path[:-1]
                field = ".".join((one["id"], *map(str, slip.path)))
                wrong.append(
                    Mistake(file=file, line=lines[path], field=field, code=slip.code, values=dict(slip.values))
                )
    return wrong


def run_test(paths: Sequence[Path], rules: Path | None, config: Path | None, lang: Lang) -> None:
    """The whole of `test`; raises typer.Exit(1) where a case fails, (2) where files cannot be read."""
    folder = folder_of(rules, config)
    try:
        found = load_rules(folder)
        known = cases(_all_texts(paths or [folder / TESTS]))
        results = [run(found, one) for one in known]
    except (RuleMistakes, ConfigMistakes) as error:
        _tell(error.sentences(lang), len(error.mistakes), lang)
        raise typer.Exit(UNREADABLE) from None
    if not results:
        print(say("tests.none", lang, path=", ".join(map(str, paths or [folder / TESTS]))), file=sys.stderr)
    for result in results:
        _tell_result(result, lang)
    if not paths:
        for rule, sort in uncovered(found.rules, known):
            print(say(f"tests.missing_{sort}", lang, rule=rule), file=sys.stderr)
    failed = sum(not result.passed for result in results)
    sys.stdout.flush()
    if failed:
        print(say("tests.some", lang, failed=failed, count=len(results)), file=sys.stderr)
        raise typer.Exit(WRONG)
    if results:
        print(say("tests.all", lang, count=len(results)), file=sys.stderr)


def _tell_result(result: Result, lang: Lang) -> None:
    one = result.written
    title = one.case.case.vi if lang == "vi" else one.case.case.en
    print(say("tests.passed" if result.passed else "tests.failed", lang, case=title))
    if not result.passed:
        print(say("tests.place", lang, file=one.file, line=one.line, rule=one.case.rule))
        print(say("tests.wanted", lang, changes=_changes(one.case.expect, lang)))
        print(say("tests.got", lang, changes=_changes(result.got, lang)))


def _changes(changes: Sequence[Expected], lang: Lang) -> str:
    return ", ".join(
        " ".join(filter(None, (spelled(one.at), one.change, one.severity, one.key))) for one in sorted(changes)
    ) or say("tests.nothing", lang)


def _all_texts(paths: Sequence[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        found |= _texts(path)
    return found


def _texts(path: Path) -> dict[str, str]:
    """The test files of a folder, or one file; raises ConfigMistakes."""
    if path.is_dir():
        return rule_texts(path)
    return rule_texts(path.parent, [path])
