"""The text of an SMS: number, severity, certainty, what, when, where, first act, reply code, in that order.

What does not fit is cut from the least needed end: coordinates, then the reason clause by clause, then the first act,
then what the commune belonged to before, then the name of the thing; never number, severity, certainty, time or reply code. The short form for one part with
diacritics says the same in a third of the room.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from ioc.alerts.figures import moment
from ioc.alerts.message import Message, Tally
from ioc.sinks.sms_units import Coding, parts, written
from ioc.sinks.text_facts import Facts, facts, near, of, safe
from ioc.words import Lang, say

NAME: Final = 24
"""Letters of a person's name in an SMS."""
TITLE: Final = 12
"""Letters that are always left of what an alert is about."""


class Form(NamedTuple):
    """How an installation writes SMS: the coding, and how many parts a message may take."""

    coding: Coding = "gsm7"
    most: int = 1


def sms(message: Message, lang: Lang, form: Form) -> str:
    """The text, already without diacritics where the coding asks for that; never more than `form.most` parts."""

    def fits(text: str) -> bool:
        return parts(written(text, form.coding), form.coding) <= form.most

    if message.occasion in ("digest", "receipt", "unowned", "answer"):
        return written(_clipped(_together(message, lang), fits), form.coding)
    known = facts(message, lang)
    brief = form.coding == "ucs2" and form.most == 1
    build = _brief if brief else _full
    return written(_fitted(message, known, lang, build, fits), form.coding)


Build = Callable[[Message, Facts, Lang], str]
Fits = Callable[[str], bool]


def _fitted(message: Message, known: Facts, lang: Lang, build: Build, fits: Fits) -> str:
    """The longest of the texts that fits, given up piece by piece."""
    ladder = [known, known := known._replace(spot="")]
    while known.why:
        known = known._replace(why=known.why[:-1])
        ladder.append(known)
    ladder.append(known := known._replace(step=""))
    # Of the place the commune itself stays longest, longer than what it belonged to before.
    ladder.append(known := known._replace(place=near(known.place)))
    for one in ladder:
        text = build(message, one, lang)
        if fits(text):
            return text
    # Names of people's and feeds' making are all that is left to give way.
    while len(known.title) > TITLE:
        known = known._replace(title=_less(known.title, TITLE))
        if fits(text := build(message, known, lang)):
            return text
    while known.place:
        known = known._replace(place=_less(known.place, 0))
        if fits(text := build(message, known, lang)):
            return text
    return _clipped(build(message, known._replace(occasion=""), lang), fits)


def _less(text: str, least: int) -> str:
    """Some letters fewer, without a blank at the end."""
    return text[: max(least, len(text) - 4)].rstrip(" ,.(")


def _clipped(text: str, fits: Fits) -> str:
    """As much of the beginning as fits."""
    while not fits(text):
        text = text[:-1]
    return text.rstrip()


def _full(message: Message, known: Facts, lang: Lang) -> str:
    sos = message.rule.startswith("sos")
    marks = ", ".join(one for one in (known.severity, known.occasion, known.found) if one)
    why = "".join(f", {one}" for one in known.why)
    spot = f", {known.spot}" if known.spot else ""
    if message.status == "resolved":
        marks = say("text.mark.ended", lang) + (f", {known.found}" if known.found else "")
        form, why = "ended", f". {', '.join(known.why)}" if known.why else ""
    else:
        form = _order(message)
    body = say(
        f"text.order.{form}",
        lang,
        title=known.title,
        place=known.place,
        when=known.when,
        clock=known.clock,
        spot=spot,
        why=why,
        lasted=_lasted(message, lang),
    )
    if message.tally is not None and message.occasion == "group":
        body += say("text.sms.group", lang, alerts=message.tally.alerts)
    tail = "" if message.status == "resolved" else "."
    if known.step and message.status == "firing" and not message.accepted_by:
        tail += f" {known.step}."
    if message.accepted_by:
        tail += say("text.sms.accepted", lang, name=safe(message.accepted_by, NAME))
    elif known.reply:
        tail += say("text.sms.reply", lang, reply=known.reply)
    if message.drill:
        tail += say("text.sms.still", lang)
    head = say(
        "text.sms.head_sos" if form == "sos" and sos else "text.sms.head", lang, number=known.number, marks=marks
    )
    return _drilled(message, lang, _tidy(head + body + tail))


