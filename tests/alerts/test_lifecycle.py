"""The table of an alert's life, read as sentences, and the laws that hold in every cell of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.lifecycle import (
    ACTS,
    CAUSES,
    HAPPENINGS,
    HAPPENS,
    OWNED_MS,
    SNOOZED_MS,
    STATES,
    TABLE,
    Act,
    Data,
    Happening,
    People,
    State,
    after,
    allowed,
)
from ioc.errors import Permanent
from ioc.events import SEVERITIES
from ioc.words import has

ON: Data = "firing"
OVER: Data = "resolved"


def test_every_act_and_every_happening_has_an_answer_in_every_state() -> None:
    assert TABLE.keys() == {(state, act) for state in STATES for act in ACTS}
    assert HAPPENS.keys() == {(state, happening) for state in STATES for happening in HAPPENINGS}
    assert len(STATES) == 8


def test_every_refusal_has_words() -> None:
    assert [code for code in set(TABLE.values()) if isinstance(code, str) and not has(f"error.{code}")] == []


@pytest.mark.parametrize(
    ("before", "act", "then"),
    [
        (State(ON, "unaccepted"), "accept", State(ON, "accepted")),
        (State(ON, "unaccepted"), "hand", State(ON, "handed")),
        (State(ON, "accepted"), "assign", State(ON, "accepted")),
        (State(ON, "handed"), "accept", State(ON, "accepted")),
        (State(ON, "handed"), "report", State(ON, "accepted")),
        (State(ON, "accepted"), "false_alarm", State(ON, "closed")),
        (State(ON, "unaccepted"), "merge", State(ON, "closed")),
        (State(OVER, "unaccepted"), "close", State(OVER, "closed")),
        (State(OVER, "handed"), "report", State(OVER, "accepted")),
        (State(OVER, "closed"), "reopen", State(OVER, "accepted")),
        (State(ON, "closed"), "reopen", State(ON, "accepted")),
        (State(OVER, "closed"), "false_alarm", State(OVER, "closed")),
    ],
    ids=lambda given: given if isinstance(given, str) else f"{given.data} {given.people}",
)
def test_what_an_act_makes_of_an_alert(before: State, act: Act, then: State) -> None:
    assert after(before, act) == then
    assert act in allowed(before)


@pytest.mark.parametrize(
    ("before", "act", "code"),
    [
        (State(ON, "unaccepted"), "close", "alert_on"),
        (State(ON, "accepted"), "close", "alert_on"),
        (State(ON, "handed"), "close", "alert_on"),
        (State(OVER, "unaccepted"), "accept", "alert_ended"),
        (State(ON, "unaccepted"), "snooze", "alert_unowned"),
        (State(ON, "handed"), "snooze", "alert_handed"),
        (State(ON, "accepted"), "report", "alert_unhanded"),
        (State(ON, "accepted"), "reopen", "alert_open"),
        (State(OVER, "closed"), "hand", "alert_closed"),
    ],
    ids=lambda given: given if isinstance(given, str) else f"{given.data} {given.people}",
)
def test_what_cannot_be_is_refused_with_its_reason(before: State, act: Act, code: str) -> None:
    with pytest.raises(Permanent) as error:
        after(before, act)
    assert error.value.code == code
    assert act not in allowed(before)


@pytest.mark.parametrize("people", ["unaccepted", "accepted", "handed", "closed"])
def test_what_grows_worse_while_it_is_on_asks_for_a_person_again(people: People) -> None:
    assert HAPPENS[State(ON, people), "worsen"] == State(ON, "unaccepted")


def test_what_begins_again_after_people_closed_it_asks_for_a_person_again() -> None:
    assert HAPPENS[State(OVER, "closed"), "fire"] == State(ON, "unaccepted")
    assert HAPPENS[State(OVER, "accepted"), "fire"] == State(ON, "accepted")


def test_people_never_change_what_the_data_say() -> None:
    assert all(then.data == state.data for (state, _), then in TABLE.items() if isinstance(then, State))


def test_an_alert_that_is_on_is_put_away_only_as_a_false_alarm_or_with_another() -> None:
    closing = {
        act
        for (state, act), then in TABLE.items()
        if state.data == ON and state.people != "closed" and isinstance(then, State) and then.people == "closed"
    }
    assert closing == {"false_alarm", "merge"}


def test_no_end_of_the_data_puts_an_alert_away_that_nobody_has_seen() -> None:
    assert [HAPPENS[state, "end"].people for state in STATES] == [state.people for state in STATES]


def test_words_calls_and_findings_are_never_refused() -> None:
    refused = [one for one, then in TABLE.items() if one[1] in {"comment", "call", "verify"} and isinstance(then, str)]
    assert refused == []


steps = st.lists(st.sampled_from([*ACTS, *HAPPENINGS]), max_size=40)


@given(steps)
def test_whatever_happens_somebody_can_always_bring_it_to_its_end(life: list[str]) -> None:
    state = State(ON, "unaccepted")
    for one in life:
        if one in HAPPENINGS:
            (happening,) = [known for known in HAPPENINGS if known == one]
            state = HAPPENS[state, happening]
        else:
            (act,) = [known for known in ACTS if known == one]
            found = TABLE[state, act]
            state = found if isinstance(found, State) else state
    ended: Happening = "end"
    assert after(HAPPENS[state, ended], "close") == State(OVER, "closed")


def test_times_shorten_with_the_severity() -> None:
    assert list(OWNED_MS) != []
    assert set(OWNED_MS) == set(SNOOZED_MS) == set(SEVERITIES)
    assert [OWNED_MS[name] // 60_000 for name in ("extreme", "severe", "moderate")] == [10, 30, 120]
    assert SNOOZED_MS["extreme"] < SNOOZED_MS["minor"]
    assert len(CAUSES) == 6


def test_the_page_of_the_desk_shows_the_table_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "desk.md").read_text("utf-8")
    for act in ACTS:
        cells = (TABLE[state, act] for state in STATES)
        shown = (cell.people if isinstance(cell, State) else "–" for cell in cells)
        assert f"| `{act}` | {' | '.join(shown)} |" in page
