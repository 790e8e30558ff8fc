"""A commune as people are told of it: with its former district, and how far from its middle."""

from __future__ import annotations

from dataclasses import dataclass

from ioc.places.sphere import Direction
from ioc.places.table import Commune
from ioc.places.unit import Unit
from ioc.words import Lang, say


@dataclass(frozen=True, slots=True)
class Place:
    """A commune of today, or one point's view of it.

    `former_districts` are those of before July 2025: the one at the point where that is known, else all that the
    commune took land from, largest share first. `lat`, `lon` are the commune's middle. `approximate` means that it was
    drawn from middle points, not from boundaries. `then` is the commune that was there when the event was observed,
    where that was before July 2025 and the former map is loaded.
    """

    code: str
    unit: Unit
    former_districts: tuple[Unit, ...]
    former_province_unit: Unit | None
    lat: float
    lon: float
    area_km2: float | None
    approximate: bool
    then: Unit | None = None

    @classmethod
    def of(cls, commune: Commune, *, approximate: bool) -> Place:
        """The commune as the built-in table has it."""
        return cls(
            code=commune.code,
            unit=commune.unit,
            former_districts=commune.former_districts,
            former_province_unit=commune.former_province,
            lat=commune.lat,
            lon=commune.lon,
            area_km2=commune.area_km2,
            approximate=approximate,
        )

    @property
    def name(self) -> str:
        """`La Bằng`."""
        return self.unit.name

    @property
    def kind(self) -> str:
        """`xã` or `phường`."""
        return self.unit.kind

    @property
    def former_district(self) -> str | None:
        """`huyện Đại Từ`; several joined as in the label; None where none is known."""
        return self.districts("vi") or None

    @property
    def former_province(self) -> str | None:
        """`Thái Nguyên` or `Bắc Kạn`."""
        return self.former_province_unit.name if self.former_province_unit else None

    def districts(self, lang: Lang) -> str:
        """The former districts in one phrase; empty where none is known."""
        texts = [unit.text(lang) for unit in self.former_districts]
        if len(texts) < 2:
            return "".join(texts)
        return say("place.and", lang).join((", ".join(texts[:-1]), texts[-1]))

    def label(self, lang: Lang) -> str:
        """`xã La Bằng (huyện Đại Từ cũ)`, `xã Na Rì (huyện Na Rì, tỉnh Bắc Kạn cũ)`."""
        unit, districts, province = self.unit.text(lang), self.districts(lang), self.former_province_unit
        moved = province is not None and province.name != PROVINCE
        if districts and moved and province:
            text = say(
                "place.label.district_province", lang, unit=unit, districts=districts, province=province.text(lang)
            )
        elif districts:
            text = say("place.label.district", lang, unit=unit, districts=districts)
        elif moved and province:
            text = say("place.label.province", lang, unit=unit, province=province.text(lang))
        else:
            text = unit
        return say("place.label.then", lang, label=text, then=self.then.text(lang)) if self.then else text


PROVINCE = "Thái Nguyên"
"""The province of today; an equal former name needs no mention."""


@dataclass(frozen=True, slots=True)
class Near:
    """How a point lies from the middle of the nearest commune."""

    place: Place
    km: float
    direction: Direction

    def text(self, lang: Lang) -> str:
        """`cách tâm xã La Bằng 2,3 km về phía tây bắc`; whole km from 10 on, no direction below 50 m."""
        unit = self.place.unit.text(lang)
        if self.km < 0.05:
            return say("place.near.here", lang, unit=unit)
        km = f"{self.km:.1f}" if self.km < 9.95 else f"{self.km:.0f}"
        if lang == "vi":
            km = km.replace(".", ",")
        return say("place.near.away", lang, unit=unit, km=km, direction=say(f"place.direction.{self.direction}", lang))
