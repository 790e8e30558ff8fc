from __future__ import annotations

from pathlib import Path

import pytest

from ioc.alerts.mistake import RuleMistakes
from ioc.alerts.routing_file import parse_routing
from ioc.words import LANGS
from ioc.workshop.route_reach import one_path, over_internet_alone
from ioc.workshop.route_test import Written, route_cases, run

CONFIG = Path(__file__).parents[2] / "config"
SHIPPED = (CONFIG / "routing.yaml").read_text(encoding="utf-8")
TESTS = (CONFIG / "routing-tests.yaml").read_text(encoding="utf-8")
ROUTING = parse_routing("routing.yaml", SHIPPED)


def cases(text: str = TESTS) -> list[Written]:
    return route_cases(ROUTING, {"routing-tests.yaml": text})


@pytest.mark.parametrize("written", cases(), ids=lambda one: str(one.case.case.en))
def test_shipped_case(written: Written) -> None:
    result = run(ROUTING, written)

    assert (result.passed, result.got) == (True, sorted(written.case.expect))


def test_each_route_of_the_shipped_file_is_met_by_a_case() -> None:
    assert {run(ROUTING, one).route for one in cases()} == set(ROUTING.by_id)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0m an alert sms,zalo", "0m an alert sms"),
        ("1m binh escalated sms,voice", "2m binh escalated sms,voice"),
        ("route: sos", "route: con-lai"),
        ("      - 2m chi escalated sms,voice\n", ""),
    ],
    ids=["another channel", "another time", "another route", "one more than expected"],
)
def test_a_case_that_expects_something_else_fails(old: str, new: str) -> None:
    text = TESTS.replace(old, new, 1)
    assert text != TESTS

    assert not run(ROUTING, cases(text)[0]).passed


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        ('sms: "+84900000001"', 'smss: "+84900000001"', "people.an.smss", "unknown_channel"),
        ("truc-ban: [an]", "truc-ban: [anh]", "duty.truc-ban.1", "unknown_person"),
        ("truc-attt: [dung]", "truc-atttt: [dung]", "duty.truc-atttt", "unknown_duty"),
        ("route: sos", "route: soss", "tests.1.route", "unknown_route"),
        ("0m an alert sms,zalo", "0m an alerted sms", "tests.1.expect.1", "route_expect"),
        ("until: 3m", "unti: 3m", "tests.1.unti", "unknown_key"),
        ("until: 3m", "until: soon", "tests.1.until", "duration"),
    ],
)
def test_each_slip_of_a_test_file_is_named(old: str, new: str, field: str, code: str) -> None:
    text = TESTS.replace(old, new, 1)
    assert text != TESTS

    with pytest.raises(RuleMistakes) as caught:
        cases(text)

    assert (field, code) in [(one.field, one.code) for one in caught.value.mistakes]
    assert all(one.line > 1 and one.hint(lang) for one in caught.value.mistakes for lang in LANGS)


def test_the_shipped_extreme_routes_do_not_depend_on_the_internet_alone() -> None:
    assert over_internet_alone(ROUTING) == []


@pytest.mark.parametrize(
    ("old", "new", "chain", "step"),
    [
        (
            "after: 20m, tell: [lanh-dao], by: [sms, voice]",
            "after: 20m, tell: [lanh-dao], by: [zalo, mail]",
            "khan-cap",
            2,
        ),
        ("sms: gsm", "sms: internet", "khan-cap", 0),
        (
            "  - id: khan-cap\n",
            (
                '  - {id: dem, match: {domain: [camera], active: {hours: "01:00-02:00", days: [sun]}}, chain: thap}\n'
                "  - id: khan-cap\n"
            ),
            "thap",
            0,
        ),
    ],
    ids=[
        "one step of the chain",
        "the modem replaced by a gateway on the internet",
        "one hour of one day for one domain",
    ],
)
def test_an_extreme_route_over_the_internet_alone_is_found(old: str, new: str, chain: str, step: int) -> None:
    text = SHIPPED.replace(old, new, 1)
    assert text != SHIPPED

    assert (chain, step) in [(one.chain, one.step) for one in over_internet_alone(parse_routing("r", text))]


def test_somebody_who_can_be_reached_by_one_path_only_is_found() -> None:
    people = {"an": {"sms": "1", "voice": "1"}, "binh": {"sms": "1", "zalo": "b"}, "chi": {"sms": "1", "zalo": ""}}

    assert one_path(people, ROUTING) == ["an", "chi"]
