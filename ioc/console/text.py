"""Times and ages as people here read them: +07:00, 21/11/2026 13:42, 2 giờ 10 phút."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from ioc.alerts.figures import VIETNAM, duration
from ioc.desk.moment import time_of
from ioc.events.envelope import clip
from ioc.words import Lang

LONGEST = 400
"""Characters of any text of a feed on a screen."""


def local(ms: int) -> datetime:
    """Epoch ms -> the province's time."""
    return time_of(ms).astimezone(VIETNAM)


def stamp(ms: int) -> str:
    """21/11/2026 13:42."""
    return local(ms).strftime("%d/%m/%Y %H:%M")


def day(at: datetime) -> str:
    """21/11/2026."""
    return at.astimezone(VIETNAM).strftime("%d/%m/%Y")


def hour(ms: int, now: int) -> str:
    """13:42, with the day before it where it is not today's."""
    at = local(ms)
    return at.strftime("%H:%M") if at.date() == local(now).date() else at.strftime("%d/%m %H:%M")


def machine(ms: int) -> str:
    """The `datetime` attribute of a time element."""
    return local(ms).isoformat(timespec="seconds")


def age(ms: int, now: int, lang: Lang) -> str:
    """How long ago, at most two units; what lies ahead counts as now."""
    seconds = max(0, now - ms) // 1000
    return duration(seconds if seconds < 60 else seconds // 60 * 60, lang)


def span(seconds: float, lang: Lang) -> str:
    """A length of time."""
    return duration(timedelta(seconds=seconds).total_seconds(), lang)


def shown(text: str) -> str:
    """A feed's text without what could turn, hide or overlay what stands around it."""
    visible = "".join("\ufffd" if unicodedata.category(c) in {"Cf", "Cc", "Co", "Cs"} else c for c in text)
    return clip(visible, LONGEST)
