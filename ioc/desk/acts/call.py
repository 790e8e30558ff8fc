"""The log of calls, in two taps: whom one called, and whether they answered; "call back at" puts the alert off until then."""

from __future__ import annotations

import re
from typing import Literal, get_args

from sqlalchemy.orm import Session

from ioc.desk.acts.act import Asked, Done, begin, end, move, person, words
from ioc.desk.acts.snooze import put_off
from ioc.errors import Permanent

Outcome = Literal["answered", "no_answer", "call_back"]
"""Gọi được, không nghe máy, báo lại lúc ..."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_NUMBER = re.compile(r"\+?[0-9]{3,15}")


def call(
    session: Session,
    alert_id: str,
    asked: Asked,
    outcome: str,
    *,
    number: str = "",
    whom: str = "",
    again_at: int | None = None,
    text: str = "",
) -> Done:
    """Log one call: to a number or a name, with its outcome; `again_at` (epoch ms) is when one will call again."""
    if outcome not in OUTCOMES:
        raise Permanent("call_outcome")
    dialled = re.sub(r"[ .()-]", "", number)
    if dialled and not _NUMBER.fullmatch(dialled):
        raise Permanent("call_number")
    name = person(whom) if whom.strip() else None
    if not dialled and name is None:
        raise Permanent("call_whom")
    said = words(text, needed=False)
    row, asked, done = begin(session, alert_id, "call", asked)
    if done:
        return done
    # A call that was made is logged, whatever another did meanwhile.
    state = move(session, row, "call", asked._replace(seen=None))
    if outcome == "call_back" and again_at is None:
        raise Permanent("call_again")
    made = end(
        session,
        row,
        "call",
        asked,
        state,
        outcome=outcome,
        called=dialled or None,
        whom=name,
        again_at=again_at if outcome == "call_back" else None,
        text=said or None,
    )
    if outcome == "call_back" and again_at is not None and row.people == "accepted" and row.status == "firing":
        put_off(row, asked.now, again_at, asked.who)
    return made