def _order(message: Message) -> str:
    if message.rule.startswith("sos"):
        return "sos"
    if message.kind == "absence":
        return "offline"
    return message.domain if message.domain in ("hotspot", "camera", "environment", "netsec") else "hotspot"


def _brief(message: Message, known: Facts, lang: Lang) -> str:
    """One part with diacritics: severity gives way to CHƯA XÁC MINH unless it is the highest."""
    if message.status == "resolved":
        mark = say("text.mark.ended", lang)
    elif message.severity == "extreme":
        mark = ", ".join(one for one in (known.severity, known.found) if one)
    else:
        mark = known.found or known.severity
    place = near(known.place)
    text = say(
        "text.short.alert",
        lang,
        number=known.number,
        mark=mark,
        title=known.title,
        place=f"{place} " if place else "",
        clock=known.clock,
        why="".join(f", {one}" for one in known.why),
    )
    if known.reply and not message.accepted_by:
        text += say("text.short.reply", lang)
    return _drilled(message, lang, _tidy(text))


def _drilled(message: Message, lang: Lang, text: str) -> str:
    if message.drill:
        return say("text.sms.drill", lang) + text
    return f"{say('text.mark.replay', lang)} - {text}" if message.replay else text


def _tidy(text: str) -> str:
    """No blanks where a piece was left out."""
    return " ".join(text.split()).replace(" ,", ",").replace(" .", ".").replace(" :", ":")


def _lasted(message: Message, lang: Lang) -> str:
    hours, minutes = divmod(max(0, message.at - message.opened_at) // 60_000, 60)
    span = (
        say("text.sms.hours", lang, hours=hours, minutes=minutes)
        if hours
        else say("text.sms.minutes", lang, minutes=minutes)
    )
    return say("text.sms.cut" if message.kind == "absence" else "text.sms.lasted", lang, span=span)


def _together(message: Message, lang: Lang) -> str:
    """Texts that are about no one alert."""
    what = of(message.subject, lang) or of(message.title, lang)
    if message.occasion in ("unowned", "answer"):
        return _drilled(message, lang, say(f"text.sms.{message.occasion}", lang, what=what))
    tally = message.tally or Tally(since=message.opened_at, until=message.at)
    since, until = moment(tally.since)[:5], moment(tally.until)[:5]
    if message.occasion == "receipt":
        spoken = {"since": since, "until": until, "alerts": tally.alerts, "still": tally.still_firing}
        return _drilled(message, lang, say("text.sms.receipt", lang, what=what, **spoken))
    extreme = say("text.sms.extreme", lang, count=tally.extreme) if tally.extreme else ""
    waited = (tally.until - tally.oldest) // 60_000 if tally.oldest is not None else 0
    unaccepted = say("text.sms.unaccepted", lang, count=tally.unaccepted, minutes=waited) if tally.unaccepted else ""
    named = ", ".join(_bare(of(place, lang)) for place in tally.places)
    places = say("text.sms.places", lang, places=named) if named else ""
    return _drilled(
        message,
        lang,
        say(
            "text.sms.digest",
            lang,
            since=since,
            until=until,
            what=f" {what}" if what else "",
            alerts=tally.alerts,
            incidents=tally.incidents,
            extreme=extreme,
            unaccepted=unaccepted,
            places=places,
        ),
    )


def _bare(place: str) -> str:
    """The name alone, where several stand together."""
    return re.sub(r"^(xã|phường) |( commune| ward)?( \(.*\))?$", "", place)
