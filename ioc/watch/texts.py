"""The words that the watching machine sends and prints: short enough for one SMS, and clear to who knows nothing of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from ioc.watch.beat import Call, Fault
from ioc.words import Lang, say

LOCAL = timezone(timedelta(hours=7))
SECOND_MS, MINUTE_MS = 1_000, 60_000


def clock(at: int) -> str:
    """Epoch ms as hours and minutes of the day in +07:00, with the date behind."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(LOCAL).strftime("%H:%M %d/%m")


def of_call(call: Call, lang: Lang) -> tuple[str, str]:
    """Title and body of the message to people."""
    minutes = max(1, round((call.at - call.since) / MINUTE_MS))
    why = of_fault(call.fault, lang) if call.fault else ""
    values = {"since": clock(call.since), "at": clock(call.at), "minutes": minutes, "why": why}
    return say(f"watch.{call.kind}.title", lang), say(f"watch.{call.kind}.body", lang, **values)


def of_fault(fault: Fault, lang: Lang) -> str:
    """Where the loop is broken, as far as it can be known from outside."""
    return say(f"watch.fault.{fault.kind}", lang, detail=fault.detail)
