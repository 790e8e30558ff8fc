"""A transition -> the sentence that says why, in either language: what, value against limit, how long, since when.

Short enough to stand in an SMS beside number, severity and place; the place is added by whoever shows it.
"""

from __future__ import annotations

from ioc.alerts.alert import Transition
from ioc.alerts.figures import duration, measured, moment, number
from ioc.words import Lang, has, say


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


def what(told: Transition, lang: Lang) -> str:
    """What was measured or seen."""
    key = f"quantity.{told.why.quantity}"
    if told.why.kind == "threshold" and has(key):
        return say(key, lang)
    titles = [one.title for one in told.evidence if one.title]
    if titles:
        return titles[-1]
    return say(key, lang) if has(key) else told.title.get(lang, told.rule)


def _limit(told: Transition, lang: Lang) -> str:
    return measured(told.why.limit or 0.0, told.why.unit, lang)


def _when(told: Transition, lang: Lang) -> str:
    why = told.why
    if told.change == "fired" and not why.hold_s:
        return say("why.at", lang, time=moment(told.at))
    return say("why.since", lang, time=moment(why.since or told.at))


def _rise(told: Transition, lang: Lang) -> list[str]:
    why = told.why
    held = say("why.held", lang, duration=duration(why.hold_s, lang)) if why.hold_s else ""
    if why.kind == "absence":
        key = "why.silent" if why.values.get("seen") == "yes" else "why.never"
        return [say(key, lang, time=moment(why.since), limit=duration(why.limit or 0, lang))]
    if why.kind == "threshold":
        compare = why.values.get("compare", "above" if why.above else "below")
        value = measured(why.value or 0.0, why.unit, lang)
        first = say(f"why.{compare}", lang, what=what(told, lang), value=value, limit=_limit(told, lang))
    elif why.kind == "count":
        window = duration(why.window_s, lang)
        first = say("why.count", lang, count=number(why.count, lang), window=window, limit=number(why.limit or 0, lang))
    else:
        first = say("why.match", lang, what=what(told, lang))
    return [first, held, _when(told, lang)]


def _fall(told: Transition, lang: Lang) -> list[str]:
    why = told.why
    settle = float(why.values.get("settle_s", "0"))
    stood = say("why.held", lang, duration=duration(settle, lang)) if settle else ""
    momentary = why.values.get("ends") == "silence"
    if why.kind == "absence":
        return [say("why.heard", lang, time=moment(told.at), duration=duration(why.value or 0, lang))]
    if why.kind == "threshold":
        if momentary or why.value is None:
            limit = _limit(told, lang)
            return [say("why.no_more_beyond", lang, limit=limit, duration=duration(settle, lang))]
        value = measured(why.value, why.unit, lang)
        return [say("why.within", lang, what=what(told, lang), value=value, limit=_limit(told, lang)), stood]
    if why.kind == "count":
        window = duration(why.window_s, lang)
        limit = number(why.limit or 0, lang)
        return [say("why.count_fell", lang, count=number(why.count, lang), window=window, limit=limit), stood]
    if momentary:
        return [say("why.no_more", lang, duration=duration(settle, lang))]
    return [say("why.contrary", lang), stood]
