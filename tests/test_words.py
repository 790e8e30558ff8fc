"""Every sentence exists in both languages with the same placeholders; none is missing, none is left over.

Uses are read off the code: a key stands there whole (`say("why.at", ...)`), or as a pattern (`say(f"fate.{fate}")`)
whose open parts are words of the code themselves (`"late"`), or as an error's code.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from ioc import words
from ioc.alerts.alert import Change
from ioc.alerts.fields import quantities
from ioc.events.domains import DOMAINS
from ioc.events.envelope import FATES, SEVERITIES, Certainty, Flag, Reason

ROOT = Path(words.__file__).parent
WALLS = ROOT.parent / "dashboards"
PAGES = "console."
"""What `ioc.console.visit` puts before a key, so that pages name their texts without it."""
ERRORS = {"IocError", "Retryable", "Permanent", "Unreadable"}

FAMILIES = {
    "fate": FATES,
    "reason": get_args(Reason),
    "flag": get_args(Flag),
    "severity": SEVERITIES,
    "certainty": get_args(Certainty),
    "change": get_args(Change),
    "quantity": tuple(name for domain in DOMAINS for name in quantities(domain)),
}
"""Families that must be whole, whoever speaks of them."""


@cache
def trees() -> dict[Path, ast.Module]:
    return {
        path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted([*ROOT.rglob("*.py"), *WALLS.glob("*.py")])
    }


def constants() -> Iterator[str]:
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    for path in ROOT.rglob("*.js"):
        yield from re.findall(r"""["'`]([\w.-]+)["'`]""", path.read_text(encoding="utf-8"))


@cache
def known() -> frozenset[str]:
    """Every short string of the code, and the names of its fields and keyword arguments."""
    found = {text for text in constants() if len(text) < 80}
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
    return frozenset(found)


@cache
def patterns() -> frozenset[str]:
    """f-strings and templates of scripts that could be keys, open parts as groups."""
    found = set()
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = ["([^ ]+)" if isinstance(one, ast.FormattedValue) else re.escape(str(getattr(one, "value", "")))
                         for one in node.values]  # fmt: skip
                text = "".join(parts)
                if re.fullmatch(r"[\w\\.()\[\]^ +-]+", text) and "." in text.replace("([^ ]+)", ""):
                    found.add(text)
    for path in ROOT.rglob("*.js"):
        for template in re.findall(r"`([\w.]+\.[\w.]*\$\{\w+\}[\w.]*)`", path.read_text(encoding="utf-8")):
            found.add("([^ ]+)".join(re.escape(part) for part in re.split(r"\$\{\w+\}", template)))
    return frozenset(found)


def called(*names: str) -> Iterator[tuple[Path, ast.Call]]:
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in names:
                    yield path, node


def said_of(call: ast.Call, place: int = 0) -> str | None:
    if len(call.args) > place and isinstance(call.args[place], ast.Constant):
        value = call.args[place].value  # type: ignore[attr-defined]  # a Constant, as just asked
        return value if isinstance(value, str) else None
    return None


def used_whole(key: str) -> bool:
    """A key that has variants of its own (`reason.out_of_range.below`)."""
    return words.has(key) and used(key)


def used(key: str) -> bool:
    if key in known():
        return True
    if key.startswith("error.") and key.removeprefix("error.") in known():
        return True
    if key.startswith(PAGES) and used(key.removeprefix(PAGES)):
        return True
    for pattern in patterns():
        found = re.fullmatch(pattern, key)
        if found and found.groups() and all(part in known() or used_whole(part) for part in found.groups()):
            return True
    return False


def test_every_text_has_the_same_placeholders_in_both_languages() -> None:
    apart = {key: text for key, text in words.texts().items() if words.fields(text["vi"]) != words.fields(text["en"])}

    assert apart == {}


def test_no_text_is_empty() -> None:
    assert [key for key, text in words.texts().items() if not all(one.strip() for one in text.values())] == []


@pytest.mark.parametrize("area", sorted(path.stem for path in (ROOT / "words").glob("*.toml")))
def test_no_text_is_left_over(area: str) -> None:
    found: dict[str, dict[str, str]] = {}
    words._flatten("", tomllib.loads((ROOT / "words" / f"{area}.toml").read_text(encoding="utf-8")), found)

    assert sorted(key for key in found if not used(key)) == []


def test_every_key_named_in_the_code_exists() -> None:
    missing = set()
    for path, call in called("say", "has"):
        key = said_of(call)
        if key is not None and "." in key and not words.has(key):
            if path.parent.name == "console" and words.has(PAGES + key):
                continue
            missing.add((path.name, key))

    assert missing == set()


def test_every_error_has_its_sentence() -> None:
    missing = set()
    for path, call in called(*ERRORS):
        code = said_of(call)
        if code is not None and not words.has(f"error.{code}"):
            missing.add((path.name, code))

    assert missing == set()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_whole(family: str) -> None:
    assert [name for name in FAMILIES[family] if not words.has(f"{family}.{name}")] == []


def test_every_mistake_in_a_rule_has_its_sentence() -> None:
    codes = {said_of(call) for _, call in called("refuse")} | {said_of(call) for _, call in called("_Stop")}
    codes |= {said_of(call, 1) for path, call in called("Slip") if path.parent.name == "alerts"}

    assert [code for code in codes if code is not None and not words.has(f"mistake.{code}")] == []


@pytest.mark.parametrize("text", ["{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>5}", "{}"])
def test_placeholders_are_plain_names_only(text: str) -> None:
    with pytest.raises(ValueError, match="placeholders"):
        words.fields(text)
