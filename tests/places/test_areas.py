from collections.abc import Mapping

from ioc.places.areas import AreaMistake, former_areas, read_areas
from ioc.places.boundaries import Boundaries
from ioc.places.table import communes
from ioc.words import LANGS, Lang

Titles = Mapping[Lang, str]

BUILTIN = Boundaries.builtin()


def test_old_districts_and_provinces_are_areas() -> None:
    areas = former_areas()
    assert len(areas) == 19
    assert len(areas["tinh-bac-kan"].codes) == 37
    assert len(areas["tinh-thai-nguyen"].codes) == 55
    assert areas["huyen-dai-tu"].titles == {"vi": "huyện Đại Từ cũ", "en": "former Đại Từ district"}
    names = {c.unit.name for c in communes() if c.code in areas["huyen-dai-tu"].codes}
    assert names == {
        *("An Khánh", "La Bằng", "Phú Lạc", "Phú Thịnh", "Phú Xuyên"),
        *("Quân Chu", "Vạn Phú", "Đại Phúc", "Đại Từ", "Đức Lương"),
    }


def test_every_commune_is_in_a_district_and_in_one_province() -> None:
    areas = former_areas().values()
    for commune in communes():
        inside = [area.name for area in areas if commune.code in area.codes]
        assert len(inside) == 1 + len(commune.former_districts)
        assert sum(name.startswith("tinh-") for name in inside) == 1


def test_the_province_names_areas_of_its_own_by_code_name_or_area() -> None:
    titles: Titles = {"vi": "Hồ Núi Cốc", "en": "Núi Cốc lake"}
    areas, mistakes = read_areas({"nui-coc": (titles, ["05488", "xã Tân Cương", "huyen-phu-luong"])}, BUILTIN)
    assert mistakes == []
    assert areas["nui-coc"].codes == {"05488", "05503"} | areas["huyen-phu-luong"].codes
    assert areas["nui-coc"].titles == titles


def test_what_is_wrong_with_an_area_is_said() -> None:
    titles: Titles = {"vi": "A", "en": "A"}
    areas, mistakes = read_areas({"a": (titles, ["xã Atlantis"]), "huyen-dai-tu": (titles, ["05488"])}, BUILTIN)
    assert mistakes == [
        AreaMistake("unknown", "a", "xã Atlantis"),
        AreaMistake("taken", "huyen-dai-tu", "huyen-dai-tu"),
    ]
    assert areas["a"].codes == frozenset()
    assert areas["huyen-dai-tu"] == former_areas()["huyen-dai-tu"]
    for mistake in mistakes:
        for lang in LANGS:
            assert mistake.area in mistake.text(lang)
