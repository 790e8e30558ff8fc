"""Numbers, units, durations and times as people here read them: 29,90 m, 1.240, 2 giờ 10 phút, 13:42 21/11."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from ioc.words import Lang, say

VIETNAM: Final = timezone(timedelta(hours=7))
"""+07:00 all year."""

SPELLED: Mapping[str, str] = {
    "ug/m3": "µg/m³",
    "mg/m3": "mg/m³",
    "Cel": "°C",
    "deg": "°",
    "m3/s": "m³/s",
    "uS/cm": "µS/cm",
    "W/m2": "W/m²",
    "1": "",
}
"""Canonical unit (UCUM) -> what people write; the others are written as they are."""
_PLACES: Mapping[str, int] = {"m": 2}
"""Decimals always shown: water levels are read to the centimetre."""
_STEPS: Final = (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


def number(value: float, lang: Lang, places: int | None = None) -> str:
    """A number with at most one decimal (two below 1, none from 1,000), or exactly `places`.

    vi: 1.240 and 29,9; en: 1,240 and 29.9.
    """
    if places is None:
        size = abs(value)
        places = 0 if size >= 1000 else 1 if size >= 1 else 2
        text = f"{value:,.{places}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{value:,.{places}f}"
    if text.strip("-0.,") == "":
        text = text.lstrip("-")
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text


def measured(value: float, unit: str, lang: Lang) -> str:
    """A value with its unit: 168 µg/m³."""
    shown = number(value, lang, _PLACES.get(unit))
    spelled = SPELLED.get(unit, unit)
    return f"{shown} {spelled}" if spelled else shown


def duration(seconds: float, lang: Lang) -> str:
    """At most two units, rounded down: 2 giờ 10 phút, 1 d 3 h, 45 s."""
    left = max(0, int(seconds))
    parts: list[str] = []
    for name, size in _STEPS:
        count, left = divmod(left, size)
        if count or (name == "seconds" and not parts):
            parts.append(say(f"duration.{name}", lang, n=count))
        if len(parts) == 2 or (parts and not count):
            break
    return " ".join(parts)


def moment(ms: int) -> str:
    """Hour and day at +07:00: 13:42 21/11."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(VIETNAM).strftime("%H:%M %d/%m")
