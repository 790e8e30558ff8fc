from collections import Counter

from ioc.places.sphere import Point, distance_km
from ioc.places.table import communes, former_communes
from ioc.places.unit import Unit


def test_the_province_has_92_communes_77_xa_and_15_phuong() -> None:
    assert Counter(c.unit.kind for c in communes()) == {"xã": 77, "phường": 15}


def test_55_communes_come_from_old_thai_nguyen_and_37_from_old_bac_kan() -> None:
    assert Counter(str(c.former_province) for c in communes()) == {"tỉnh Thái Nguyên": 55, "tỉnh Bắc Kạn": 37}


def test_codes_are_five_digits_and_occur_once() -> None:
    codes = [c.code for c in communes()] + [code for c in communes() for code in c.other_codes]
    assert all(len(code) == 5 and code.isdigit() for code in codes)
    assert len(set(codes)) == len(codes)


def test_areas_add_up_to_the_province() -> None:
    # 8,375.21 km² by resolution 202/2025/QH15; the list's own figures are rounded
    assert abs(sum(c.area_km2 for c in communes()) - 8375.21) < 0.5


def test_every_commune_has_a_former_district_of_its_own_former_province() -> None:
    province_of = {old.district: old.province for old in former_communes()}
    for commune in communes():
        assert commune.former_districts
        assert {province_of[d] for d in commune.former_districts} == {commune.former_province}


def test_there_were_9_districts_in_old_thai_nguyen_and_8_in_old_bac_kan() -> None:
    districts = {(old.province.name, old.district) for old in former_communes()}
    assert Counter(province for province, _ in districts) == {"Thái Nguyên": 9, "Bắc Kạn": 8}


def test_177_and_108_former_communes_went_into_the_92() -> None:
    assert Counter(old.province.name for old in former_communes()) == {"Thái Nguyên": 177, "Bắc Kạn": 108}
    assert {code for old in former_communes() for code in old.now} == {c.code for c in communes()}


def test_a_former_commune_lies_near_the_commune_it_went_into() -> None:
    middle = {c.code: Point(c.lat, c.lon) for c in communes()}
    for old in former_communes():
        if old.lat is not None and old.lon is not None:
            assert distance_km(Point(old.lat, old.lon), middle[old.now[0]]) < 15, old


def test_other_spellings_and_codes_are_kept() -> None:
    by_code = {c.code: c for c in communes()}
    assert by_code["05788"].other_codes == ("05794",)
    assert by_code["05788"].unit == Unit("xã", "Phú Lạc")
    assert {c.unit.name: c.other_names for c in communes() if c.other_names} == {
        "Định Hoá": ("Định Hóa",),
        "Nam Hoà": ("Nam Hòa",),
        "Điềm Thuỵ": ("Điềm Thụy",),
    }
