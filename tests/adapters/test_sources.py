import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.adapters import sources
from ioc.adapters.defaults import default_feed
from ioc.catalogue import Feed, Source, Title

MO_CHE = Source(id="aqi:mo-che", names=("Mỏ Chè, Sông Công",), title=Title(vi="Mỏ Chè", en="Mo Che"))


def feed(*known: Source) -> Feed:
    return default_feed("readings").model_copy(update={"sources": known})


def test_a_registered_name_leads_to_its_source_in_any_unicode_form() -> None:
    decomposed = "Mo\u0309 Che\u0300, So\u0302ng Co\u0302ng"
    assert sources.of(feed(MO_CHE), f" {decomposed} ") == ("aqi:mo-che", MO_CHE)


def test_a_plain_unknown_name_stays_readable() -> None:
    assert sources.of(feed(MO_CHE), "front_door") == ("readings:front_door", None)


def test_no_name_means_the_feeds_only_source() -> None:
    assert sources.of(feed(MO_CHE), "") == ("aqi:mo-che", MO_CHE)
    assert sources.of(feed(), "") == ("readings:readings", None)


@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=300))
def test_two_names_never_share_an_id(one: str, other: str) -> None:
    import unicodedata

    alike = unicodedata.normalize("NFC", one.strip()) == unicodedata.normalize("NFC", other.strip())
    assert (sources.made(feed(), one) == sources.made(feed(), other)) == alike


@given(st.text(max_size=500))
def test_an_id_is_plain_and_short(name: str) -> None:
    made = sources.made(feed(), name)
    assert 1 <= len(made) <= 128
    assert made.isascii()


@pytest.mark.parametrize("name", ["Cầu A/B", "Cau A B", "CẦU A-B"])
def test_names_that_look_alike_stay_apart(name: str) -> None:
    assert sources.made(feed(), name).startswith("readings:cau-a-b-")
