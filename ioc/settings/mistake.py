"""What is wrong in a file that people edit: where it stands, what it is, what was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from pydantic import ValidationError

from ioc.errors import Permanent
from ioc.events.envelope import clip
from ioc.words import Lang, has, say


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake in one place; `line` counts from 1, 0 where the file as a whole or the environment is meant.

    `field` is the path a person would look for (`sources.2.title`); `code` and `values` make the sentence
    (words key `config.<code>`). Values never hold what a secret file says.
    """

    file: str
    line: int = 0
    field: str = ""
    code: str
    values: dict[str, str] = {}

    def sentence(self, lang: Lang) -> str:
        """File and line, then what is wrong and what to do."""
        where = say("config.at_line" if self.line else "config.at_file", lang, file=self.file, line=self.line)
        field = self.field or say("config.whole", lang)
        return f"{where}: {say(f'config.{self.code}', lang, field=field, **self.values)}"


class ConfigMistakes(Permanent):
    """Everything that is wrong at once, so that a person mends it in one go."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("config", count=len(self.mistakes), first=self.mistakes[0].sentence("en"))

    def sentences(self, lang: Lang) -> list[str]:
        """One sentence per mistake, in the order of the files."""
        return [mistake.sentence(lang) for mistake in self.mistakes]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


_CODES = {
    "missing": "missing",
    "int_parsing": "not_whole",
    "int_type": "not_whole",
    "int_from_float": "not_whole",
    "float_parsing": "not_number",
    "float_type": "not_number",
    "finite_number": "not_number",
    "bool_parsing": "not_bool",
    "bool_type": "not_bool",
    "string_type": "not_text",
    "path_type": "not_text",
    "greater_than": "above",
    "greater_than_equal": "at_least",
    "less_than": "below",
    "less_than_equal": "at_most",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "string_pattern_mismatch": "pattern",
    "literal_error": "one_of",
    "model_type": "not_group",
    "model_attributes_type": "not_group",
    "dict_type": "not_group",
    "tuple_type": "not_list",
}


def described(error: ValidationError, known: Any) -> list[tuple[tuple[str | int, ...], str, dict[str, str]]]:
    """Pydantic's findings as (path, code, values); `known(path)` gives the keys that exist at a path.

    A validator of ours raises PydanticCustomError, whose type and context are taken over.
    """
    found = []
    for item in error.errors(include_url=False, include_context=True):
        path = item["loc"]
        context: dict[str, Any] = item.get("ctx", {})
        if item["type"] == "extra_forbidden":
            meant = nearest(str(path[-1]), known(path[:-1]))
            code, values = ("unknown_near", {"near": meant}) if meant else ("unknown", {})
        elif has(f"config.{item['type']}"):
            code, values = item["type"], {name: str(value) for name, value in context.items()}
        else:
            code = _CODES.get(item["type"], "wrong")
            limits = [context[k] for k in ("ge", "gt", "le", "lt", "min_length", "max_length") if k in context]
            values = {"limit": f"{limits[0]:g}"} if limits else {}
            if code == "one_of":
                values = {"expected": str(context["expected"]).replace("'", "").replace(" or ", ", ")}
            if code not in ("missing", "not_group", "not_list"):
                values["given"] = clip(str(item.get("input", "")), 60)
            if code == "wrong":
                values["why"] = clip(item["msg"], 120)
        found.append((path, code, values))
    return found
