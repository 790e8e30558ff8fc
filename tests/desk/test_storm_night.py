"""The storm of A8: 500 alerts an hour for 12 simulated hours, on a desk with its database, in virtual time."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ioc.desk import storms
from ioc.desk.tables import AlertRow
from ioc.desk.tables_duty import MessageRow, WantRow
from ioc.errors import Permanent
from tests.desk.made import MINUTE, NOON, Office, alert_name
from tests.desk.night import HOUR, Night

SHIPPED = (Path(__file__).parents[2] / "config" / "routing.yaml").read_text(encoding="utf-8")
DUTIES = SHIPPED.replace("truc-ban", "officer").replace("truong-ca", "lead").replace("lanh-dao", "head")
COMMUNES = ("05818", "05443", "05488", "05500", "05503", "05551", "05611", "05710")
PER_HOUR, HOURS = 500, 12
MIX = ("moderate",) * 10 + ("minor",) * 6 + ("severe",) * 3


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """SQLite alone: what is judged here is who is told, and the other tests run on both databases."""
    return Office(tmp_path)


def storm(night: Night, hours: int, *, switched: bool) -> list[int]:
    """Eight or nine alerts each minute by the mix, every twentieth an SOS; an SOS is accepted, half of all end."""
    night.at(0)
    if switched:
        with night.office.store.writing() as session:
            storms.begin(session, "Bình", night.now)
    sos: list[int] = []
    kinds = itertools.cycle(MIX)
    nth = 0
    for minute in range(hours * 60):
        night.at(minute)
        new = []
        while nth < (minute + 1) * PER_HOUR // 60:
            nth += 1
            commune = COMMUNES[nth % len(COMMUNES)]
            worst = nth % 20 == 0
            given = {"rule": "sos-phone", "severity": "extreme"} if worst else {}
            night.given[nth] = given or {"rule": f"rule-{nth % 7}", "severity": next(kinds)}
            night.given[nth]["commune"] = commune
            new.append(nth)
            sos += [nth] if worst else []
        night.fires(*new)
        for one in sos[-1:]:
            if one in new:
                night.accepts(one, "An")
        over = [one - 40 for one in new if one % 2 == 0 and one > 40]
        if over:
            night.ends(*over)
    return sos


def judge(night: Night, sos: list[int], hours: int) -> None:
    with night.office.store.reading() as session:
        session.expire_on_commit = False
        messages = session.scalars(select(MessageRow).order_by(MessageRow.id)).all()
        wants = session.scalars(select(WantRow)).all()
        stored = dict(session.execute(select(AlertRow.alert_id, AlertRow.stored_at)).all())
    for who in {one.person for one in messages}:
        times = [one.at for one in messages if one.person == who and not one.at_once]
        for begin in times:
            assert sum(begin <= at < begin + HOUR for at in times) <= 20
    first = {want.alert_id: want.at for want in sorted(wants, key=lambda one: -one.id) if want.occasion == "alert"}
    by_id = {one.id: one for one in messages}
    told_at = {
        want.alert_id: by_id[want.message].at
        for want in sorted(wants, key=lambda one: -one.id)
        if want.message is not None and want.occasion == "alert"
    }
    for nth in sos:
        name = alert_name(nth)
        assert told_at[name] - stored[name] <= 2_000
        assert by_id[next(w.message for w in wants if w.alert_id == name and w.message)].form == "one"
    # Nothing is hidden without a count: each alert was told, alone or counted in a message, or was dropped because
    # somebody had it or it was over before its turn, or still waits for its turn.
    assert set(first) == set(stored)
    states = Counter(want.state for want in wants)
    assert set(states) <= {"told", "dropped", "waiting"}
    counted = sum(one.alerts for one in messages if one.form != "receipt")
    told = len({(want.message, want.alert_id) for want in wants if want.message is not None})
    assert counted == told
    assert len(stored) == hours * PER_HOUR
    # What an officer had on the phone first, minute by minute: of what left together the SOS.
    assert all(by_id[told.message].at_once for told in wants if told.alone and told.message is not None)


@pytest.mark.slow
def test_an_hour_of_storm_without_anybody_switching_the_mode_is_bounded_too(office: Office) -> None:
    night = Night(office, DUTIES)
    sos = storm(night, 1, switched=False)

    judge(night, sos, 1)
    with office.store.reading() as session:
        assert storms.new_alerts(session, night.now) > night.routing.file.limits.storm_over


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("IOC_LONG"), reason="the long form, by `scripts/long storm`: minutes of one core"
)
def test_twelve_hours_of_500_alerts(office: Office) -> None:
    night = Night(office, DUTIES, hours=48)
    sos = storm(night, HOURS, switched=True)
    judge(night, sos, HOURS)

    night.at(HOURS * 60 + 1)
    with office.store.writing() as session:
        found = storms.end(session, "Bình", night.now)
    night.at(HOURS * 60 + 2)
    assert found.alone + found.together >= found.alerts > 0
    (receipt,) = [(row.recipient, said) for row, said in night.notices() if said.occasion == "receipt"]
    assert receipt[0] == "Bình"
    assert receipt[1].tally is not None
    assert receipt[1].tally.alerts == found.alerts


def test_storm_mode_is_switched_on_once_and_off_once(office: Office) -> None:
    with office.store.writing() as session:
        first = storms.begin(session, "Bình", NOON)
        assert storms.begin(session, "Chi", NOON + MINUTE) == first
        assert storms.current(session) == ("Bình" and (NOON, "Bình"))
        storms.end(session, "Chi", NOON + HOUR)
        with pytest.raises(Permanent, match="no_storm"):
            storms.end(session, "Chi", NOON + HOUR)
        assert storms.current(session) is None
        assert session.scalar(select(func.count()).select_from(WantRow)) == 0
