"""Lịch trực from a file: read, compared with what the desk has, put in its place.

    duty,person,start,end                                       # CSV; times +07:00
    truc-ban,Nguyễn Văn An,2026-11-23 07:00,2026-11-23 15:00

YAML has the same fields below `shifts`, and `turns`: one person after the other, each as long, until a moment.

For each duty that it names a file speaks for the time from its first shift to its last: what the desk has there, has
not begun and does not stand in the file is withdrawn. A shift that runs is never taken from anybody; a stand-in does
that. Shifts that are over are counted, not written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ioc.alerts.duration import seconds
from ioc.alerts.rota import Shift, turns
from ioc.desk import rota
from ioc.desk.records import LARGEST, Reading, Record, records
from ioc.desk.tables_duty import ShiftRow

SHAPE: Final = {
    "shifts": ("duty", "person", "start", "end"),
    "turns": ("duty", "people", "start", "each", "until"),
}
LOCAL: Final = timezone(timedelta(hours=7))


class Change(NamedTuple):
    """What a file changes; a shift whose end moved stands in `changed`."""

    new: Sequence[Shift]
    changed: Sequence[Shift]
    withdrawn: Sequence[Shift]
    same: int
    over: int
    """Shifts of the file that are over already."""


def shifts(file: str, text: str, duties: Sequence[str], people: Sequence[str]) -> list[Shift]:
    """Every shift of a file; raises RuleMistakes. `duties` are those of the routes, `people` everybody with a contact."""
    reading = Reading(file)
    found: dict[tuple[str, str, int], Shift] = {}
    for record in records(reading, file, text, SHAPE):
        for one in _turns(reading, record) if record.kind == "turns" else _shift(reading, record):
            reading.named(record.line, "duty", one.duty, duties, "unknown_duty")
            reading.named(record.line, "person", one.person, people, "no_contact")
            if (one.duty, one.person, one.start) in found:
                reading.wrong(record.line, "start", "same_shift", name=one.person)
            found[one.duty, one.person, one.start] = one
            if reading.mistakes and record.kind == "turns":
                break
    if len(found) > LARGEST:
        reading.wrong(1, "-", "too_many", limit=str(LARGEST))
    reading.done()
    return list(found.values())


def moment(text: str) -> int:
    """Epoch ms of `2026-11-23 07:00`, which is +07:00 where it says no other; raises ValueError."""
    if len(text) < len("2026-11-23 07:00"):
        raise ValueError(text)
    given = datetime.fromisoformat(text)
    aware = given if given.tzinfo is not None else given.replace(tzinfo=LOCAL)
    return round(aware.timestamp() * 1000)


def _shift(reading: Reading, record: Record) -> Iterator[Shift]:
    start = reading.at(record.line, "start", record.text("start"), moment, "shift_time")
    end = reading.at(record.line, "end", record.text("end"), moment, "shift_time")
    if start is None or end is None:
        return
    if not 0 < end - start <= rota.LONGEST_MS:
        reading.wrong(record.line, "end", "shift_span", value=record.text("end"))
        return
    yield Shift(record.text("duty"), record.text("person"), start, end)


def _turns(reading: Reading, record: Record) -> Iterator[Shift]:
    start = reading.at(record.line, "start", record.text("start"), moment, "shift_time")
    until = reading.at(record.line, "until", record.text("until"), moment, "shift_time")
    each = reading.at(record.line, "each", record.text("each"), seconds, "duration")
    given = record.fields.get("people", [])
    if not isinstance(given, list) or not given:
        reading.wrong(record.line, "people", "needs_list", name="people")
        return
    if start is None or until is None or each is None:
        return
    length = round(each * 1000)
    if until <= start or not 0 < length <= rota.LONGEST_MS:
        reading.wrong(record.line, "each", "shift_span", value=record.text("each"))
        return
    if (until - start) // length > LARGEST:
        reading.wrong(record.line, "until", "too_many", limit=str(LARGEST))
        return
    yield from turns(record.text("duty"), given, start, length, until)


def compare(session: Session, given: Sequence[Shift], now: int) -> Change:
    """What would change; nothing is written."""
    ahead = [one for one in given if one.end > now]
    spans: dict[str, tuple[int, int]] = {}
    for one in given:
        begin, end = spans.get(one.duty, (one.start, one.end))
        spans[one.duty] = (min(begin, one.start), max(end, one.end))
    rows = session.scalars(select(ShiftRow).where(ShiftRow.end_at > now, ShiftRow.duty.in_(spans)))
    known = {(row.duty, row.person, row.start_at): row.end_at for row in rows}
    wanted = {(one.duty, one.person, one.start): one for one in ahead}
    gone = [
        Shift(*key, end)
        for key, end in known.items()
        if key not in wanted and key[2] > now and spans[key[0]][0] <= key[2] < spans[key[0]][1]
    ]
    new = [one for key, one in wanted.items() if key not in known]
    changed = [one for key, one in wanted.items() if key in known and known[key] != one.end]
    return Change(
        new,
        changed,
        sorted(gone, key=lambda one: (one.start, one.duty, one.person)),
        len(ahead) - len(new) - len(changed),
        len(given) - len(ahead),
    )


def put(session: Session, change: Change, by: str, now: int) -> None:
    """Make the change, a line of audit for each shift."""
    for one in change.withdrawn:
        rota.withdraw(session, one, by, now)
    for one in (*change.new, *change.changed):
        rota.add_shift(session, one, by, now)
