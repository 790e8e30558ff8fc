"""A transition -> the sentence that says why, in either language: what, value against limit, how long, since when.

Short enough to stand in an SMS beside number, severity and place; the place is added by whoever shows it.
"""

from __future__ import annotations

from ioc.alerts.alert import Transition
from ioc.alerts.figures import duration, moment
from ioc.alerts.phrases import PHRASES
from ioc.words import Lang, say


def sentence(told: Transition, lang: Lang) -> str:
    """Why the alert is as this transition says; one sentence without a full stop."""
    if told.change in ("fired", "raised", "lowered", "cleared"):
        rose = told.change in ("fired", "raised")
        parts = _rise(told, lang) if rose else _fall(told, lang)
        why = ", ".join(part for part in parts if part)
        if told.change == "fired":
            return why
        return say(f"why.{told.change}", lang, why=why, severity=say(f"severity.{told.severity}", lang))
    return say(f"change.{told.change}", lang)


def _when(told: Transition, lang: Lang) -> str:
    why = told.why
    if told.change == "fired" and not why.hold_s:
        return say("why.at", lang, time=moment(told.at))
    return say("why.since", lang, time=moment(why.since or told.at))


def _rise(told: Transition, lang: Lang) -> list[str]:
    why = told.why
    first = PHRASES[why.kind].rose(told, lang)
    if why.kind == "absence":
        return [first]
    held = say("why.held", lang, duration=duration(why.hold_s, lang)) if why.hold_s else ""
    return [first, held, _when(told, lang)]


def _fall(told: Transition, lang: Lang) -> list[str]:
    settle = float(told.why.values.get("settle_s", "0"))
    first = PHRASES[told.why.kind].fell(told, lang)
    if told.why.kind == "absence" or told.why.values.get("ends") == "silence":
        return [first]
    return [first, say("why.held", lang, duration=duration(settle, lang)) if settle else ""]
