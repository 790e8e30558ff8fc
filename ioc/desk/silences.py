"""Silences and maintenance windows in the desk: made by people, counted while they hold, ended with a receipt.

Whether an alert is muted is never stored: `of_moment` gives the silences of a moment, and `ioc.alerts.mute.muted` says
which of them holds an alert back. What one held back is noted once per alert, so that its receipt can count. A silence
ends at its time, by a person, or by itself when nothing in its area has fired for an hour.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ioc.alerts.active import MINUTE_MS, Active, local_day
from ioc.alerts.mute import LONGEST_MS, QUIET_MS, Area, Silence, Window
from ioc.desk import audit
from ioc.desk.acts.act import person
from ioc.desk.tables import AlertRow
from ioc.desk.tables_duty import HiddenRow, RunRow, SilenceRow, WindowRow
from ioc.errors import Permanent
from ioc.events import SEVERITIES
from ioc.events.envelope import Severity, clip

SHORTEST_MS: Final = 5 * MINUTE_MS
REASON: Final = 200
"""Characters of a reason."""
DAYS: Final = 366
"""A maintenance window is renewed each year."""


class Made(NamedTuple):
    """A silence or window by the name it has everywhere: `s7`, `w2`."""

    name: str
    ends_at: int


class Hid(NamedTuple):
    """What a silence held back: alerts, how many of them extreme or severe, how many are still on."""

    alerts: int
    grave: int
    still_firing: int


def silence(session: Session, area: Area, *, until: int, reason: str, by: str, up_to: Severity, now: int) -> Made:
    """Hold back what is in an area and no graver than `up_to`; raises Permanent for what nobody should silence."""
    owner, why = person(by), _reason(reason)
    _narrow(area)
    if not SHORTEST_MS <= until - now <= LONGEST_MS:
        raise Permanent("silence_span")
    row = SilenceRow(
        rule=area.rule,
        source=area.source,
        communes=" ".join(sorted(area.communes)),
        domain=area.domain,
        feed=area.feed,
        up_to=SEVERITIES.index(up_to),
        owner=owner,
        reason=why,
        made_at=now,
        starts_at=now,
        ends_at=until,
        last_match=now,
        ended_why="",
    )
    session.add(row)
    session.flush()
    look_again(session, now)
    details = {**_area_details(area), "until": until, "reason": why, "up_to": up_to}
    audit.append(session, at=now, actor=owner, action="silence", subject=f"s{row.id}", details=details)
    return Made(f"s{row.id}", until)


def end(session: Session, name: str, by: str, now: int) -> None:
    """End a silence or a window now; what it held back asks for people again. Ending it twice changes nothing."""
    who = person(by)
    row: SilenceRow | WindowRow | None = None
    if name[1:].isdecimal() and len(name) < 12:
        nth = int(name[1:])
        row = session.get(SilenceRow, nth) if name[0] == "s" else session.get(WindowRow, nth)
    if row is None:
        raise Permanent("silence_unknown")
    if row.ended_at is not None:
        return
    if isinstance(row, SilenceRow):
        row.ended_at, row.ended_why = now, "person"
    else:
        row.ended_at = now
        row.turn_ends = now if row.turn_at is not None else None
    look_again(session, now)
    audit.append(session, at=now, actor=who, action="silence_end", subject=name, details={"owner": row.owner})


def window(
    session: Session,
    area: Area,
    when: Active,
    *,
    first: int,
    last: int,
    reason: str,
    by: str,
    up_to: Severity,
    now: int,
) -> Made:
    """A maintenance window on local days `first` to `last`; raises Permanent as `silence`."""
    owner, why = person(by), _reason(reason)
    _narrow(area)
    if not 0 <= last - first < DAYS or last < local_day(now) or when.hours is None:
        raise Permanent("window_span")
    row = WindowRow(
        rule=area.rule,
        source=area.source,
        communes=" ".join(sorted(area.communes)),
        domain=area.domain,
        feed=area.feed,
        up_to=SEVERITIES.index(up_to),
        owner=owner,
        reason=why,
        made_at=now,
        hours=when.hours,
        days=" ".join(when.days),
        holidays=when.holidays,
        first=first,
        last=last,
    )
    session.add(row)
    session.flush()
    look_again(session, now)
    details = {**_area_details(area), "hours": when.hours, "days": list(when.days), "reason": why, "up_to": up_to}
    audit.append(session, at=now, actor=owner, action="window", subject=f"w{row.id}", details=details)
    return Made(f"w{row.id}", last)


def _reason(given: str) -> str:
    why = clip(" ".join(given.split()), REASON)
    if len(why) < 3:
        raise Permanent("silence_reason")
    return why


def _narrow(area: Area) -> None:
    if not area.narrow:
        raise Permanent("silence_too_wide")


def _area_details(area: Area) -> dict[str, object]:
    named = {"rule": area.rule, "source": area.source, "domain": area.domain, "feed": area.feed}
    return {**{k: v for k, v in named.items() if v}, **({"communes": sorted(area.communes)} if area.communes else {})}


def look_again(session: Session, now: int) -> None:
    """Alerts that are muted, or may now be, are judged anew."""
    session.execute(update(RunRow).where(RunRow.open).values(due_at=now))


def area_of(row: SilenceRow | WindowRow) -> Area:
    """Which alerts a stored silence means."""
    return Area(row.rule, row.source, frozenset(row.communes.split()), row.domain, row.feed)


def as_silence(row: SilenceRow) -> Silence:
    """A stored silence as it is judged."""
    ends = row.ends_at if row.ended_at is None else min(row.ends_at, row.ended_at)
    return Silence(f"s{row.id}", area_of(row), row.starts_at, ends, SEVERITIES[row.up_to])


def as_window(row: WindowRow) -> Window:
    """A stored window as it is judged."""
    when = Active.model_validate({"hours": row.hours, "days": row.days.split(), "holidays": row.holidays})
    return Window(f"w{row.id}", area_of(row), when, row.first, row.last, SEVERITIES[row.up_to])


def standing(session: Session) -> list[SilenceRow]:
    """Silences that have not ended."""
    wanted = select(SilenceRow).where(SilenceRow.ended_at.is_(None)).order_by(SilenceRow.ends_at, SilenceRow.id)
    return list(session.scalars(wanted))


def windows(session: Session) -> list[WindowRow]:
    """Maintenance windows that have not ended."""
    return list(session.scalars(select(WindowRow).where(WindowRow.ended_at.is_(None)).order_by(WindowRow.id)))


def of_moment(session: Session, now: int, holidays: Collection[int] = ()) -> list[Silence]:
    """Everything that mutes at a moment: silences, and the turns of windows that are on."""
    found = [one for one in map(as_silence, standing(session)) if one.starts_at <= now < one.ends_at]
    turns = (as_window(row).turn(now, holidays) for row in windows(session))
    return [*found, *(one for one in turns if one is not None)]


def note_hidden(session: Session, one: Silence, alert_id: str, severity: int, now: int) -> None:
    """Count an alert that this silence holds back, once, with the worst it was; the silence is still of use."""
    row = session.get(HiddenRow, (one.name, alert_id))
    if row is None:
        session.add(HiddenRow(silence=one.name, alert_id=alert_id, severity=severity, at=now))
        session.flush()
    elif severity > row.severity:
        row.severity = severity
    if not one.window:
        session.execute(update(SilenceRow).where(SilenceRow.id == int(one.name[1:])).values(last_match=now))


def hid(session: Session, name: str) -> Hid:
    """What a silence has held back so far."""
    counted = select(HiddenRow.severity, func.count()).where(HiddenRow.silence == name).group_by(HiddenRow.severity)
    by_severity: dict[int, int] = {row[0]: row[1] for row in session.execute(counted)}
    grave = sum(count for severity, count in by_severity.items() if severity >= SEVERITIES.index("severe"))
    firing = select(func.count()).where(
        HiddenRow.silence == name, HiddenRow.alert_id == AlertRow.alert_id, AlertRow.status == "firing"
    )
    return Hid(sum(by_severity.values()), grave, session.execute(firing).scalar_one())


class Ended(NamedTuple):
    """A silence, or a turn of a window, that is over and owes its receipt."""

    name: str
    owner: str
    reason: str
    area: Area
    since: int
    until: int
    why: str


def ended_by(session: Session, now: int, holidays: Collection[int] = ()) -> Sequence[Ended]:
    """End what is over by its time or because nothing fires there any more; each is given once, for its receipt."""
    found: list[Ended] = []
    for row in session.scalars(select(SilenceRow).where(SilenceRow.receipt_at.is_(None))).all():
        if row.ended_at is None and row.ends_at <= now:
            row.ended_at, row.ended_why = row.ends_at, "time"
        elif row.ended_at is None and row.last_match + QUIET_MS <= now and not _firing(session, row, now):
            row.ended_at, row.ended_why = now, "quiet"
        if row.ended_at is None:
            continue
        row.receipt_at = now
        since, until, why = row.starts_at, row.ended_at, row.ended_why
        found.append(Ended(f"s{row.id}", row.owner, row.reason, area_of(row), since, until, why))
        if why != "person":
            details = {"why": why}
            audit.append(session, at=now, actor=audit.DESK, action="silence_end", subject=f"s{row.id}", details=details)
    for turned in session.scalars(select(WindowRow).where(WindowRow.turn_at.is_not(None))).all():
        begin, ends = turned.turn_at or 0, turned.turn_ends or 0
        if ends <= now:
            name, area = f"w{turned.id}@{begin}", area_of(turned)
            found.append(Ended(name, turned.owner, turned.reason, area, begin, ends, "time"))
            turned.turn_at = turned.turn_ends = None
    for one in windows(session):
        turn = as_window(one).turn(now, holidays)
        if turn is not None and one.turn_at is None:
            one.turn_at, one.turn_ends = turn.starts_at, turn.ends_at
            look_again(session, now)
    if found:
        look_again(session, now)
    return found


def _firing(session: Session, row: SilenceRow, now: int) -> bool:
    """Whether something that it held back is still on; if so it counts as seen now."""
    on = select(HiddenRow.alert_id).join(AlertRow, AlertRow.alert_id == HiddenRow.alert_id)
    found = session.scalar(on.where(HiddenRow.silence == f"s{row.id}", AlertRow.status == "firing").limit(1))
    if found is not None:
        row.last_match = now
    return found is not None


def next_end(session: Session, now: int, holidays: Collection[int] = ()) -> int | None:
    """When a silence next ends by its time or for quiet, or a window's turn begins or ends."""
    times: list[int] = []
    for row in standing(session):
        times += [row.ends_at, row.last_match + QUIET_MS]
    for window_row in windows(session):
        if window_row.turn_ends is not None:
            times.append(window_row.turn_ends)
        begin = as_window(window_row).next_turn(now, holidays)
        if begin is not None:
            times.append(begin)
    return min(times, default=None)
