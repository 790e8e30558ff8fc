"""What people read of an alert: its number, its sentence, its place, why."""

from __future__ import annotations

import re

from ioc.alerts.alert import Transition
from ioc.alerts.sentence import sentence
from ioc.desk.moment import time_of
from ioc.places.boundaries import Boundaries
from ioc.words import LANGS, Lang, say

_NUMBER = re.compile(r"\s*#?\s*([Tt]?)([Dd]?)(\d{1,9})\s*", re.ASCII)


def number_label(number: int, *, drill: bool) -> str:
    """What is said aloud and typed: `4821`, for drills `D017`, for a rule on trial (a number below 0) `T017`, `TD017`."""
    if number < 0:
        return f"T{'D' if drill else ''}{-number:03}"
    return f"D{number:03}" if drill else str(number)


def parse_label(text: str) -> tuple[int, bool] | None:
    """`#4821`, `4821`, `d017`, `t017` -> (number, whether a drill); None for anything else."""
    found = _NUMBER.fullmatch(text)
    return (-int(found[3]) if found[1] else int(found[3]), bool(found[2])) if found else None


def title(transition: Transition, lang: Lang) -> str:
    """What happened, in the rule's words."""
    return transition.title.get(lang) or transition.title.get("vi") or transition.rule


def place(transition: Transition, boundaries: Boundaries) -> dict[Lang, str]:
    """Commune and former district; outside the province the way from the nearest commune; empty without any place."""
    if transition.lat is None or transition.lon is None:
        known = boundaries.place(transition.commune) if transition.commune else None
        return {lang: known.label(lang) if known else "" for lang in LANGS}
    there = boundaries.commune_at(transition.lat, transition.lon, time_of(transition.at))
    if there:
        return {lang: there.label(lang) for lang in LANGS}
    near = boundaries.nearest(transition.lat, transition.lon)
    return {lang: f"{say('place.outside', lang)}, {near.text(lang)}" for lang in LANGS}


def distance(transition: Transition, lang: Lang, boundaries: Boundaries) -> str:
    """How far the point lies from the commune's middle; empty without coordinates."""
    if transition.lat is None or transition.lon is None:
        return ""
    return boundaries.nearest(transition.lat, transition.lon).text(lang)


def why(transition: Transition, lang: Lang) -> str:
    """The value against the limit, in one sentence."""
    return sentence(transition, lang)
