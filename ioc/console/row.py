"""One alert as a line of the board: the same facts for the page, the stream and the wall."""

from __future__ import annotations

import re
from typing import Any

from ioc.catalogue import Catalogue
from ioc.console.text import shown
from ioc.desk import wording
from ioc.desk.board import RANKS, Matter
from ioc.places.boundaries import Boundaries
from ioc.words import LANGS, Lang

SYMBOLS = {"extreme": "◆", "severe": "▲", "moderate": "■", "minor": "●", "unknown": "○"}
"""Severity is never colour alone."""
GROUPS = ("waiting", "overdue", "owned", "handed", "ended", "replay")
"""Sections of the list, in order."""
_NUMBER = re.compile(r"(?<![\d+])(?:\+84[ .]?|0)\d{2,3}(?:[ .]?\d{3,4}){2}(?!\d)|(?<![\d.,])11[2345](?!\d)")

Row = dict[str, Any]


def phone(text: str) -> str:
    """The first telephone number in a text, as digits to dial; empty where there is none."""
    found = _NUMBER.search(text)
    return re.sub(r"[ .]", "", found[0]) if found else ""


def group(matter: Matter) -> str:
    """Which section of the list it belongs to; empty once it has left the board."""
    if matter.state == "closed":
        return ""
    return "replay" if matter.transition.replay else matter.state


def section(row: Row) -> str:
    """Heading under which a line stands: what nobody has is told apart above and below what is overdue."""
    low = row["group"] == "waiting" and row["rank"] > RANKS["overdue"]
    return "waiting_low" if low else str(row["group"])


def source_title(source: str, lang: Lang, catalogue: Catalogue) -> str:
    """What people call a camera or station; its id where it is not registered."""
    known = catalogue.by_source.get(source)
    return shown(getattr(known[1].title, lang) if known else source)


def rows(matter: Matter, boundaries: Boundaries, catalogue: Catalogue, hidden_by: str | None = None) -> dict[Lang, Row]:
    """The line in each language; times are epoch ms, absent facts are left out.

    `hidden_by` is the number of the alert that explains this one.
    """
    told = matter.transition
    common: Row = {
        "id": matter.alert_id,
        "n": matter.label,
        "group": group(matter),
        "rank": matter.rank,
        "sev": told.severity,
        "domain": told.domain,
        "opened": told.opened_at,
        "seen": told.last_seen,
        "stored": matter.stored_at,
    }
    optional = {
        "owner": shown(matter.accepted_by) if matter.accepted_by else None,
        "accepted": matter.accepted_at,
        "ended": told.at if told.status == "resolved" else None,
        "raised": matter.raised or None,
        "drill": told.drill or None,
        "flapping": told.flapping or None,
        "hidden": hidden_by,
        "due": matter.work.due_at,
        "late": matter.work.overdue_at,
        "unit": shown(matter.work.handed_to) if matter.work.handed_to else None,
        "snoozed": matter.work.snoozed_until,
        "found": matter.work.verification if matter.work.verification != "unverified" else None,
        "lat": told.lat,
        "lon": told.lon,
    }
    common |= {name: value for name, value in optional.items() if value is not None}
    places = wording.place(told, boundaries)
    return {
        lang: common
        | {
            "title": shown(wording.title(told, lang)),
            "place": shown(places[lang]),
            "source": source_title(told.source, lang, catalogue),
            "why": shown(wording.why(told, lang)),
            "phone": phone(told.call.get(lang, "")),
        }
        for lang in LANGS
    }
