"""Danh bạ trực: whom to call of which unit, by commune, domain and hour; from a CSV file, searched, checked for holes.

Empty communes, domains or hours of an entry mean all of them. A card shows the entries that fit its alert, the nearest
first: one that names the commune before one that names only the domain, then by rank.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ioc.alerts.active import DAY_MS, LOCAL_MS, Active, compile_active, local_day, minutes
from ioc.desk import audit
from ioc.desk.acts.act import person
from ioc.desk.tables_duty import DirectoryRow
from ioc.errors import Permanent
from ioc.events.domains import DOMAINS
from ioc.events.envelope import clip
from ioc.places.names import collation_key, search_fold

COLUMNS: Final = (
    "unit",
    "name",
    "communes",
    "domains",
    "hours",
    "office",
    "mobile",
    "deputy",
    "deputy_mobile",
    "verified",
    "rank",
)
LARGEST: Final = 20_000
"""Entries of one file: 92 communes with two hundred each."""
STALE_DAYS: Final = 90
"""A number that nobody has checked for so long is said to be so (A2)."""
_PHONE = re.compile(r"\+?\d{3,15}")


class Entry(NamedTuple):
    """One line of the directory; `verified` is the local day of the last check, None where nobody has."""

    unit: str
    name: str = ""
    communes: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    hours: str = ""
    office: str = ""
    mobile: str = ""
    deputy: str = ""
    deputy_mobile: str = ""
    verified: int | None = None
    rank: int = 50

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number of it, the first to call first."""
        return tuple(one for one in (self.mobile, self.office, self.deputy_mobile) if one)

    def fits(self, commune: str | None, domain: str, at: int) -> bool:
        """Whether it is for this place and domain at this moment (epoch ms)."""
        here = not self.communes or commune in self.communes
        return here and (not self.domains or domain in self.domains) and self._on(at)

    def _on(self, at: int) -> bool:
        return not self.hours or compile_active(Active(hours=self.hours), ())(at)

    def stale(self, at: int) -> bool:
        """Whether its numbers were not verified within 90 days."""
        return self.verified is None or local_day(at) - self.verified > STALE_DAYS


class Slip(NamedTuple):
    """One thing wrong with a file: the line as a spreadsheet counts it, the column, why (words `directory.<code>`)."""

    line: int
    column: str
    code: str
    value: str = ""


class Hole(NamedTuple):
    """A commune and domain for which nobody can be called at some hour."""

    commune: str
    domain: str


def read(text: str, communes: Iterable[str]) -> tuple[list[Entry], list[Slip]]:
    """Entries of a CSV file with a line of column names, and everything that is wrong with it.

    Comma or semicolon, with or without a byte order mark: as spreadsheets write it here.
    """
    known = frozenset(communes)
    first = text.removeprefix("\ufeff").partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";" if ";" in first else ",")
    names = [name.strip() for name in reader.fieldnames or ()]
    unknown = [Slip(1, name, "column") for name in names if name not in COLUMNS]
    if unknown or "unit" not in names:
        return [], unknown or [Slip(1, "unit", "missing")]
    reader.fieldnames = names
    entries: list[Entry] = []
    slips: list[Slip] = []
    for nth, row in enumerate(reader, 2):
        if nth > LARGEST + 1:
            slips.append(Slip(nth, "-", "too_many", str(LARGEST)))
            break
        given = {name: " ".join(clip(str(row.get(name) or ""), 200).split()) for name in COLUMNS}
        wrong = list(_wrong(given, known, nth))
        slips += wrong
        if not wrong:
            entries.append(_entry(given))
    return entries, slips


def _wrong(given: dict[str, str], known: frozenset[str], nth: int) -> Iterable[Slip]:
    if not given["unit"]:
        yield Slip(nth, "unit", "missing")
    for code in given["communes"].split():
        if code not in known:
            yield Slip(nth, "communes", "commune", code)
    for domain in given["domains"].split():
        if domain not in DOMAINS:
            yield Slip(nth, "domains", "domain", domain)
    if given["hours"]:
        try:
            minutes(given["hours"])
        except ValueError:
            yield Slip(nth, "hours", "hours", given["hours"])
    yield from _wrong_numbers(given, nth)
    if given["verified"]:
        try:
            date.fromisoformat(given["verified"])
        except ValueError:
            yield Slip(nth, "verified", "date", given["verified"])
    if given["rank"] and not (given["rank"].isdecimal() and int(given["rank"]) < 1000):
        yield Slip(nth, "rank", "rank", given["rank"])


