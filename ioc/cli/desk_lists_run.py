"""What `ioc desk contacts`, `rota`, `directory` and `check` do and say."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, NoReturn

import typer

from ioc.alerts.mistake import Mistake, RuleMistakes
from ioc.alerts.rota import Shift
from ioc.cli.running import find
from ioc.desk import contacts_file, directory, ready, rota, rota_file
from ioc.desk.contacts_file import Contact
from ioc.desk.directory import Entry
from ioc.desk.moment import now_ms
from ioc.desk.store import Store
from ioc.errors import Permanent
from ioc.events.domains import DOMAINS
from ioc.places.table import communes
from ioc.runtime.channels import to_people
from ioc.runtime.clock import RealClock
from ioc.settings import ConfigMistakes, Settings, load, read_secret
from ioc.settings.routing import load_routing
from ioc.settings.rules import rule_texts
from ioc.words import Lang, say

WRONG = 1
"""Exit code where the file has a mistake, or something is missing."""
UNREADABLE = 2
"""Exit code where the file cannot be read at all."""
SLIPS = {
    "column": "directory_column",
    "missing": "directory_missing",
    "commune": "directory_commune",
    "domain": "directory_domain",
    "hours": "directory_hours",
    "number": "directory_number",
    "no_number": "directory_no_number",
    "date": "directory_date",
    "rank": "directory_rank",
    "too_many": "directory_too_many",
}
"""Slip of the directory -> its words."""
NAMED = 5
"""Communes that one line names."""


class Place(NamedTuple):
    """Which desk is meant, who asks, in which language, and whether anything is written."""

    settings: Path | None
    port: int | None
    by: str
    lang: Lang
    dry_run: bool

    def load(self) -> Settings:
        """Its settings; raises Permanent where no `ioc up` runs on that port."""
        return load(find(self.port) if self.port is not None and self.settings is None else self.settings)

    def who(self) -> str:
        """The name in the audit: as given, else the login name."""
        try:
            return self.by or getpass.getuser()
        except (OSError, KeyError):  # a container's user without a name: the desk asks for one
            return ""


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    given = settings.desk
    password = read_secret(given.password_file).get_secret_value() if given.password_file else None
    with Store(given.url, password) as store:
        yield store


def _now() -> int:
    return now_ms(RealClock())


def _read(file: Path, lang: Lang) -> str:
    try:
        return rule_texts(file.parent, [file])[file.name]
    except ConfigMistakes as error:
        _refuse(error.sentences(lang), lang, UNREADABLE)


def _refuse(sentences: Sequence[str], lang: Lang, code: int) -> NoReturn:
    for sentence in sentences:
        print(sentence)
    sys.stdout.flush()
    print(say("rules.mistakes", lang, count=len(sentences)), file=sys.stderr)
    raise typer.Exit(code) from None


def _said(lines: Sequence[str], last: str, place: Place) -> None:
    for line in (*lines, last):
        print(line)
    if place.dry_run:
        print(say("lists.dry", place.lang))


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(rota_file.LOCAL).strftime("%d/%m %H:%M")


def run_contacts(file: Path, place: Place, *, leave: bool) -> None:
    """The whole of `contacts`."""
    lang, settings = place.lang, place.load()
    routing = load_routing(settings.paths.routing, settings.paths.holidays)
    try:
        given = contacts_file.contacts(file.name, _read(file, lang), list(routing.file.channels))
    except RuleMistakes as error:
        _refuse(error.sentences(lang), lang, WRONG)
    now = _now()
    with _store(settings) as store:
        if place.dry_run:
            with store.reading() as session:
                change = contacts_file.compare(session, given, leave=leave)
                orphans = contacts_file.orphaned(session, change, now)
        else:
            with store.writing() as session:
                change = contacts_file.compare(session, given, leave=leave)
                orphans = contacts_file.orphaned(session, change, now)
                contacts_file.put(session, change, place.who(), now)
    lines = [
        *(say("lists.new_person", lang, **_person(one, lang)) for one in change.new),
        *(say("lists.changed_person", lang, **_person(one, lang)) for one in change.changed),
        *(say("lists.left_person", lang, name=name) for name in change.left),
        *(say("lists.orphan", lang, **_shift(one)) for one in orphans),
    ]
    counts = {name: len(found) for name, found in change._asdict().items()}
    _said(lines, say("lists.contacts", lang, **counts), place)


def _person(one: Contact, lang: Lang) -> dict[str, str]:
    return {"name": one.name, "channels": ", ".join(one.addresses) or say("lists.no_way", lang)}


def _shift(one: Shift) -> dict[str, str]:
    return {"duty": one.duty, "name": one.person, "start": _time(one.start), "end": _time(one.end)}


def run_rota(file: Path, place: Place) -> None:
    """The whole of `rota`."""
    lang, settings = place.lang, place.load()
    routing = load_routing(settings.paths.routing, settings.paths.holidays)
    text, now = _read(file, lang), _now()
    with _store(settings) as store:
        with store.reading() as session:
            known = sorted(rota.people(session, ()))
        try:
            given = rota_file.shifts(file.name, text, list(routing.file.duties), known)
        except RuleMistakes as error:
            _refuse(error.sentences(lang), lang, WRONG)
        if place.dry_run:
            with store.reading() as session:
                change = rota_file.compare(session, given, now)
        else:
            with store.writing() as session:
                change = rota_file.compare(session, given, now)
                rota_file.put(session, change, place.who(), now)
    lines = [
        *(say("lists.new_shift", lang, **_shift(one)) for one in change.new),
        *(say("lists.changed_shift", lang, **_shift(one)) for one in change.changed),
        *(say("lists.withdrawn_shift", lang, **_shift(one)) for one in change.withdrawn),
    ]
    counts = {"new": len(change.new), "changed": len(change.changed), "withdrawn": len(change.withdrawn)}
    _said(lines, say("lists.rota", lang, **counts, same=change.same, over=change.over), place)


def run_directory(file: Path, place: Place) -> None:
    """The whole of `directory`."""
    lang, settings = place.lang, place.load()
    entries, slips = directory.read(_read(file, lang), [one.code for one in communes()])
    if slips:
        found = [
            Mistake(
                file=file.name,
                line=slip.line,
                field=slip.column,
                code=SLIPS[slip.code],
                values={"value": slip.value, "name": slip.column},
            )
            for slip in slips
        ]
        _refuse(RuleMistakes(found).sentences(lang), lang, WRONG)
    if not entries:
        raise Permanent("directory_empty")
    with _store(settings) as store:
        with store.reading() as session:
            before = directory.entries(session)
        gone, new = [one for one in before if one not in entries], [one for one in entries if one not in before]
        if not place.dry_run and (gone or new):
            with store.writing() as session:
                directory.replace(session, entries, place.who(), _now())
    lines = [
        *(say("lists.new_entry", lang, **_entry(one)) for one in new),
        *(say("lists.gone_entry", lang, **_entry(one)) for one in gone),
    ]
    counts = {"new": len(new), "gone": len(gone), "same": len(entries) - len(new)}
    _said(lines, say("lists.directory", lang, **counts), place)


def _entry(one: Entry) -> dict[str, str]:
    return {"unit": f"{one.unit} {one.name}".strip(), "numbers": ", ".join(one.numbers)}


def run_ready(place: Place) -> None:
    """The whole of `check`; raises typer.Exit(1) where something is missing."""
    lang, settings, now = place.lang, place.load(), _now()
    routing = load_routing(settings.paths.routing, settings.paths.holidays)
    known = communes()
    ways = [name for name in to_people(settings, RealClock()) if name in routing.file.channels]
    with _store(settings) as store, store.reading() as session:
        found = ready.missing(session, routing, ways, [one.code for one in known], now)
    lines = [] if ways else [say("ready.no_channel", lang)]
    for silent in found.silent:
        domain = say(f"console.domain.{silent.domain}", lang)
        lines.append(say("ready.silent", lang, route=silent.route, domain=domain, since=_time(silent.since)))
    for gap in found.gaps:
        duty = getattr(routing.file.duties[gap.duty], lang)
        lines.append(say("ready.gap", lang, duty=duty, start=_time(gap.start), end=_time(gap.end)))
    lines += [say("ready.nowhere", lang, name=name) for name in found.nowhere]
    names = {one.code: one.unit.name for one in known}
    for domain in DOMAINS:
        holes = [names[hole.commune] for hole in found.holes if hole.domain == domain]
        if holes:
            places = ", ".join(holes[:NAMED]) + (", …" if len(holes) > NAMED else "")
            values = {"domain": say(f"console.domain.{domain}", lang), "count": len(holes), "all": len(known)}
            lines.append(say("ready.hole", lang, places=places, **values))
    for line in lines:
        print(line)
    sys.stdout.flush()
    if lines:
        print(say("ready.some", lang, count=len(lines)), file=sys.stderr)
        raise typer.Exit(WRONG)
    print(say("ready.all", lang))
