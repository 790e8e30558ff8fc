"""The directories of rules and feeds -> one edition that workers can be sent, after everything in it was checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ioc.alerts.edition import Content, Edition, edition, read
from ioc.errors import Permanent
from ioc.settings.catalogue import load_catalogue
from ioc.settings.document import plain, read_document
from ioc.settings.mistake import ConfigMistakes
from ioc.settings.rules import load_rules
from ioc.settings.shipped import shipped
from ioc.words import Lang


class EditionMistakes(Permanent):
    """Rules and feeds that cannot go together into force; holds what is wrong in all of their files."""

    def __init__(self, parts: list[Any]) -> None:
        super().__init__("edition_mistakes", count=sum(len(part.mistakes) for part in parts))
        self._parts = parts

    def sentences(self, lang: Lang) -> list[str]:
        """One sentence per mistake, with file and line."""
        return [sentence for part in self._parts for sentence in part.sentences(lang)]


def load_edition(
    rules: Path | None = None,
    feeds: Path | None = None,
    heat: Path | None = None,
    *,
    demo: bool | None = None,
    holidays: Path | None = None,
) -> tuple[Edition, Content]:
    """Read and check both directories, None takes the shipped ones; `demo` as in `load_catalogue`.

    Raises EditionMistakes naming everything that is wrong.
    """
    wrong: list[Any] = []
    found, catalogue = None, None
    try:
        found = load_rules(rules, holidays)
    except Permanent as error:
        wrong.append(error)
    try:
        catalogue = load_catalogue(feeds, heat, demo=demo)
    except ConfigMistakes as error:
        wrong.append(error)
    if found is None or catalogue is None:
        raise EditionMistakes(wrong)
    made = edition(found.written, _feeds(feeds or shipped("feeds"), demo), found.holidays)
    content = read(made)
    if content.rules.digest != found.digest or content.catalogue.by_feed != catalogue.by_feed:
        raise Permanent("edition_differs")  # what workers would make of it is not what was checked
    return made, content


def _feeds(folder: Path, demo: bool | None) -> Mapping[str, Any]:
    """Feed name -> what its file says; sources nobody waits for are marked so."""
    found: dict[str, Any] = {}
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml")):
        tree = plain(read_document(path).tree)
        if demo is not None and bool(tree.get("demo", False)) != demo:
            tree["sources"] = [{**source, "expected": False} for source in tree.get("sources", ())]
        found[tree["name"]] = tree
    return found
