import pytest

from ioc.places.boundaries import Boundaries

BUILTIN = Boundaries.builtin()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("dai tu", ["Đại Từ"]),
        ("Đại Từ", ["Đại Từ"]),
        ("DINH HOA", ["Định Hoá"]),
        ("Định Hóa", ["Định Hoá"]),
        ("xã La Bằng", ["La Bằng"]),
        ("phuong phan dinh phung", ["Phan Đình Phùng"]),
        ("phú", ["Phú Bình", "Phú Đình", "Phú Lạc", "Phú Lương", "Phú Thịnh", "Phú Xuyên"]),
        ("hùng sơn", ["Đại Phúc"]),
        ("thi tran hung son", ["Đại Phúc"]),
        ("hán", ["Văn Hán", "Linh Sơn"]),  # Linh Sơn was Chùa Hang
        ("05443", ["Phan Đình Phùng"]),
        ("05794", ["Phú Lạc"]),
        ("  ", []),
        ("xyz", []),
    ],
)
def test_what_is_typed_finds_the_commune(typed: str, first: list[str]) -> None:
    found = [place.name for place in BUILTIN.find(typed)]
    assert found[: len(first) or 1] == first


def test_the_communes_of_an_old_district_follow_the_one_that_has_its_name() -> None:
    names = [place.name for place in BUILTIN.find("đại từ")]
    assert names[0] == "Đại Từ"
    assert {"La Bằng", "Đại Phúc", "Quân Chu"} <= set(names)
    assert "Phú Bình" not in names


def test_the_inside_of_a_word_counts_last_and_only_in_own_names() -> None:
    names = [place.name for place in BUILTIN.find("hán")]
    assert names.index("Văn Hán") < names.index("Thanh Mai")
    assert "Bá Xuyên" not in names  # thành phố Sông Công


def test_a_name_that_agrees_in_its_marks_comes_first() -> None:
    assert BUILTIN.find("ba be")[0].name == "Ba Bể"
    assert [p.name for p in BUILTIN.find("Quán Triều")] == ["Quan Triều"]
    phus = [p.name for p in BUILTIN.find("phủ")]
    assert phus[0] == "Phủ Thông"


def test_every_commune_is_found_by_its_own_name_and_its_other_spelling() -> None:
    for place in BUILTIN.places:
        assert place in BUILTIN.find(place.name)
        assert BUILTIN.named(str(place.unit)) == place
    assert BUILTIN.named("Nam Hòa") == BUILTIN.place("05707")


def test_a_name_without_its_marks_or_of_nobody_names_no_commune() -> None:
    assert BUILTIN.named("la bang") is None
    assert BUILTIN.named("Hùng Sơn") is None
