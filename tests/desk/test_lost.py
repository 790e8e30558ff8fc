from __future__ import annotations

from sqlalchemy import select

from ioc.alerts.alert import Position
from ioc.desk import audit, board
from ioc.desk.tables import NoticeRow
from tests.desk.made import CLUSTER, Office, alert_name, chunk, ended, listed, records, transition

OTHER_INPUT = "cd" * 16


def open_alerts(office: Office) -> list[int]:
    """Numbers of the alerts that are still on."""
    with office.store.reading() as session:
        found = [m for m in board.snapshot(session).matters if m.transition.status == "firing"]
    return sorted(int(m.alert_id, 16) for m in found)


def change_of(office: Office, nth: int) -> str:
    with office.store.reading() as session:
        found = board.find(session, alert_name(nth))
    assert found
    return found.matter.transition.change


def test_an_alert_opened_before_the_list_and_not_named_ends_with_its_reason(office: Office) -> None:
    office.receive(transition(1), transition(2))
    office.apply(chunk([listed(2, 5, alert_name(2), at=10_000)]))

    assert open_alerts(office) == [2]
    assert change_of(office, 1) == "state_lost"
    with office.store.reading() as session:
        keys = session.scalars(select(NoticeRow.key).order_by(NoticeRow.id)).all()
        acts = [line.action for line in audit.lines(session, alert_name(1))]
    assert keys[-1] == f"{alert_name(1)}:1:state_lost"
    assert acts == ["state_lost"]


def test_an_alert_opened_after_the_list_is_left_alone(office: Office) -> None:
    office.apply(chunk([listed(0, 5, at=150), *records(transition(1), transition(2), start=1)]))

    assert open_alerts(office) == [2], "input offsets are 101 and 201, the list speaks of what lies before 150"


def test_a_list_of_an_older_generation_says_nothing(office: Office) -> None:
    office.receive(transition(1))
    office.apply(chunk([listed(1, 7, alert_name(1), at=10_000), listed(2, 6, at=10_000)]))

    assert open_alerts(office) == [1]


def test_a_list_of_another_input_partition_or_domain_says_nothing(office: Office) -> None:
    office.receive(transition(1, domain="camera"))
    office.apply(chunk([listed(1, 7, at=10_000)]))

    assert open_alerts(office) == [1]


def test_a_list_ends_only_what_was_judged_over_its_own_input(office: Office) -> None:
    """Of one domain and partition: judged in place, and by the stage that reads signals."""
    signals = Position("ef" * 16, 0, 50, "signals")
    office.receive(transition(1), transition(2, input=signals), transition(3, domain="camera", input=signals))
    office.apply(chunk([listed(3, 7, at=10_000)]))
    assert open_alerts(office) == [2, 3]

    office.apply(chunk([listed(4, 2, alert_name(3), at=51, topic_id="ef" * 16, topic="signals")]))
    assert open_alerts(office) == [3], "a generation of another input counts for itself"


def test_a_list_is_acted_on_only_when_the_partition_is_read_to_its_end(office: Office) -> None:
    office.apply(chunk([*records(transition(1)), listed(1, 3, at=10_000)], highwater=3))
    assert open_alerts(office) == [1]

    office.apply(chunk([listed(2, 4, alert_name(1), at=10_000)], highwater=3))

    assert open_alerts(office) == [1], "the younger list names it"


def test_reading_the_log_again_under_a_new_cluster_ends_nothing_that_is_open(office: Office) -> None:
    first_life = [listed(0, 3, at=0), *records(transition(1), start=1)]
    office.apply(chunk(first_life))
    office.receive(ended(2, 1))

    # The next broker is given the log back, and the input topic is made anew, its offsets beginning at 0.
    office.begin("cluster-b", "20" * 16)
    second_life = [*first_life, listed(2, 1, alert_name(1), at=0, topic_id=OTHER_INPUT)]
    office.apply(chunk(second_life, cluster_id="cluster-b", topic_id="20" * 16))

    assert open_alerts(office) == [1]


def test_an_alert_of_an_input_topic_that_is_gone_ends_when_the_new_worker_does_not_name_it(office: Office) -> None:
    office.receive(transition(1), transition(2))

    office.begin("cluster-b", "20" * 16)
    again = [*records(transition(1)), listed(1, 1, alert_name(1), at=0, topic_id=OTHER_INPUT)]
    office.apply(chunk(again, cluster_id="cluster-b", topic_id="20" * 16))

    assert open_alerts(office) == [1], "alert 2 stands neither in the new log nor in the list"
    assert change_of(office, 2) == "state_lost"


def test_a_later_transition_of_an_alert_that_was_given_up_brings_it_back(office: Office) -> None:
    office.receive(transition(1))
    office.apply(chunk([listed(1, 5, at=10_000)]))

    office.receive(transition(1, 2, severity="extreme"))

    assert open_alerts(office) == [1]


def test_the_same_list_read_twice_acts_once(office: Office) -> None:
    office.receive(transition(1))
    again = listed(1, 5, at=10_000)
    office.apply(chunk([again]))
    office.receive(transition(1, 2))
    office.begin(CLUSTER)
    office.at[0] = 3

    office.apply(chunk([again._replace(offset=3)], highwater=4))

    assert open_alerts(office) == []
    with office.store.reading() as session:
        assert len(list(audit.lines(session, alert_name(1)))) == 2
