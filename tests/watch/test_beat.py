from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.watch.beat import MISSES, Fault, State, judge, told
from ioc.watch.loop import ANSWER_S, EVERY_S

MINUTE = 60_000
LOST = Fault("unanswered")


def lived(outcomes: str, *, deaf: frozenset[int] = frozenset()) -> list[str]:
    """A beat a minute, `.` answered and `x` lost; what people are told. In minutes of `deaf` no call gets out."""
    state, said = State(well=0), []
    for minute, outcome in enumerate(outcomes, 1):
        state, call = judge(state, None if outcome == "." else LOST, minute * MINUTE)
        if call and minute not in deaf:
            state = told(state, call)
            said.append(f"{minute} {call.kind} since {call.since // MINUTE}")
    return said


TIMELINES = {
    "all is well": ("......", []),
    "two beats lost are no emergency": ("..xx..xx..", []),
    "the third lost beat calls for help, and says since when": ("..xxx", ["5 help since 2"]),
    "it is not said again each minute": ("..xxxxxxxx", ["5 help since 2"]),
    "after a quarter of an hour somebody is told again": ("..xxx" + "x" * 16, ["5 help since 2", "20 still since 2"]),
    "its return is told, with how long it was away": (".xxxx.", ["4 help since 1", "6 back since 1"]),
    "a monitor that never answered is missed too": ("xxx", ["3 help since 0"]),
    "it may fail again": ("xxx.xxx", ["3 help since 0", "4 back since 0", "7 help since 4"]),
}


@pytest.mark.parametrize("case", TIMELINES)
def test_people_are_told(case: str) -> None:
    outcomes, said = TIMELINES[case]

    assert lived(outcomes) == said


def test_a_call_that_did_not_get_out_is_made_again_with_the_next_beat() -> None:
    assert lived("xxxxx.", deaf=frozenset({3, 4, 6})) == ["5 help since 0"]
    assert lived("xxx..", deaf=frozenset({4})) == ["3 help since 0", "5 back since 0"]


@given(st.text(".x", min_size=1, max_size=60))
def test_help_is_called_exactly_where_three_in_a_row_are_lost_and_taken_back_exactly_where_it_was_called(
    outcomes: str,
) -> None:
    calls = [line.split()[1] for line in lived(outcomes)]

    runs = [len(run) for run in outcomes.replace(".", " . ").split() if run != "."]
    assert calls.count("help") == sum(run >= MISSES for run in runs)
    assert 0 <= calls.count("help") - calls.count("back") <= 1


def test_whatever_dies_is_announced_in_under_five_minutes() -> None:
    """At worst it dies just after an answer, and every beat after is taken but never answered."""
    assert EVERY_S * MISSES + ANSWER_S < 300
    assert ANSWER_S < EVERY_S
