"""Rules on trial: kept and judged, told to nobody; what leaves the trial is new to people."""

from __future__ import annotations

import pytest

from ioc.desk import audit, board
from ioc.desk.acts.accept import accept
from ioc.desk.acts.act import Asked
from ioc.desk.acts.close import note_ended
from ioc.desk.board import Matter
from ioc.desk.tables import NoticeRow, TransitionRow
from ioc.desk.verdict import Score, judge, scores, verdicts
from ioc.errors import Permanent
from tests.alerts.timeline import Timeline, rules
from tests.desk.made import NOON, Office, alert_name, ended, transition

LATER = NOON + 60_000


def live(office: Office) -> list[Matter]:
    with office.store.reading() as session:
        return sorted(board.snapshot(session).matters, key=lambda matter: matter.order)


def tried(office: Office) -> list[Matter]:
    with office.store.reading() as session:
        return board.on_trial(session, 10)


def told(office: Office) -> list[str]:
    with office.store.reading() as session:
        return [row.key for row in session.query(NoticeRow).order_by(NoticeRow.id)]


def acts(office: Office) -> list[tuple[str, str]]:
    with office.store.reading() as session:
        return [(line.action, line.actor) for line in audit.lines(session)]


def test_an_alert_on_trial_is_kept_apart_and_told_to_nobody(office: Office) -> None:
    applied = office.receive(transition(1, shadow=True), transition(2), transition(1, 2, shadow=True))

    assert [one.label for one in live(office)] == ["1001"]
    assert [(one.label, one.trial, one.transition.revision) for one in tried(office)] == [("T001", True, 2)]
    assert told(office) == [f"{alert_name(2)}:1"]
    assert applied.transitions == 3
    with office.store.reading() as session:
        assert session.query(TransitionRow).count() == 3


def test_screens_are_not_woken_for_a_trial(office: Office) -> None:
    assert office.receive(transition(1, shadow=True)).change == 0
    with office.store.reading() as session:
        assert board.changes(session, 0).matters == []

    office.receive(transition(2, shadow=True), transition(3))
    with office.store.reading() as session:
        assert [one.label for one in board.changes(session, 0).matters] == ["1001"]


def test_its_card_is_found_by_the_number_of_the_trial(office: Office) -> None:
    office.receive(transition(1, shadow=True), transition(2, shadow=True, drill=True))

    with office.store.reading() as session:
        found = board.find(session, "#t001")
        drill = board.find(session, "TD002")
    assert found is not None
    assert found.matter.alert_id == alert_name(1)
    assert drill is not None
    assert drill.matter.alert_id == alert_name(2)


def test_a_promoted_alert_is_new_to_people(office: Office) -> None:
    office.receive(transition(1, shadow=True))
    office.clock.ms = LATER

    office.receive(transition(1, 2))

    (matter,) = live(office)
    assert (matter.label, matter.state, matter.stored_at, matter.transition.revision) == ("1001", "waiting", LATER, 2)
    assert told(office) == [f"{alert_name(1)}:2"]
    assert tried(office) == []
    assert ("promoted", "desk") in acts(office)


def test_promotion_within_one_chunk_tells_only_what_is_live(office: Office) -> None:
    office.receive(transition(1, shadow=True), transition(1, 2), ended(1, 3))

    assert told(office) == [f"{alert_name(1)}:2", f"{alert_name(1)}:3"]


def test_an_alert_that_ends_as_its_rule_is_promoted_stays_a_trials(office: Office) -> None:
    office.receive(transition(1, shadow=True), ended(1, 2))

    assert live(office) == []
    assert told(office) == []
    assert [one.state for one in tried(office)] == ["ended"]


def test_a_rule_put_on_trial_still_ends_what_it_had_out(office: Office) -> None:
    office.receive(transition(1), transition(1, 2, shadow=True), ended(1, 3, shadow=True))

    assert told(office) == [f"{alert_name(1)}:1", f"{alert_name(1)}:3"]
    assert [(one.label, one.state) for one in live(office)] == [("1001", "ended")]


def test_an_alert_on_trial_is_not_accepted(office: Office) -> None:
    office.receive(transition(1, shadow=True), ended(1, 2, shadow=True))

    with office.store.writing() as session:
        with pytest.raises(Permanent, match="alert_on_trial"):
            accept(session, alert_name(1), Asked("Nguyễn An", NOON))
        assert note_ended(session, [alert_name(1)], "Nguyễn An", NOON) == 0


def test_each_verdict_leaves_one_line_of_audit(office: Office) -> None:
    office.receive(transition(1, shadow=True), transition(2, shadow=True), transition(3, shadow=True, rule="other"))

    with office.store.writing() as session:
        judge(session, alert_name(1), "Nguyễn An", NOON, right=True)
        again = judge(session, alert_name(1), "Nguyễn An", LATER, right=True)
        judge(session, alert_name(1), "Trần Bình", LATER, right=False)
        judge(session, alert_name(3), "Trần Bình", LATER, right=True)

    assert again.at == NOON
    assert acts(office) == [("trial_judged", "Nguyễn An"), ("trial_judged", "Trần Bình"), ("trial_judged", "Trần Bình")]
    with office.store.reading() as session:
        assert scores(session) == [Score("hotspot-near-forest", 0, 1, 1), Score("other", 1, 0, 0)]
        assert {key: one.right for key, one in verdicts(session, [alert_name(1), alert_name(2)]).items()} == {
            alert_name(1): False
        }


def test_a_live_alert_has_no_verdict(office: Office) -> None:
    office.receive(transition(1))

    with office.store.writing() as session, pytest.raises(Permanent, match="not_on_trial"):
        judge(session, alert_name(1), "Nguyễn An", NOON, right=True)


def test_a_rule_from_its_trial_to_its_first_notice(office: Office) -> None:
    """Rule file, engine and desk together: two alerts on trial, judged; then `shadow` is taken out while one is on."""
    line = Timeline({"shadow": True}).at(0).reads(90).at(5).reads(10).at(9).reads(160)
    office.receive(*line.transitions)
    assert (live(office), told(office)) == ([], [])
    assert [(one.label, one.state) for one in tried(office)] == [("T002", "waiting"), ("T001", "ended")]
    with office.store.writing() as session:
        judge(session, tried(office)[1].alert_id, "Nguyễn An", NOON, right=False)

    before = len(line.transitions)
    line.under(rules({})).at(12).reads(300).at(13).reads(90).at(14).reads(10)
    office.receive(*line.transitions[before:])

    (matter,) = live(office)
    assert [one.change for one in line.transitions[before:]] == ["lowered", "cleared"]
    assert (matter.label, matter.state, matter.transition.revision) == ("1001", "ended", 3)
    assert told(office) == [f"{matter.alert_id}:2", f"{matter.alert_id}:3"]
    with office.store.reading() as session:
        assert scores(session) == [Score("tried", 0, 1, 1)]


def test_a_signal_is_nobodys_alert(office: Office) -> None:
    applied = office.receive(transition(1, emit="signal"), transition(2))

    assert [one.label for one in live(office)] == ["1001"]
    assert (applied.transitions, applied.refused) == (1, 0)
    assert told(office) == [f"{alert_name(2)}:1"]


def test_a_score_outlives_the_trial(office: Office) -> None:
    office.receive(transition(1, shadow=True))
    with office.store.writing() as session:
        judge(session, alert_name(1), "Nguyễn An", NOON, right=True)

    office.receive(transition(1, 2))

    with office.store.reading() as session:
        assert scores(session) == [Score("hotspot-near-forest", 1, 0, 0)]
