"""Whatever people and data do, in whatever order and however often it is sent: no act is lost, none is done twice."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.alerts.lifecycle import ACTS, HAPPENS, TABLE, Act, State
from ioc.console.doing import do
from ioc.desk import audit, board
from ioc.desk.acts.act import Asked, Done
from ioc.errors import Permanent
from ioc.events import SEVERITIES
from tests.desk.made import MINUTE, NOON, Office, transition

PEOPLE = ("Nguyễn Văn An", "Lê Thị Bình", "Trần Văn Công")
FIELDS = {
    "assign": {"to": PEOPLE[2]},
    "hand": {"unit": "Hạt Kiểm lâm", "due": "30"},
    "report": {"text": "Đã xong"},
    "comment": {"text": "Có khói"},
    "call": {"outcome": "answered", "number": "114"},
    "snooze": {"until": "10"},
    "verify": {"how": "phone"},
    "false_alarm": {"cause": "weather"},
    "merge": {"into": "1002"},
}


class Step(NamedTuple):
    """An act of somebody, or what the data do; an act may be sent again under its key."""

    what: str
    who: str
    again: bool


steps = st.lists(
    st.builds(Step, st.sampled_from([*ACTS, "fire", "end", "worse"]), st.sampled_from(PEOPLE), st.booleans()),
    max_size=25,
)


class Naive:
    """The table and a few facts, in memory."""

    def __init__(self) -> None:
        self.state = State("firing", "unaccepted")
        self.severity = self.dealt = 1
        self.revision = 1
        self.acts: list[str] = []

    def happens(self, what: str) -> None:
        self.revision += 1
        if what == "worse":
            self.severity = min(self.severity + 1, 4)
        before = self.state
        self.state = HAPPENS[self.state, "end" if what == "end" else "fire"]
        if self.state.data == "firing" and self.severity > self.dealt and self.state.people != "unaccepted":
            self.state = HAPPENS[self.state, "worsen"]
        if self.state.people != before.people:
            self.acts.append("asks_again")

    def acts_on(self, act: Act, done: Done | None) -> None:
        """What an act that was taken must have led to; None where it was refused."""
        then = TABLE[self.state, act]
        if done is None or done.change == 0:
            return
        assert isinstance(then, State), f"{act} was taken in {self.state}"
        if act in {"accept", "assign", "hand", "false_alarm", "merge", "reopen"}:
            self.dealt = self.severity
        self.state = then
        self.acts.append(act)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_the_desk_ends_where_the_table_says_and_every_act_stands_in_the_audit_once(life: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder), ())
        office.receive(transition(1, severity="minor"), transition(2, severity="minor"))
        naive = Naive()
        for nth, step in enumerate(life):
            live(office, naive, step, nth)
        with office.store.reading() as session:
            case = board.find(session, "1001")
            assert case is not None
            assert audit.verify(session) is None
        office.store.close()
    told = case.matter.transition
    assert (told.status, case.matter.work.people) == naive.state
    assert [line.action for line in case.acts] == naive.acts
    assert (case.matter.work.due_at is not None) <= (case.matter.work.people in {"accepted", "handed"})
    assert (case.matter.seen_by is not None) == (case.matter.work.people == "closed")


def live(office: Office, naive: Naive, step: Step, nth: int) -> None:
    now = NOON + nth * MINUTE
    if step.what in {"fire", "end", "worse"}:
        naive.happens(step.what)
        status = "resolved" if step.what == "end" else "firing"
        office.receive(transition(1, naive.revision, status=status, severity=SEVERITIES[naive.severity]))
        return
    (act,) = [known for known in ACTS if known == step.what]
    asked = Asked(step.who, now, f"act-number-{nth}")
    done = perform(office, act, asked)
    naive.acts_on(act, done)
    if step.again and done is not None and done.change:
        again = perform(office, act, asked)
        assert again == done._replace(change=0), "sent again under its key it is answered again"


def perform(office: Office, act: Act, asked: Asked) -> Done | None:
    try:
        with office.store.writing() as session:
            return do(session, act, "1001", asked, FIELDS.get(act, {}))
    except Permanent:
        return None
