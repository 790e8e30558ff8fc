"""The facts of a message in the pieces from which every channel's text is put together; nothing in them is trusted.

Names and feed text lose control characters and web addresses (no text of ours carries a link: nobody shall learn to
follow one), and each piece is clipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from ioc.alerts.figures import moment
from ioc.alerts.message import Message
from ioc.events.envelope import clip
from ioc.words import Lang, say

PIECE: Final = 240
"""Characters of one piece; the longest sentence of a shipped rule has half of that."""
_LINK: Final = re.compile(r"(?i)\b(?:[a-z]{2,12}://|www\.)\S*")
_FORMER: Final = re.compile(r"\(([^()]+ cũ)\)")
_KIND: Final = re.compile(r"\b(huyện|thành phố|thị xã|tỉnh) ")
_SHORT_KIND: Final = {"huyện": "h.", "thành phố": "TP.", "thị xã": "TX.", "tỉnh": "t."}
_EX: Final = re.compile(r"(.*?)(?: commune| ward)? \(former (.+?)\)")


class Facts(NamedTuple):
    """Pieces in one language; an empty one is left out of every text."""

    number: str
    severity: str
    """CAO; empty for an end."""
    found: str
    """CHƯA XÁC MINH, unless the data themselves leave no doubt."""
    occasion: str
    """CẬP NHẬT and the like; empty for the first word of an alert."""
    title: str
    place: str
    when: str
    """13:42 21/11, of the event."""
    clock: str
    spot: str
    why: tuple[str, ...]
    """Clauses, the most telling first: what is too long loses the last ones."""
    step: str
    call: str
    reply: str


def facts(message: Message, lang: Lang) -> Facts:
    """The pieces of a message about one alert, or about several for which one stands."""
    when = moment(message.opened_at if message.kind == "absence" and message.status == "firing" else message.at)
    spot = "" if message.lat is None or message.lon is None else f"{message.lat:.3f},{message.lon:.3f}"
    return Facts(
        number=safe(message.number, 12),
        severity=say(f"text.mark.{message.severity}", lang) if message.status == "firing" else "",
        found=found(message, lang),
        occasion=_occasion(message, lang),
        title=lower(of(message.title, lang), lang),
        place=short(of(message.place, lang)),
        when=when,
        clock=when[:5],
        spot=spot,
        why=_clauses(of(message.why, lang), moment(message.at)),
        step=of(message.step, lang).rstrip("."),
        call=of(message.call, lang).rstrip("."),
        reply=safe(message.reply, 12),
    )


def of(texts: Mapping[str, str], lang: Lang) -> str:
    """The text in this language, else in Vietnamese, made safe."""
    return safe(texts.get(lang) or texts.get("vi", ""))


def safe(text: str, limit: int = PIECE) -> str:
    """One line without control characters and web addresses."""
    return clip(" ".join(_LINK.sub(" ", text).split()), limit).replace("\ufffd", "?")


def found(message: Message, lang: Lang) -> str:
    """What people found; nothing for a value that was measured, where there is nothing to verify."""
    if message.verification == "unverified":
        doubtful = message.certainty != "observed" and message.status == "firing"
        return say("text.mark.unverified", lang) if doubtful else ""
    return say(f"text.mark.{message.verification}", lang)


def _occasion(message: Message, lang: Lang) -> str:
    if message.occasion in ("update", "escalated", "repeat", "overdue"):
        return say(f"text.occasion.{message.occasion}", lang, minutes=message.waited_min)
    return ""


def _clauses(why: str, when: str) -> tuple[str, ...]:
    """The clauses of a reason, without the one that only says again when it was."""
    parts = [one.strip() for one in why.rstrip(".").split(", ")]
    return tuple(one for one in parts if one and not one.endswith(when))


def lower(text: str, lang: Lang) -> str:
    """A title within a sentence: its first letter small, unless it begins a name (VN_AQI, in English `Cầu river`)."""
    if len(text) < 2 or not text[0].isupper() or not text[1].islower():
        return text
    if lang == "en" and not text.partition(" ")[0].isascii():
        return text
    return text[0].lower() + text[1:]


def short(place: str) -> str:
    """`xã La Bằng (h.Đại Từ cũ)`, `La Bang (ex Dai Tu district)`: a place as it stands in a short text."""
    known = _EX.fullmatch(place)
    if known is not None:
        return f"{known[1]} (ex {known[2]})"
    return re.sub(r"^phường ", "P.", _FORMER.sub(_former, place))


def _former(units: re.Match[str]) -> str:
    """`(TP.Thái Nguyên, h.Đại Từ, TP.Phổ Yên cũ)`."""
    return f"({_KIND.sub(lambda kind: _SHORT_KIND[kind[1]], units[1]).replace(' và ', ', ')})"


def near(place: str) -> str:
    """The place itself, without what it belonged to before."""
    return place.partition(" (")[0]
