"""Find a commune by what somebody types: its name, a former name, the old district, the code; marks or none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ioc.places.names import collation_key, fold, search_fold
from ioc.places.place import Place
from ioc.places.table import communes, former_communes

EXACT, START, WORD, INSIDE = range(4)
OWN, FORMER, DISTRICT = range(3)


class _Name(NamedTuple):
    searched: str
    folded: str
    source: int


def _names(texts: Iterable[str], source: int) -> list[_Name]:
    return [_Name(search_fold(text), fold(text), source) for text in texts]


def _match(query: str, name: str, source: int) -> int | None:
    """How well a name matches; the inside of words counts for a commune's own name only (`han` is in `thành phố`)."""
    if name == query:
        return EXACT
    if name.startswith(query):
        return START
    if f" {query}" in name:
        return WORD
    return INSIDE if query in name and source == OWN else None


class Index:
    """Names of all communes of one map; former communes and other spellings come from the built-in table."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = sorted(places, key=lambda p: (collation_key(p.name), p.code))
        other = {c.code: c for c in communes()}
        merged: dict[str, list[str]] = {}
        for old in former_communes():
            for code in old.now:
                merged.setdefault(code, []).extend((old.unit.name, str(old.unit)))
        self._names: dict[str, tuple[_Name, ...]] = {}
        self._codes: dict[str, Place] = {}
        for place in self._places:
            known = other.get(place.code)
            own = [place.name, str(place.unit), *(known.other_names if known else ())]
            areas = [*place.former_districts, *([place.former_province_unit] if place.former_province_unit else [])]
            self._names[place.code] = (
                *_names(own, OWN),
                *_names(merged.get(place.code, ()), FORMER),
                *_names([text for unit in areas for text in (unit.name, str(unit))], DISTRICT),
            )
            self._codes.update(dict.fromkeys((place.code, *(known.other_codes if known else ())), place))

    def by_code(self, code: str) -> Place | None:
        """The commune of a code; other lists' codes are understood."""
        return self._codes.get(code)

    def named(self, name: str) -> Place | None:
        """The one commune of this own name, by `fold`; None also where several have it."""
        key = fold(name)
        found = [p for p in self._places if any(n.folded == key and n.source == OWN for n in self._names[p.code])]
        return found[0] if len(found) == 1 else None

    def find(self, text: str) -> list[Place]:
        """Communes that match, best first: whole name, start, start of a word, inside; own names before former ones.

        Marks are not needed, but names that agree in them come first. An empty text finds nothing.
        """
        query, marked = search_fold(text), fold(text)
        if not query:
            return []
        if query in self._codes:
            return [self._codes[query]]
        found: list[tuple[tuple[int, int, int], int]] = []
        for at, place in enumerate(self._places):
            ranks = [
                (match, int(_match(marked, name.folded, name.source) is None), name.source)
                for name in self._names[place.code]
                if (match := _match(query, name.searched, name.source)) is not None
            ]
            if ranks:
                found.append((min(ranks), at))
        return [self._places[at] for _, at in sorted(found)]
