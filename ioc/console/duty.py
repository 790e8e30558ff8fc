"""Pages of duty: directory, silences with what they hide, and who is on duty; complete without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import htpy as h
from sqlalchemy.orm import Session

from ioc.alerts.mute import Area
from ioc.alerts.rota import DAY_MS, Gap, Rota, Shift
from ioc.console.text import shown, stamp
from ioc.console.visit import Visit
from ioc.desk import directory, rota, silences
from ioc.desk.directory import Entry
from ioc.desk.silences import Hid
from ioc.desk.tables_duty import SilenceRow, WindowRow
from ioc.places.boundaries import Boundaries
from ioc.words import say

SHOWN: Final = 500
"""Entries of the directory on one page; the search finds the others."""
AHEAD_MS: Final = 7 * DAY_MS
"""How far the rota is shown and looked through for gaps."""
LENGTHS: Final = (30, 60, 120, 480, 1440)
"""Minutes that a silence can be given on the page."""


class Silenced(NamedTuple):
    """Silences and windows that stand, each with what it has held back."""

    silences: Sequence[tuple[SilenceRow, Hid]]
    windows: Sequence[tuple[WindowRow, Hid]]


class OnDuty(NamedTuple):
    """Shifts from now on, who has each duty, and moments without anybody."""

    rota: Rota
    now: Mapping[str, Sequence[str]]
    shifts: Sequence[Shift]
    gaps: Sequence[Gap]


def read_silences(session: Session) -> Silenced:
    """What the page of silences shows."""
    found = Silenced(
        [(row, silences.hid(session, f"s{row.id}")) for row in silences.standing(session)],
        [(row, silences.hid(session, f"w{row.id}@{row.turn_at}")) for row in silences.windows(session)],
    )
    # The page is made after the transaction.
    session.expunge_all()
    return found


def read_rota(session: Session, now: int) -> OnDuty:
    """What the page of the rota shows."""
    known = rota.rota(session, now)
    duties = sorted({one.duty for one in known.shifts})
    return OnDuty(
        known,
        {duty: known.responsible(duty, now) for duty in duties},
        [one for one in known.shifts if one.end > now],
        rota.gaps(known, duties, now, now + AHEAD_MS),
    )


def directory_page(visit: Visit, found: Sequence[Entry], asked: str, boundaries: Boundaries) -> h.Node:
    """Whom to call, searched; every number can be tapped."""
    listed = directory.search(found, asked) if asked.strip() else list(found)
    return h.section(".panel.directory")[
        h.h1[visit.say("directory.title")],
        h.form(method="get", action="/directory")[
            h.label(for_="q")[visit.say("directory.search")],
            h.div(".act-line")[
                h.input("#q", name="q", value=asked[:60], maxlength="60", autocomplete="off"),
                h.button(".button", type="submit")[visit.say("directory.find")],
            ],
        ],
        h.ul(".directory-list")[(_entry(visit, one, boundaries) for one in listed[:SHOWN])]
        if listed
        else h.p(".empty")[visit.say("directory.none")],
        h.p(".quiet")[visit.say("directory.more", count=len(listed) - SHOWN)] if len(listed) > SHOWN else None,
    ]


def _entry(visit: Visit, one: Entry, boundaries: Boundaries) -> h.Element:
    places = [place.label(visit.lang) for code in sorted(one.communes) if (place := boundaries.place(code))]
    domains = [visit.say(f"domain.{name}") for name in sorted(one.domains)]
    about = " · ".join(text for text in (", ".join(places), ", ".join(domains), one.hours) if text)
    return h.li[
        h.strong[shown(one.unit)],
        f" {shown(one.name)}" if one.name else None,
        h.span(".quiet")[f" {about}"] if about else None,
        h.br,
        numbers(visit, one),
        h.span(".mark")[visit.say("directory.stale")] if one.stale(visit.now) else None,
    ]


def numbers(visit: Visit, one: Entry) -> h.Node:
    """Every number of an entry, the first to call first."""
    return [h.a(".button.call", href=f"tel:{number}")[f"{visit.say('call.button')} {number}"] for number in one.numbers]


def call_list(visit: Visit, fitting: Sequence[Entry]) -> h.Node:
    """On a card: whom to call for this alert, with the next number below."""
    if not fitting:
        return h.p(".quiet.call-none")[visit.say("directory.nobody")]
    return h.ol(".call-list")[
        (h.li[h.span[f"{shown(one.unit)} {shown(one.name)} "], numbers(visit, one)] for one in fitting[:5])
    ]


def silences_page(visit: Visit, found: Silenced, said: str = "", area: Area | None = None) -> h.Node:
    """What is silenced, by whom, why, until when, and what it hides; and a form for another one."""
    return h.section(".panel.silences")[
        h.h1[visit.say("silence.title")],
        h.p("#said.said", role="status")[said] if said else None,
        h.ul(".silence-list")[(_silence(visit, row, hid) for row, hid in found.silences)]
        if found.silences
        else h.p(".empty")[visit.say("silence.none")],
        h.h2[visit.say("silence.windows")] if found.windows else None,
        h.ul(".silence-list")[(_window(visit, row, hid) for row, hid in found.windows)] if found.windows else None,
        _form(visit, area or Area()),
        h.p[h.a(href="/storm")[visit.say("storm.title")]],
    ]


def _covers(area: Area) -> str:
    parts = (area.rule, area.source, " ".join(sorted(area.communes)), area.domain, area.feed)
    return shown(" · ".join(part for part in parts if part))


def _silence(visit: Visit, row: SilenceRow, hid: Hid) -> h.Element:
    return h.li[
        h.strong[_covers(silences.area_of(row))],
        h.p[visit.say("silence.until", time=stamp(row.ends_at), owner=shown(row.owner), reason=shown(row.reason))],
        h.p(".hid")[visit.say("silence.hid", count=hid.alerts, grave=hid.grave, firing=hid.still_firing)],
        h.form(method="post", action=f"/silences/s{row.id}/end")[
            _name(visit), h.button(".button.small", type="submit")[visit.say("silence.end")]
        ],
    ]


def _window(visit: Visit, row: WindowRow, hid: Hid) -> h.Element:
    return h.li[
        h.strong[_covers(silences.area_of(row))],
        h.p[f"{row.hours} {row.days} · {shown(row.owner)}: {shown(row.reason)}"],
        h.p(".hid")[visit.say("silence.hid", count=hid.alerts, grave=hid.grave, firing=hid.still_firing)],
    ]


def _name(visit: Visit) -> h.Node:
    return [
        h.input(
            name="name",
            required=True,
            minlength="2",
            maxlength="60",
            value=visit.name,
            aria_label=visit.say("trial.name"),
        ),
        h.input(type="hidden", name="form", value=visit.token),
    ]


def _form(visit: Visit, area: Area) -> h.Element:
    fields = (
        ("rule", area.rule),
        ("source", area.source),
        ("communes", " ".join(sorted(area.communes))),
        ("reason", ""),
    )
    return h.form("#new.silence-form", method="post", action="/silences")[
        h.h2[visit.say("silence.new")],
        (
            h.p[
                h.label(for_=f"silence-{name}")[visit.say(f"silence.{name}")],
                h.input(f"#silence-{name}", name=name, value=value, maxlength="200"),
            ]
            for name, value in fields
        ),
        h.p[
            h.label(for_="silence-minutes")[visit.say("silence.minutes")],
            h.select("#silence-minutes", name="minutes")[
                (h.option(value=str(one))[say("duration.minutes", visit.lang, n=one)] for one in LENGTHS)
            ],
        ],
        h.p[_name(visit), h.button(".button.primary", type="submit")[visit.say("silence.make")]],
        h.p(".quiet")[visit.say("silence.hint")],
    ]


def rota_page(visit: Visit, found: OnDuty) -> h.Node:
    """Who is on duty now and next, and every moment without anybody."""
    return h.section(".panel.rota")[
        h.h1[visit.say("rota.title")],
        h.ul[(h.li[h.code[duty], f" {', '.join(map(shown, who))}"] for duty, who in found.now.items())]
        if found.now
        else h.p(".empty")[visit.say("rota.none")],
        h.div(".gaps", role="alert")[
            (
                h.p[visit.say("rota.gap", duty=gap.duty, start=stamp(gap.start), end=stamp(gap.end))]
                for gap in found.gaps
            )
        ]
        if found.gaps
        else None,
        h.table(".evidence")[
            h.tbody[
                (
                    h.tr[h.td[one.duty], h.td[shown(one.person)], h.td[stamp(one.start)], h.td[stamp(one.end)]]
                    for one in found.shifts[:SHOWN]
                )
            ]
        ],
    ]
