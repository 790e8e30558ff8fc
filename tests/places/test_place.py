from dataclasses import replace

import pytest

from ioc.places.place import Near, Place
from ioc.places.sphere import Direction
from ioc.places.table import communes
from ioc.places.unit import Unit
from ioc.words import Lang

BY_NAME = {c.unit.name: Place.of(c, approximate=True) for c in communes()}
DAI_PHUC = BY_NAME["Đại Phúc"]


@pytest.mark.parametrize(
    ("place", "lang", "label"),
    [
        (BY_NAME["La Bằng"], "vi", "xã La Bằng (huyện Đại Từ cũ)"),
        (BY_NAME["La Bằng"], "en", "La Bằng commune (former Đại Từ district)"),
        (BY_NAME["Phan Đình Phùng"], "vi", "phường Phan Đình Phùng (thành phố Thái Nguyên cũ)"),
        (BY_NAME["Phan Đình Phùng"], "en", "Phan Đình Phùng ward (former Thái Nguyên city)"),
        (BY_NAME["Na Rì"], "vi", "xã Na Rì (huyện Na Rì, tỉnh Bắc Kạn cũ)"),
        (BY_NAME["Na Rì"], "en", "Na Rì commune (former Na Rì district, Bắc Kạn province)"),
        (DAI_PHUC, "vi", "xã Đại Phúc (thành phố Thái Nguyên, huyện Đại Từ và thành phố Phổ Yên cũ)"),
        (DAI_PHUC, "en", "Đại Phúc commune (former Thái Nguyên city, Đại Từ district and Phổ Yên city)"),
        (replace(BY_NAME["Na Rì"], former_districts=()), "vi", "xã Na Rì (tỉnh Bắc Kạn cũ)"),
        (replace(BY_NAME["Na Rì"], former_districts=()), "en", "Na Rì commune (former Bắc Kạn province)"),
        (replace(DAI_PHUC, former_districts=()), "vi", "xã Đại Phúc"),
        (
            replace(DAI_PHUC, former_districts=(Unit("huyện", "Đại Từ"),), then=Unit("thị trấn", "Hùng Sơn")),
            "vi",
            "xã Đại Phúc (huyện Đại Từ cũ), khi đó là thị trấn Hùng Sơn",
        ),
    ],
)
def test_a_place_is_told_with_its_former_district(place: Place, lang: Lang, label: str) -> None:
    assert place.label(lang) == label


def test_the_parts_of_a_place_can_be_had_apart() -> None:
    place = BY_NAME["Na Rì"]
    assert (place.code, place.kind, place.name) == ("02155", "xã", "Na Rì")
    assert (place.former_district, place.former_province) == ("huyện Na Rì", "Bắc Kạn")
    assert replace(place, former_districts=(), former_province_unit=None).former_district is None


@pytest.mark.parametrize(
    ("km", "towards", "vi", "en"),
    [
        (
            2.34,
            "nw",
            "cách tâm xã La Bằng 2,3 km về phía tây bắc",
            "2.3 km north-west of the middle of La Bằng commune",
        ),
        (9.94, "s", "cách tâm xã La Bằng 9,9 km về phía nam", "9.9 km south of the middle of La Bằng commune"),
        (9.96, "s", "cách tâm xã La Bằng 10 km về phía nam", "10 km south of the middle of La Bằng commune"),
        (0.05, "e", "cách tâm xã La Bằng 0,1 km về phía đông", "0.1 km east of the middle of La Bằng commune"),
        (0.04, "e", "tại tâm xã La Bằng", "at the middle of La Bằng commune"),
    ],
)
def test_a_distance_is_told_in_words(km: float, towards: Direction, vi: str, en: str) -> None:
    near = Near(BY_NAME["La Bằng"], km, towards)
    assert (near.text("vi"), near.text("en")) == (vi, en)
