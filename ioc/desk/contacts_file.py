"""Who can be reached how, from a file: read, compared with what the desk has, put in its place.

    person,lang,sms,voice,zalo,mail                     # CSV: one column per channel of the routes
    Nguyễn Văn An,vi,+84...,+84...,,an@example.org

YAML has the same fields below `people`. A person of the file is set whole; one who stands only in the desk stays as he
is, or has left, as the caller asks. Addresses never go into the audit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ioc.alerts.rota import Shift
from ioc.desk import rota
from ioc.desk.acts.act import person
from ioc.desk.records import Reading, Record, records
from ioc.desk.tables_duty import AddressRow, ContactRow, ShiftRow
from ioc.errors import Permanent
from ioc.words import LANGS, Lang

TELEPHONES: Final = ("sms", "voice")
"""Channels whose address is a telephone number."""
_NUMBER: Final = re.compile(r"\+[0-9]{8,15}", re.ASCII)
"""E.164: at most 15 digits (ITU-T E.164, 6.1)."""
_LOCAL: Final = re.compile(r"0[0-9]{9,10}", re.ASCII)
"""A number as it is dialled within Viet Nam."""


class Contact(NamedTuple):
    """One person; `addresses`: channel -> address in its own form, telephones with their country."""

    name: str
    lang: Lang
    addresses: Mapping[str, str]


class Change(NamedTuple):
    """What a file changes: names by what becomes of them, each name in one of them."""

    new: Sequence[Contact]
    changed: Sequence[Contact]
    same: Sequence[str]
    kept: Sequence[str]
    """In the desk, not in the file, left as they are."""
    left: Sequence[str]
    """In the desk, not in the file, who serve no longer."""


def contacts(file: str, text: str, channels: Sequence[str]) -> list[Contact]:
    """Everybody in a file; raises RuleMistakes naming all that is wrong with it."""
    reading = Reading(file)
    found: dict[str, Contact] = {}
    for record in records(reading, file, text, {"people": ("person", "lang", *channels)}):
        one = _contact(reading, record, channels)
        if one is None:
            continue
        if one.name in found:
            reading.wrong(record.line, "person", "same_person", name=one.name)
        found[one.name] = one
    reading.done()
    return list(found.values())


def _contact(reading: Reading, record: Record, channels: Sequence[str]) -> Contact | None:
    name = _name(reading, record)
    lang = next((one for one in LANGS if one == (record.text("lang") or "vi")), None)
    if lang is None:
        reading.wrong(record.line, "lang", "one_of", value=record.text("lang"), known=", ".join(LANGS))
    addresses: dict[str, str] = {}
    for channel in channels:
        given = record.text(channel)
        if not given:
            continue
        address = _address(channel, given)
        if address is None:
            code = "telephone" if channel in TELEPHONES else "mail_address" if channel == "mail" else "chat_address"
            reading.wrong(record.line, channel, code, value=given)
        else:
            addresses[channel] = address
    return Contact(name, lang, addresses) if name and lang else None


def _name(reading: Reading, record: Record) -> str:
    try:
        return person(record.text("person"))
    except Permanent:
        reading.wrong(record.line, "person", "person_name", value=record.text("person"))
        return ""


def _address(channel: str, given: str) -> str | None:
    """An address as the desk keeps it; None where it can be none."""
    if channel in TELEPHONES:
        number = re.sub(r"[ .()-]", "", given)
        number = f"+84{number[1:]}" if _LOCAL.fullmatch(number) else number
        return number if _NUMBER.fullmatch(number) else None
    if " " in given:
        return None
    if channel == "mail":
        box, _, host = given.partition("@")
        return given if box and "." in host.strip(".") and "@" not in host else None
    return given


def compare(session: Session, given: Iterable[Contact], *, leave: bool) -> Change:
    """What would change; nothing is written."""
    addresses: dict[str, dict[str, str]] = {}
    for row in session.scalars(select(AddressRow)):
        addresses.setdefault(row.person, {})[row.channel] = row.address
    known = {
        row.person: (row.lang, addresses.get(row.person, {}))
        for row in session.scalars(select(ContactRow).where(ContactRow.gone_at.is_(None)))
    }
    wanted = {one.name: one for one in given}
    others = sorted(set(known) - set(wanted))
    same = [name for name, one in wanted.items() if known.get(name) == (one.lang, dict(one.addresses))]
    return Change(
        new=[one for one in wanted.values() if one.name not in known],
        changed=[one for one in wanted.values() if one.name in known and one.name not in same],
        same=same,
        kept=[] if leave else others,
        left=others if leave else [],
    )


def orphaned(session: Session, change: Change, now: int) -> list[Shift]:
    """Shifts of those who leave that are not over: nobody has them then."""
    rows = session.scalars(select(ShiftRow).where(ShiftRow.end_at > now).order_by(ShiftRow.start_at, ShiftRow.id))
    leaving = set(change.left)
    return [Shift(row.duty, row.person, row.start_at, row.end_at) for row in rows if row.person in leaving]


def put(session: Session, change: Change, by: str, now: int) -> None:
    """Make the change, a line of audit for each person."""
    for one in (*change.new, *change.changed):
        rota.set_contact(session, one.name, one.addresses, by=by, now=now, lang=one.lang)
    for name in change.left:
        rota.leave(session, name, by, now)
