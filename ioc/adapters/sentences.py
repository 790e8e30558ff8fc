"""A refusal as one sentence for a person, in either language: where, why, what to do."""

from __future__ import annotations

from typing import Any

from ioc import words
from ioc.events import Rejected
from ioc.words import Lang

_SAME = {"ge": "low", "le": "high", "max_length": "limit"}
"""Pydantic's names for limits -> ours."""
_SHOWN = 60


def reason_text(refused: Rejected, lang: Lang) -> str:
    """The closest sentence whose values are all known: the named variant, then the detailed one, then the plain one."""
    values = {_SAME.get(key, key): value for key, value in refused.values.items()}
    values |= {"field": refused.field, "excerpt": _short(refused.excerpt)}
    base = f"reason.{refused.code}"
    variants = [refused.values["variant"]] if "variant" in refused.values else []
    if refused.code == "out_of_range" and "unit" in values:
        variants.append("measure")
    if refused.field == "-":
        variants.append("record")
    for variant in (*variants, "detail"):
        key = f"{base}.{variant}"
        if words.has(key) and words.fields(words.texts()[key][lang]) <= values.keys():
            return words.say(key, lang, **values)
    return words.say(base, lang, **values)


def ignored_text(code: str, lang: Lang) -> str:
    """Why a record that was recognised says nothing."""
    return words.say(f"ignored.{code}", lang)


def as_json(refused: Rejected) -> dict[str, Any]:
    """One refusal as a line of a rejects file: place, field, code, the sentence in both languages, what came."""
    return {
        "record": refused.record,
        "field": refused.field,
        "code": refused.code,
        "vi": reason_text(refused, "vi"),
        "en": reason_text(refused, "en"),
        "excerpt": refused.excerpt,
        "values": refused.values,
    }


def _short(excerpt: str) -> str:
    return excerpt if len(excerpt) <= _SHOWN else excerpt[: _SHOWN - 1] + "…"
