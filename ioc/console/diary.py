"""What people did with an alert, line by line: who, when, what, with their words; the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import htpy as h

from ioc.console.text import machine, shown, stamp
from ioc.console.visit import Visit
from ioc.desk.audit import DESK, Line
from ioc.words import say

_TIMES = ("due_at", "until", "again_at")
_CODES = ("outcome", "result", "how", "cause", "why")
_NAMES = ("to", "unit", "whom", "called", "into")


def diary(visit: Visit, acts: Sequence[Line]) -> h.Node:
    """The section of the card; nothing before the first act."""
    if not acts:
        return None
    return h.section("#diary")[
        h.h2[visit.say("card.acts")], h.ol(".diary")[(entry(visit, line) for line in reversed(acts))]
    ]


def entry(visit: Visit, line: Line) -> h.Element:
    """One act."""
    facts = list(_facts(visit, line.details))
    text = line.details.get("text")
    return h.li({"data-act": line.action})[
        h.time(datetime=machine(line.at))[stamp(line.at)],
        h.span(".diary-what")[
            h.strong[visit.say(f"act.{line.action}")],
            f" · {' · '.join(facts)}" if facts else None,
            h.blockquote[(h.p[shown(one)] for one in text.split("\n"))] if isinstance(text, str) else None,
        ],
        h.span(".diary-who")[visit.say("diary.desk") if line.actor == DESK else shown(line.actor)],
    ]


def summary(visit: Visit, line: Line) -> str:
    """One act in one line, without its words."""
    return " · ".join((visit.say(f"act.{line.action}"), *_facts(visit, line.details)))


def _facts(visit: Visit, details: Mapping[str, object]) -> Sequence[str]:
    """What else is known of an act, in a fixed order."""
    found = []
    for name in _NAMES:
        value = details.get(name)
        if isinstance(value, str):
            found.append(visit.say(f"diary.{name}", value=shown(value)))
    for name in _CODES:
        value = details.get(name)
        if isinstance(value, str):
            found.append(visit.say(f"{name}.{value}"))
    for name in _TIMES:
        value = details.get(name)
        if isinstance(value, int):
            found.append(visit.say(f"diary.{name}", time=visit.hour(value)))
    weighed, before = details.get("weighed"), details.get("before")
    if isinstance(weighed, str) and isinstance(before, str):
        old, new = say(f"severity.{before}", visit.lang), say(f"severity.{weighed}", visit.lang)
        found.append(visit.say("diary.weighed", before=old, after=new))
    return found
