import pytest

from ioc.places.unit import KINDS, Unit
from ioc.words import LANGS, Lang


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Huyện Đại Từ", Unit("huyện", "Đại Từ")),
        ("thành phố Thái Nguyên", Unit("thành phố", "Thái Nguyên")),
        ("  Thị trấn  Hùng Sơn ", Unit("thị trấn", "Hùng Sơn")),
        ("xã La Bằng", Unit("xã", "La Bằng")),
    ],
)
def test_a_unit_is_read_by_its_kind_in_any_case(text: str, unit: Unit) -> None:
    assert Unit.parse(text) == unit


@pytest.mark.parametrize("text", ["", "La Bằng", "xã", "xãLa Bằng", "quận Ba Đình"])
def test_what_has_no_known_kind_is_no_unit(text: str) -> None:
    with pytest.raises(ValueError, match="no administrative unit"):
        Unit.parse(text)


@pytest.mark.parametrize(
    ("unit", "lang", "text"),
    [
        (Unit("xã", "La Bằng"), "vi", "xã La Bằng"),
        (Unit("xã", "La Bằng"), "en", "La Bằng commune"),
        (Unit("thành phố", "Sông Công"), "en", "Sông Công city"),
        (Unit("quận", "Ba Đình"), "en", "quận Ba Đình"),
    ],
)
def test_a_unit_is_named_in_both_languages(unit: Unit, lang: Lang, text: str) -> None:
    assert unit.text(lang) == text


def test_every_kind_has_words() -> None:
    for kind in KINDS:
        for lang in LANGS:
            assert "X" in Unit(kind, "X").text(lang)
        assert Unit.parse(Unit(kind, "X").text("vi")) == Unit(kind, "X")
