"""A time as people type it into a form: minutes from now, an hour of today or tomorrow, or a whole date and time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ioc.alerts.figures import VIETNAM
from ioc.console.text import local
from ioc.desk.moment import ms_of
from ioc.errors import Permanent

_MINUTES = re.compile(r"\d{1,5}", re.ASCII)
_HOUR = re.compile(r"(\d{1,2})[:hg.](\d{2})", re.ASCII | re.IGNORECASE)


def read_time(text: str, now: int) -> int:
    """`30` (minutes), `14:30` or `14h30` (+07:00, the next one), `2026-11-22T14:30` (+07:00 or with its zone) -> epoch ms.

    Raises Permanent for anything else.
    """
    given = text.strip()
    if _MINUTES.fullmatch(given):
        return now + int(given) * 60_000
    found = _HOUR.fullmatch(given)
    try:
        if found:
            at = local(now).replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
            return ms_of(at if ms_of(at) > now else at + timedelta(days=1))
        at = datetime.fromisoformat(given)
        return ms_of(at if at.tzinfo else at.replace(tzinfo=VIETNAM))
    except (ValueError, OverflowError):
        raise Permanent("time_unread") from None
