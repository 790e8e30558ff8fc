"""One mistake in a rule file, and the refusal that carries all of them; words `mistake.<code>` in `rules.toml`."""

from __future__ import annotations

import msgspec

from ioc.errors import Permanent
from ioc.words import Lang, say


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
