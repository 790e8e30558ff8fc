"""Texts for channels with room: chat (a few lines), mail (subject and the card in order), voice (one spoken sentence)."""

from __future__ import annotations

from typing import Final, NamedTuple

from ioc.alerts.figures import moment
from ioc.alerts.message import Message
from ioc.sinks.text_facts import Facts, facts, near, of, safe
from ioc.sinks.text_sms import Form, sms
from ioc.words import Lang, say

SIGNS: Final = {"extreme": "◆", "severe": "▲", "moderate": "■", "minor": "●", "unknown": "?"}
"""The shapes of the console: a level is read by its form, not by a colour alone."""
CHAT: Final = 1_500
"""Characters; Zalo's bot takes 2,000, Telegram 4,096."""
ROOMY: Final = Form("ucs2", 10)
"""For messages about no one alert, whose short text serves every channel."""


class Letter(NamedTuple):
    """A mail: a subject of one line, a body of plain text."""

    subject: str
    body: str


def chat(message: Message, lang: Lang) -> str:
    """A few lines, the first of which says how grave it is."""
    if message.occasion in ("digest", "receipt", "unowned", "answer"):
        return sms(message, lang, ROOMY)
    known = facts(message, lang)
    lines = [_head(message, known, lang), *_lines(message, known, lang)]
    return "\n".join(line for line in lines if line)[:CHAT]


def letter(message: Message, lang: Lang) -> Letter:
    """Subject and body; one alert's letters are told as one thread by their number."""
    drill = f"[{say('text.mark.drill', lang)}]" if message.drill else ""
    if message.occasion in ("digest", "receipt", "unowned", "answer"):
        text = sms(message, lang, ROOMY)
        return Letter(f"{drill}[IOC] {text}"[:120], text)
    known = facts(message, lang)
    mark = known.severity or say("text.mark.ended", lang)
    unverified = known.found and message.verification == "unverified"
    subject = say(
        "text.long.subject",
        lang,
        title=of(message.title, lang),
        unverified=say("text.long.unverified", lang) if unverified else "",
        place=f" - {near(known.place)}" if known.place else "",
    )
    lines = [_head(message, known, lang), *_lines(message, known, lang)]
    if known.call:
        lines.append(say("text.long.call", lang, call=known.call))
    if known.spot:
        lines.append(known.spot)
    if known.reply and not message.accepted_by:
        lines.append(say("text.long.reply", lang, number=known.number))
    return Letter(f"{drill}[IOC][{mark}][{known.number}] {subject}", "\n".join(line for line in lines if line))


def voice(message: Message, lang: Lang) -> str:
    """What a machine reads aloud: the number digit by digit, everything once."""
    if message.occasion in ("digest", "receipt", "unowned", "answer"):
        return sms(message, lang, ROOMY)
    known = facts(message, lang)
    marks = known.severity or say("text.mark.ended", lang)
    text = say(
        "text.long.voice",
        lang,
        drill=f"{say('text.long.drill', lang)} " if message.drill else "",
        number=" ".join(known.number.lstrip("#")),
        marks=", ".join(one for one in (marks, known.found) if one).lower(),
        title=known.title,
        place=near(known.place),
        clock=known.clock,
        step=known.step,
        reply=say("text.long.voice_reply", lang) if known.reply and not message.accepted_by else "",
    )
    return " ".join(text.split()).replace(" .", "").replace("..", ".")


def _head(message: Message, known: Facts, lang: Lang) -> str:
    level = f"{SIGNS[message.severity]} {known.severity}" if known.severity else f"✔ {say('text.mark.ended', lang)}"
    first = [say("text.mark.drill", lang)] if message.drill else []
    first += [say("text.mark.replay", lang)] if message.replay else []
    return " · ".join(one for one in (*first, level, known.occasion, known.found, known.number) if one)


def _lines(message: Message, known: Facts, lang: Lang) -> list[str]:
    """What, when, why, first act, who has it."""
    title, place = of(message.title, lang), of(message.place, lang)
    lines = [
        say("text.long.place", lang, title=title, place=place) if place else title,
        say("text.long.when", lang, when=known.when),
        say("text.long.why", lang, why=", ".join(known.why)) if known.why else "",
        say("text.long.step", lang, step=known.step) if known.step and message.status == "firing" else "",
    ]
    if message.tally is not None:
        numbers = ", ".join(message.tally.numbers)
        lines.append(say("text.long.group", lang, alerts=message.tally.alerts, numbers=numbers))
    if message.accepted_by:
        at = moment(message.accepted_at or message.at)[:5]
        lines.append(say("text.long.accepted", lang, name=safe(message.accepted_by, 60), at=at))
    if message.drill:
        lines.append(say("text.long.drill", lang))
    return lines
