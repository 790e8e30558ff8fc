"""The lifecycle group of the features, row by row, and the complaints behind it, each told as a timeline.

Rows: 30 acknowledge, 31 who, when and comment, 32 assign, 33 cleared but unseen kept visible, 34 an acceptance times
out, 38 labels fed back (`tests/console/test_false_alarms.py`), 39 audit. Silences (35 to 37) have tests of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ioc.alerts.alert import Transition
from ioc.desk import audit
from ioc.testing import Day
from tests.alerts.timeline import START, catalogue, made, rules
from tests.desk.made import ended, transition

AN, BINH, CONG = "Nguyễn Văn An", "Lê Thị Bình", "Trần Văn Công"
UNIT = "Hạt Kiểm lâm Đại Từ"


@pytest.fixture
def day(tmp_path: Path, desk_url: str) -> Iterator[Day]:
    """A day on either database, minute by minute."""
    with Day(rules({}), catalogue(), "environment", tmp_path, desk_url, START, timedelta(minutes=1)) as found:
        yield found


def fire(nth: int = 1, revision: int = 1, **given: Any) -> Transition:
    return transition(nth, revision, **given)


def test_from_a_reading_to_its_all_clear_with_the_real_rules(day: Day) -> None:
    day.at(0).push(made("environment", 0, 90))
    day.between(0, 1).expect("fired", severity="moderate")
    day.at(1).does("accept", AN)
    day.at(5).push(made("environment", 5 * 60_000, 160))
    day.between(5, 6).expect("raised", severity="severe").expect("asks_again", before="accepted")
    day.at(6).shows(state="waiting", raised=True).does("accept", BINH)
    day.at(9).push(made("environment", 9 * 60_000, 60))
    day.between(9, 20).expect("cleared", times=1)
    day.at(20).shows(state="ended", accepted_by=BINH).does("close", BINH)
    day.at(21).shows(state="closed").checks(lambda now: now.board() == [])
    day.run()


def test_row_30_whoever_accepts_owns_it_and_the_second_is_told_who_was_first(day: Day) -> None:
    day.at(0).receive(fire())
    day.at(1).does("accept", AN)
    day.at(2).does("accept", BINH)
    day.at(3).shows(state="owned", accepted_by=AN)
    day.between(0, 3).expect("accept", times=1, who=AN)
    day.run()
    assert [(done.by, done.first) for done in day.done] == [(AN, True), (AN, False)]


def test_row_31_words_keep_their_author_and_their_time(day: Day) -> None:
    day.at(0).receive(fire())
    day.at(4).does("comment", BINH, text="Khói trắng\nphía đông nam")
    day.between(4, 4).expect("comment", who=BINH, text="Khói trắng\nphía đông nam")
    day.run()


def test_row_32_work_is_given_to_a_person_and_everybody_sees_to_whom(day: Day) -> None:
    day.at(0).receive(fire())
    day.at(1).does("assign", AN, to=BINH)
    day.at(2).shows(state="owned", accepted_by=BINH)
    day.at(3).does("assign", BINH, to=CONG)
    day.at(4).shows(accepted_by=CONG)
    day.between(0, 4).expect("assign", to=BINH, who=AN).expect("assign", to=CONG, before=BINH)
    day.run()


def test_row_33_what_ended_before_anybody_saw_it_stays_on_the_board(day: Day) -> None:
    day.at(0).receive(fire())
    day.at(1).receive(ended(1, 2))
    day.at(200).shows(state="ended").does("accept", AN, refused="alert_ended")
    day.at(201).does("close", AN)
    day.at(202).shows(state="closed", seen_by=AN)
    day.run()


@pytest.mark.parametrize(("severity", "minutes"), [("extreme", 10), ("severe", 30), ("moderate", 120)], ids=str)
def test_row_34_an_owner_who_gives_no_sign_loses_the_quiet_of_the_alert(day: Day, severity: str, minutes: int) -> None:
    day.at(0).receive(fire(severity=severity))
    day.at(1).does("accept", AN)
    day.at(minutes).shows(state="owned")
    day.between(minutes + 1, minutes + 2).expect("overdue", times=1, why="owner", owner=AN)
    day.at(minutes + 2).shows(state="overdue", accepted_by=AN)
    day.between(minutes + 2, minutes + 90).expect_no("overdue")
    day.at(minutes + 91).does("accept", BINH)
    day.at(minutes + 92).shows(state="owned", accepted_by=BINH)
    day.run()


def test_each_sign_of_the_owner_starts_the_countdown_again_and_nobody_elses_does(day: Day) -> None:
    day.at(0).receive(fire(severity="extreme"))
    day.at(0).does("accept", AN)
    day.at(8).does("call", AN, outcome="answered", number="0208 3824 114")
    day.at(16).does("comment", BINH, text="Tôi cũng thấy khói")
    day.between(9, 17).expect_no("overdue")
    day.between(18, 19).expect("overdue", times=1)
    day.run()


def test_what_a_unit_does_not_report_in_time_comes_back_to_the_top(day: Day) -> None:
    day.at(0).receive(fire(1, severity="extreme"), fire(2, severity="moderate"), fire(3, severity="severe"))
    day.at(1).does("hand", AN, "1002", unit=UNIT, due="20")
    day.at(2).shows("1002", state="handed", handed_to=UNIT)
    day.between(2, 20).expect_no("overdue")
    day.between(21, 22).expect("overdue", unit=UNIT, why="unit")
    day.at(23).checks(lambda now: _same(now.board(), ["1001", "1003", "1002"]))
    day.at(24).does("report", CONG, "1002", text="Đã dập, còn 2 người canh")
    day.at(25).shows("1002", state="owned", accepted_by=AN, handed_to=None)
    day.run()


def test_a_unit_keeps_a_deadline_after_the_data_have_ended(day: Day) -> None:
    day.at(0).receive(fire())
    day.at(1).does("hand", AN, unit=UNIT, due="20")
    day.at(5).receive(ended(1, 2))
    day.between(21, 22).expect("overdue", unit=UNIT)
    day.run()


def test_what_is_put_off_comes_back_by_itself_and_not_before(day: Day) -> None:
    day.at(0).receive(fire())
    day.at(1).does("snooze", AN, until="15", refused="alert_unowned").does("accept", AN)
    day.at(2).does("snooze", AN, until="60").does("snooze", AN, until="5000", refused="snooze_time")
    day.between(2, 61).expect_no("overdue")
    day.between(62, 63).expect("overdue", why="snooze")
    day.run()


def test_an_extreme_alert_is_put_off_for_half_an_hour_at_most(day: Day) -> None:
    day.at(0).receive(fire(severity="extreme"))
    day.at(1).does("accept", AN).does("snooze", AN, until="31", refused="snooze_time").does("snooze", AN, until="30")
    day.run()


def test_a_call_that_is_to_be_made_again_reminds_of_it(day: Day) -> None:
    day.at(0).receive(fire())
    day.at(1).does("accept", AN).does("call", AN, outcome="call_back", whom=UNIT, refused="call_again")
    day.at(2).does("call", AN, outcome="call_back", whom=UNIT, again="10")
    day.between(12, 13).expect("overdue", why="snooze")
    day.run()


def test_what_people_found_stands_apart_from_how_sure_the_rule_is_and_may_change_the_severity(day: Day) -> None:
    day.at(0).receive(fire(severity="moderate", certainty="possible"))
    day.at(1).does("accept", AN).does("verify", AN, refused="verify_how")
    day.at(2).does("verify", AN, how="scene", severity="extreme")
    day.at(3).shows(verification="verified", verified_how="scene", rule_says="moderate", state="owned")
    day.at(3).checks(lambda now: _same(now.case("1001").matter.transition.severity, "extreme"))
    day.at(3).checks(lambda now: _same(now.case("1001").matter.transition.certainty, "possible"))
    day.at(4).receive(fire(1, 2, severity="moderate"))
    day.at(5).shows(rule_says="moderate", state="owned")
    day.at(6).does("verify", AN, how="camera", severity="minor").receive(fire(1, 3, severity="severe"))
    day.between(6, 6).expect("asks_again")
    day.at(7).shows(rule_says=None, state="waiting")
    day.run()


def test_a_false_alarm_needs_a_cause_leaves_the_board_and_comes_back_only_when_it_grows_worse(day: Day) -> None:
    day.at(0).receive(fire(severity="moderate"))
    day.at(1).does("false_alarm", AN, cause="", refused="false_cause")
    day.at(2).does("false_alarm", AN, cause="industry", how="camera")
    day.at(3).shows(state="closed", verification="false", cause="industry")
    day.at(4).receive(fire(1, 2, severity="moderate"))
    day.at(5).shows(state="closed")
    day.at(6).receive(fire(1, 3, severity="severe"))
    day.at(7).shows(state="waiting", verification="unverified", cause=None)
    day.run()


def test_a_merged_alert_stands_behind_another_and_hides_no_worsening(day: Day) -> None:
    day.at(0).receive(fire(1), fire(2), fire(3))
    day.at(1).does("merge", AN, "1002", into="1001").does("merge", AN, "1001", into="1003")
    day.at(2).checks(lambda now: _same(now.board(), ["1003"]))
    day.at(2).checks(lambda now: _same([one.label for one in now.case("1003").merged], ["1001", "1002"]))
    day.at(3).receive(ended(3, 2)).does("close", AN, "1003", refused="merged_on")
    day.at(4).receive(fire(2, 2, severity="extreme"))
    day.at(5).shows("1002", state="waiting", merged_into=None)
    day.at(6).receive(ended(1, 2)).does("close", AN, "1003")
    day.run()


def test_two_cannot_be_merged_into_each_other(day: Day) -> None:
    day.at(0).receive(fire(1), fire(2), fire(3, drill=True))
    day.at(1).does("merge", AN, "1002", into="1001").does("merge", AN, "1001", into="1002", refused="merge_closed")
    day.at(2).does("merge", AN, "1001", into="D001", refused="merge_drill")
    day.run()


def test_what_was_closed_is_taken_up_again_by_whoever_asks(day: Day) -> None:
    day.at(0).receive(fire(), ended(1, 2))
    day.at(1).does("close", AN)
    day.at(2).does("reopen", BINH, text="Cháy lại theo dân báo")
    day.at(3).shows(state="ended", accepted_by=BINH)
    day.at(4).does("reopen", CONG, refused="alert_open")
    day.run()


def test_an_alert_that_begins_again_after_it_was_closed_waits_for_a_person_as_if_new(day: Day) -> None:
    day.at(0).receive(fire(), ended(1, 2))
    day.at(1).does("close", AN)
    day.at(2).receive(fire(1, 3))
    day.at(3).shows(state="waiting", accepted_by=None, seen_by=None)
    day.run()


def test_complaint_an_alert_that_was_closed_months_ago_pages_nobody(day: Day) -> None:
    """oncall#3111: paged at 05:30 for an alert that had been acknowledged months before."""
    day.at(0).receive(fire())
    day.at(1).does("accept", AN)
    day.at(2).receive(ended(1, 2))
    day.at(3).does("close", AN)
    day.between(3, 600).expect_no("overdue").expect_no("asks_again")
    day.run()


def test_row_39_every_act_leaves_one_line_and_the_chain_is_whole(day: Day) -> None:
    day.at(0).receive(fire(1), fire(2))
    day.at(1).does("accept", AN).does("comment", AN, text="a").does("call", AN, outcome="no_answer", number="114")
    day.at(2).does("verify", AN, how="phone").does("snooze", AN, until="20").does("assign", AN, to=BINH)
    day.at(3).does("hand", BINH, unit=UNIT, due="30").does("report", BINH, text="xong").does("merge", BINH, into="1002")
    day.at(4).does("reopen", BINH).does("false_alarm", BINH, cause="device").receive(ended(2, 2))
    day.at(5).does("close", AN, "1002")
    day.run()
    with day.store.reading() as session:
        lines = [line.action for line in audit.lines(session)]
        assert audit.verify(session) is None
    assert lines == [
        *("accept", "comment", "call", "verify", "snooze", "assign", "hand", "report", "merge", "reopen"),
        *("false_alarm", "close"),
    ]


def _same(found: object, wanted: object) -> None:
    assert found == wanted
