from __future__ import annotations

import pytest

from ioc.alerts.chain import Due, Person, State, Told, due
from ioc.alerts.routing import Chain

MINUTE = 60_000
AN = Person("An", {"sms": "+84900000001", "zalo": "an"})
LEAD = Person("Bình", {"sms": "+84900000002", "voice": "+84900000002"})
HEAD = Person("Chi", {"sms": "+84900000003"})
PEOPLE = {"officer": [AN], "lead": [LEAD], "head": [HEAD]}
CHAIN = Chain.model_validate(
    {
        "steps": [
            {"after": "0s", "tell": ["officer"], "by": ["sms", "zalo"]},
            {"after": "10m", "tell": ["lead"], "by": ["sms", "voice"]},
            {"after": "20m", "tell": ["head"], "by": ["voice"]},
        ],
        "repeat": "5m",
    }
)
WAITING = State(firing=True, accepted=False, started_at=0)


def ask(
    minute: float, told: list[Told] | None = None, state: State = WAITING, people: dict[str, list[Person]] | None = None
) -> Due:
    known = PEOPLE if people is None else people
    return due(state, CHAIN, lambda duty: known.get(duty, []), told or [], int(minute * MINUTE))


def says(found: Due) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.person.name, one.occasion, one.channels) for one in found.tell]


def test_the_first_step_is_told_at_once_by_every_channel_that_reaches_him() -> None:
    found = ask(0)

    assert says(found) == [("An", "alert", ("sms", "zalo"))]
    assert found.next_at == 5 * MINUTE


def test_nobody_is_told_twice_and_the_next_step_comes_at_its_time() -> None:
    told = [Told("An", 0, 0, ("sms", "zalo"))]

    assert says(ask(4, told)) == []
    assert says(ask(10, [*told, Told("An", 0, 9 * MINUTE, ("sms",))])) == [("Bình", "escalated", ("sms", "voice"))]


@pytest.mark.parametrize(
    "state",
    [WAITING._replace(accepted=True), WAITING._replace(firing=False)],
    ids=["accepted", "ended"],
)
def test_an_alert_that_is_accepted_or_ended_pages_nobody_ever(state: State) -> None:
    found = ask(600, [], state)

    assert (found.tell, found.next_at) == ((), None)


def test_a_snoozed_alert_asks_again_when_the_snooze_is_over() -> None:
    found = ask(30, [], WAITING._replace(snoozed_until=45 * MINUTE))

    assert (found.tell, found.next_at) == ((), 45 * MINUTE)


def test_a_channel_without_an_address_is_left_out_and_a_person_is_reached_by_what_he_has() -> None:
    told = [Told("An", 0, 0, ("sms", "zalo")), Told("Bình", 1, 19 * MINUTE, ("sms",))]

    assert says(ask(20, told)) == [("Bình", "escalated", ("voice",)), ("Chi", "escalated", ("sms",))]


def test_an_empty_step_pages_no_director_before_his_time() -> None:
    """The complaint: the second level had no contact, so the third was paged in its place."""
    people = {**PEOPLE, "lead": [Person("Bình", {})]}
    told = [Told("An", 0, 9 * MINUTE, ("sms", "zalo"))]

    found = ask(10, told, people=people)
    assert (says(found), found.empty, found.next_at) == ([], (1,), 14 * MINUTE)
    assert says(ask(20, [Told("An", 0, 19 * MINUTE, ("sms", "zalo"))], people=people))[-1][0] == "Chi"


def test_where_nobody_at_all_could_be_told_the_next_who_can_be_reached_comes_at_once() -> None:
    found = ask(0, people={"head": [HEAD]})

    assert (says(found), found.empty) == ([("Chi", "escalated", ("sms",))], (0,))


def test_a_chain_that_reaches_nobody_says_so_and_looks_again() -> None:
    found = ask(0, people={})

    assert (found.tell, found.empty, found.next_at) == ((), (0,), 10 * MINUTE)


def test_an_unanswered_alert_is_told_again_to_those_still_on_duty() -> None:
    told = [Told("An", 0, 0, ("sms", "zalo"))]

    assert says(ask(5, told)) == [("An", "repeat", ("sms",))]
    assert says(ask(5, told, people={**PEOPLE, "officer": [HEAD]})) == [("Chi", "alert", ("sms",))]


def test_repeats_end_where_the_chain_says_how_often() -> None:
    short = CHAIN.model_copy(update={"steps": CHAIN.steps[:1], "times": 1})
    told = [Told("An", 0, 0, ("sms",)), Told("An", 0, 5 * MINUTE, ("sms",))]

    found = due(WAITING, short, lambda _duty: [Person("An", {"sms": "1"})], told, 30 * MINUTE)
    assert (found.tell, found.next_at) == ((), None)


def test_a_person_on_two_duties_is_told_once_by_each_channel() -> None:
    both = {"officer": [LEAD], "lead": [LEAD], "head": [LEAD]}

    assert says(ask(20, people=both)) == [("Bình", "alert", ("sms",)), ("Bình", "escalated", ("voice",))]


def test_who_was_told_before_his_step_s_time_is_told_again_like_all_others() -> None:
    told = [Told("Chi", 2, 0, ("sms",))]

    found = ask(5, told, people={"head": [HEAD]})
    assert (says(found), found.next_at) == ([("Chi", "repeat", ("sms",))], 10 * MINUTE)


def test_where_a_repeat_reaches_nobody_it_is_looked_at_again_in_a_minute() -> None:
    told = [Told("Chi", 2, 0, ("sms",))]

    found = ask(30, told, people={})
    assert (found.tell, found.next_at) == ((), 31 * MINUTE)