def _wrong_numbers(given: dict[str, str], nth: int) -> Iterable[Slip]:
    for column in ("office", "mobile", "deputy_mobile"):
        if given[column] and not _PHONE.fullmatch(_digits(given[column])):
            yield Slip(nth, column, "number", given[column])
    if not any(given[column] for column in ("office", "mobile", "deputy_mobile")):
        yield Slip(nth, "mobile", "no_number")


def _digits(number: str) -> str:
    return re.sub(r"[ .()-]", "", number)


def _entry(given: dict[str, str]) -> Entry:
    checked = given["verified"]
    return Entry(
        unit=given["unit"],
        name=given["name"],
        communes=frozenset(given["communes"].split()),
        domains=frozenset(given["domains"].split()),
        hours=given["hours"],
        office=_digits(given["office"]),
        mobile=_digits(given["mobile"]),
        deputy=given["deputy"],
        deputy_mobile=_digits(given["deputy_mobile"]),
        verified=(date.fromisoformat(checked) - date(1970, 1, 1)).days if checked else None,
        rank=int(given["rank"] or 50),
    )


def replace(session: Session, entries: Sequence[Entry], by: str, now: int) -> None:
    """Put these entries in the place of all there are; raises Permanent for none at all."""
    who = person(by)
    if not entries:
        raise Permanent("directory_empty")
    session.execute(delete(DirectoryRow))
    session.add_all(
        DirectoryRow(
            unit=one.unit,
            name=one.name,
            communes=" ".join(sorted(one.communes)),
            domains=" ".join(sorted(one.domains)),
            hours=one.hours,
            office=one.office,
            mobile=one.mobile,
            deputy=one.deputy,
            deputy_mobile=one.deputy_mobile,
            verified_at=None if one.verified is None else one.verified * DAY_MS - LOCAL_MS,
            rank=one.rank,
        )
        for one in entries
    )
    audit.append(session, at=now, actor=who, action="directory", subject="directory", details={"entries": len(entries)})


def entries(session: Session) -> list[Entry]:
    """The whole directory in the order of the Vietnamese alphabet."""
    found = [
        Entry(
            row.unit,
            row.name,
            frozenset(row.communes.split()),
            frozenset(row.domains.split()),
            row.hours,
            row.office,
            row.mobile,
            row.deputy,
            row.deputy_mobile,
            None if row.verified_at is None else local_day(row.verified_at),
            row.rank,
        )
        for row in session.scalars(select(DirectoryRow))
    ]
    return sorted(found, key=lambda one: (collation_key(one.unit), collation_key(one.name), one.rank))


def search(known: Iterable[Entry], text: str) -> list[Entry]:
    """Entries in which every word of the search stands, with or without marks, in any order."""
    words = search_fold(text).split()
    return [
        one
        for one in known
        if all(word in search_fold(" ".join((one.unit, one.name, one.deputy, *one.numbers))) for word in words)
    ]


def for_alert(known: Iterable[Entry], commune: str | None, domain: str, at: int) -> list[Entry]:
    """Whom to call for an alert now: who is for the commune first, then who is for the domain, then by rank."""
    fitting = [one for one in known if one.fits(commune, domain, at)]
    return sorted(fitting, key=lambda one: (not one.communes, not one.domains, one.rank, collation_key(one.unit)))


def holes(known: Sequence[Entry], communes: Iterable[str]) -> list[Hole]:
    """Communes and domains for which, at some hour of the day, nobody stands in the directory."""
    hours = sorted({0, *(edge % 1440 for one in known if one.hours for edge in minutes(one.hours))})
    moments = [hour * 60_000 - LOCAL_MS + DAY_MS for hour in hours]
    return [
        Hole(commune, domain)
        for commune in communes
        for domain in DOMAINS
        if not all(any(one.fits(commune, domain, at) for one in known) for at in moments)
    ]
