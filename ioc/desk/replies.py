"""What people answer by SMS: `1 4821` accepts alert 4821, `9 4821` calls it a false alarm; and delivery reports.

Only the number that stands among a person's addresses speaks for him, and only while he serves. An extreme alert is
called a false alarm by SMS by those alone who were told of it. A drill of another day takes no answer. Whatever
came of it is sent back, for a person in the field sees no screen; a number that nobody has is never answered: it may be
anybody.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ioc.alerts.message import Message
from ioc.desk.acts.accept import accept
from ioc.desk.acts.act import Asked, Done
from ioc.desk.acts.false_alarm import false_alarm
from ioc.desk.messages import enqueue
from ioc.desk.moment import time_of
from ioc.desk.rota import people, rota
from ioc.desk.tables import AlertRow, NoticeRow
from ioc.desk.tables_duty import WantRow
from ioc.desk.wording import number_label, parse_label
from ioc.errors import Permanent
from ioc.events import SEVERITIES
from ioc.ports import Said
from ioc.words import LANGS, say

Outcome = Literal["accepted", "second", "false_alarm", "refused", "unknown_alert", "old_drill", "unread", "stranger"]
"""What became of an answer."""
_ANSWER: Final = re.compile(r"\s*([19])[\s.,:#-]+#?\s*([Dd]?[0-9]{1,9})(?:[\s.,;:-]+(.*))?", re.ASCII | re.DOTALL)
_FORMS: Final = (
    (re.compile(r"(?:\+|00)([1-9][0-9]{6,14})", re.ASCII), ""),
    (re.compile(r"0([1-9][0-9]{8,9})", re.ASCII), "84"),
    (re.compile(r"84([1-9][0-9]{8,9})", re.ASCII), "84"),
    (re.compile(r"([1-9][0-9]{8})", re.ASCII), "84"),
)
EXTREME: Final = SEVERITIES.index("extreme")
UNREAD: Final = "answer:unread:"
RIDDLE_MS: Final = 10 * 60_000
"""For so long a person is told once that he was not understood."""
DAY_OF: Final = 7 * 3_600_000
"""Days begin at midnight in +07:00."""


class Taken(NamedTuple):
    """What became of an answer, of whom."""

    outcome: Outcome
    person: str = ""
    label: str = ""


def take_reply(session: Session, channel: str, said: Said, now: int) -> Taken:
    """Do what was answered, and put the word of it into the outbox. The same answer given again changes nothing."""
    person = _person(session, channel, said.sender, now)
    if person is None:
        return Taken("stranger")
    taken, text = _done(session, person, said, now)
    who = people(session, (channel,)).get(person)
    key = f"{UNREAD if taken.outcome == 'unread' else 'answer:'}{said.key}"
    if who is not None and not _is_answered(session, channel, person, key, now):
        answer = Message(occasion="answer", at=now, opened_at=now, subject=text)
        enqueue(session, who, (channel,), answer, key=key, thread=key, asks=False, now=now)
    return taken


def _is_answered(session: Session, channel: str, person: str, key: str, now: int) -> bool:
    """Whether this has its answer; what is not understood has one for ten minutes, for a machine may be talking."""
    answers = select(NoticeRow.id).where(NoticeRow.channel == channel)
    if key.startswith(UNREAD):
        lately = NoticeRow.created_at > now - RIDDLE_MS
        mine = (NoticeRow.recipient == person, NoticeRow.key.startswith(UNREAD), lately)
        if session.scalar(answers.where(*mine).limit(1)) is not None:
            return True
    return session.scalar(answers.where(NoticeRow.key == key).limit(1)) is not None


def _person(session: Session, channel: str, sender: str, now: int) -> str | None:
    """Whose telephone it is; of several who share it the one on duty, else the first by name."""
    wanted = _e164(sender)
    if wanted is None:
        return None
    found = [
        one.name for one in people(session, (channel,)).values() if _e164(one.addresses.get(channel, "")) == wanted
    ]
    if len(found) > 1:
        known = rota(session, now)
        duties = {one.duty for one in known.shifts} | {one.duty for one in known.changes}
        serving = {who for duty in duties for who in known.on_duty(duty, now)}
        found.sort(key=lambda name: (name not in serving, name))
    return found[0] if found else None


def _e164(given: str) -> str | None:
    """A number with its country; None for what is none. Networks write ours as 0912..., 912..., 84912..., +84912..."""
    text = re.sub(r"[ ().-]", "", given)
    for form, country in _FORMS:
        found = form.fullmatch(text)
        if found is not None:
            return f"+{country}{found[1]}"
    return None


def _done(session: Session, person: str, said: Said, now: int) -> tuple[Taken, dict[str, str]]:
    found = _ANSWER.fullmatch(said.text[:500])
    if found is None:
        return Taken("unread", person), _both("unread")
    label = found[2].upper()
    row = _alert(session, label)
    if row is None:
        return Taken("unknown_alert", person, label), _both("unknown_alert", number=f"#{label}")
    if row.drill and (row.stored_at + DAY_OF) // 86_400_000 != (now + DAY_OF) // 86_400_000:
        return Taken("old_drill", person, label), _both("old_drill", number=f"#{label}")
    asked = Asked(person, now, key=said.key)
    number = f"#{number_label(row.number, drill=row.drill)}"
    if found[1] == "9" and row.severity == EXTREME and not _was_told(session, row.alert_id, person):
        # A sender can be forged and a digit mistyped; what is worst is not called off by either alone.
        return Taken("refused", person, label), _both("not_told", number=number)
    try:
        with session.begin_nested():
            if found[1] == "1":
                return _accepted(accept(session, row.alert_id, asked), person, number)
            words = (found[3] or "").strip() or say("reply.no_words", "vi")
            false_alarm(session, row.alert_id, asked, "other", text=words)
            return Taken("false_alarm", person, label), _both("false_alarm", number=number)
    except Permanent as error:
        told = {lang: say(error.key, lang, **error.values) for lang in LANGS}
        return Taken("refused", person, label), {lang: f"{number}: {told[lang]}" for lang in LANGS}


def _was_told(session: Session, alert_id: str, person: str) -> bool:
    wanted = select(WantRow.id).where(WantRow.alert_id == alert_id, WantRow.person == person, WantRow.state == "told")
    return session.scalar(wanted.limit(1)) is not None


def _accepted(done: Done, person: str, number: str) -> tuple[Taken, dict[str, str]]:
    at = time_of(done.at + DAY_OF).strftime("%H:%M")
    if done.by == person:
        return Taken("accepted", person, done.label), _both("accepted", number=number, at=at)
    return Taken("second", person, done.label), _both("second", number=number, at=at, name=done.by)


def _alert(session: Session, label: str) -> AlertRow | None:
    asked = parse_label(label)
    if asked is None:
        return None
    number, drill = asked
    return session.scalar(select(AlertRow).where(AlertRow.number == number, AlertRow.drill.is_(drill)))


def _both(key: str, **values: str) -> dict[str, str]:
    return {lang: say(f"reply.{key}", lang, **values) for lang in LANGS}
