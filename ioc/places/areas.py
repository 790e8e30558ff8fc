"""Named areas: sets of communes that people speak of together (old districts, ranger zones, river reaches)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ioc.places.boundaries import Boundaries
from ioc.places.names import search_fold
from ioc.places.table import communes
from ioc.places.unit import Unit
from ioc.words import LANGS, Lang, say


class NamedArea(NamedTuple):
    """Name for filters (`huyen-dai-tu`), titles for people, codes of its communes.

    A commune that took land from two districts is in both areas: too wide is seen, too narrow is missed.
    """

    name: str
    titles: Mapping[Lang, str]
    codes: frozenset[str]


def _area(unit: Unit, key: str, codes: Iterable[str]) -> NamedArea:
    part = "province" if unit.kind == "tỉnh" else "district"
    titles = {lang: say(key, lang, **{part: unit.text(lang)}) for lang in LANGS}
    return NamedArea(search_fold(str(unit)).replace(" ", "-"), titles, frozenset(codes))


def former_areas() -> dict[str, NamedArea]:
    """The 17 districts and 2 provinces of before July 2025, by name."""
    districts: dict[Unit, list[str]] = {}
    provinces: dict[Unit, list[str]] = {}
    for commune in communes():
        provinces.setdefault(commune.former_province, []).append(commune.code)
        for district in commune.former_districts:
            districts.setdefault(district, []).append(commune.code)
    areas = [
        *(_area(unit, "place.area.former_district", codes) for unit, codes in districts.items()),
        *(_area(unit, "place.area.former_province", codes) for unit, codes in provinces.items()),
    ]
    return {area.name: area for area in sorted(areas)}


class AreaMistake(NamedTuple):
    """One thing wrong with an area that the province named; words: `place.area_mistake.<code>`."""

    code: str
    area: str
    value: str

    def text(self, lang: Lang) -> str:
        """One sentence."""
        return say(f"place.area_mistake.{self.code}", lang, area=self.area, value=self.value)


def read_areas(
    named: Mapping[str, tuple[Mapping[Lang, str], Iterable[str]]], boundaries: Boundaries
) -> tuple[dict[str, NamedArea], list[AreaMistake]]:
    """Areas of the province's own, name -> (titles, members), beside the former ones; and what is wrong with them.

    A member is a code, a commune's name as written in either spelling, or the name of a former area.
    """
    areas = former_areas()
    mistakes: list[AreaMistake] = []
    for name, (titles, members) in named.items():
        if name in areas:
            mistakes.append(AreaMistake("taken", name, name))
            continue
        codes: set[str] = set()
        for member in members:
            found = _member(member, areas, boundaries)
            if len(found) == 0:
                mistakes.append(AreaMistake("unknown", name, member))
            codes |= found
        areas[name] = NamedArea(name, dict(titles), frozenset(codes))
    return areas, mistakes


def _member(text: str, areas: Mapping[str, NamedArea], boundaries: Boundaries) -> frozenset[str]:
    if text in areas:
        return areas[text].codes
    place = boundaries.place(text) or boundaries.named(text)
    return frozenset({place.code}) if place else frozenset()
