"""Lịch trực in the desk: shifts, stand-ins and swaps as people make them, and who can be reached how.

What was served is only added to (a shift that has not begun can be withdrawn); who is on duty is asked of
`ioc.alerts.rota` at a moment. Acts raise Permanent with what is wrong, change nothing twice, and leave a line of audit.
Run them in a writing transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ioc.alerts.chain import Person
from ioc.alerts.rota import DAY_MS, Change, Gap, Rota, Shift
from ioc.desk import audit
from ioc.desk.acts.act import person as named
from ioc.desk.tables_duty import AddressRow, ContactRow, RotaChangeRow, ShiftRow
from ioc.errors import Permanent
from ioc.words import LANGS, Lang

LONGEST_MS: Final = 7 * DAY_MS
"""One shift: nobody serves a week without being relieved."""
BEHIND_MS: Final = 14 * DAY_MS
"""How far back a rota is read: the last who had a duty answers for it until somebody comes."""


def rota(session: Session, since: int) -> Rota:
    """The rota around and after a moment."""
    begin = since - BEHIND_MS
    shifts = session.scalars(select(ShiftRow).where(ShiftRow.end_at > begin).order_by(ShiftRow.start_at, ShiftRow.id))
    changes = session.scalars(select(RotaChangeRow).where(RotaChangeRow.end_at > begin).order_by(RotaChangeRow.id))
    gone = session.scalars(select(ContactRow.person).where(ContactRow.gone_at.is_not(None)))
    return Rota(
        [Shift(row.duty, row.person, row.start_at, row.end_at) for row in shifts],
        [Change(row.duty, row.person, row.start_at, row.end_at, row.instead_of) for row in changes],
        frozenset(gone),
    )


def people(session: Session, channels: Iterable[str]) -> dict[str, Person]:
    """Everybody who can be told, with the addresses on these channels; who has left is not among them."""
    wanted = set(channels)
    addresses: dict[str, dict[str, str]] = {}
    for row in session.scalars(select(AddressRow)):
        if row.channel in wanted and row.address:
            addresses.setdefault(row.person, {})[row.channel] = row.address
    return {
        row.person: Person(row.person, addresses.get(row.person, {}), _lang(row.lang))
        for row in session.scalars(select(ContactRow).where(ContactRow.gone_at.is_(None)))
    }


def _lang(text: str) -> Lang:
    return next((lang for lang in LANGS if lang == text), "vi")


def add_shift(session: Session, given: Shift, by: str, now: int) -> None:
    """Put somebody on a duty; raises Permanent for a span that cannot be."""
    who, maker = named(given.person), named(by)
    _span(given.start, given.end)
    same = select(ShiftRow).where(ShiftRow.duty == given.duty, ShiftRow.person == who, ShiftRow.start_at == given.start)
    row = session.scalar(same)
    if row is not None and row.end_at == given.end:
        return
    if row is None:
        row = ShiftRow(duty=given.duty, person=who, start_at=given.start, made_by=maker, made_at=now, end_at=given.end)
        session.add(row)
    row.end_at, row.made_by, row.made_at = given.end, maker, now
    details = {"person": who, "start": given.start, "end": given.end}
    audit.append(session, at=now, actor=maker, action="shift", subject=f"duty:{given.duty}", details=details)


def withdraw(session: Session, given: Shift, by: str, now: int) -> None:
    """Take back a shift that has not begun; one that has is left to a stand-in. Withdrawn twice changes nothing."""
    maker = named(by)
    same = select(ShiftRow).where(
        ShiftRow.duty == given.duty, ShiftRow.person == given.person, ShiftRow.start_at == given.start
    )
    row = session.scalar(same)
    if row is None or row.start_at <= now:
        return
    details = {"person": row.person, "start": row.start_at, "end": row.end_at}
    session.delete(row)
    audit.append(session, at=now, actor=maker, action="shift_withdrawn", subject=f"duty:{given.duty}", details=details)


def change(session: Session, given: Change, by: str, now: int) -> None:
    """Let somebody stand in; raises Permanent where the one he replaces has no such shift, or for a span in the past."""
    who, maker = named(given.person), named(by)
    _span(given.start, given.end)
    if given.end <= now:
        raise Permanent("rota_past")
    known = rota(session, min(given.start, now))
    if given.instead_of and given.instead_of not in known.on_duty(given.duty, given.start):
        raise Permanent("rota_not_on_duty", person=given.instead_of)
    session.add(
        RotaChangeRow(
            duty=given.duty,
            person=who,
            instead_of=given.instead_of,
            start_at=given.start,
            end_at=given.end,
            made_by=maker,
            made_at=now,
        )
    )
    details = {"person": who, "instead_of": given.instead_of, "start": given.start, "end": given.end}
    audit.append(session, at=now, actor=maker, action="stand_in", subject=f"duty:{given.duty}", details=details)


def _span(start: int, end: int) -> None:
    if not 0 < end - start <= LONGEST_MS:
        raise Permanent("rota_span")


def set_contact(
    session: Session, name: str, addresses: Mapping[str, str], *, by: str, now: int, lang: Lang = "vi"
) -> None:
    """How somebody is reached, whole: what is not named here is no longer used. The audit keeps no address."""
    who, maker = named(name), named(by)
    row = session.get(ContactRow, who)
    if row is None:
        row = ContactRow(person=who, lang=lang)
        session.add(row)
    row.lang, row.gone_at = lang, None
    session.execute(delete(AddressRow).where(AddressRow.person == who))
    session.add_all(
        AddressRow(person=who, channel=channel, address=address) for channel, address in addresses.items() if address
    )
    details = {"channels": sorted(name for name, address in addresses.items() if address)}
    audit.append(session, at=now, actor=maker, action="contact", subject=f"person:{who}"[:128], details=details)


def leave(session: Session, name: str, by: str, now: int) -> list[Shift]:
    """Somebody serves no longer: nobody pages him again. Gives the shifts that are now without him."""
    who, maker = named(name), named(by)
    row = session.get(ContactRow, who)
    if row is None:
        row = ContactRow(person=who, lang="vi")
        session.add(row)
    if row.gone_at is None:
        row.gone_at = now
        audit.append(session, at=now, actor=maker, action="left", subject=f"person:{who}"[:128], details={})
    left = session.scalars(select(ShiftRow).where(ShiftRow.person == who, ShiftRow.end_at > now))
    return [Shift(one.duty, one.person, one.start_at, one.end_at) for one in left]


def gaps(known: Rota, duties: Iterable[str], since: int, until: int) -> list[Gap]:
    """Every moment of a span in which a duty has nobody."""
    return [gap for duty in duties for gap in known.gaps(duty, since, until)]


def unreachable(known: Rota, reachable: Mapping[str, Person], duties: Sequence[str], at: int) -> list[str]:
    """Duties for which nobody can be reached at a moment."""
    return [
        duty
        for duty in duties
        if not any(who in reachable and reachable[who].addresses for who in known.responsible(duty, at))
    ]
