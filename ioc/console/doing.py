"""From the fields of a form, or of a call of the API, to an act of the desk: both doors lead through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from ioc.console.clock_field import read_time
from ioc.desk.acts.accept import accept
from ioc.desk.acts.act import Asked, Done, alert_of
from ioc.desk.acts.assign import assign
from ioc.desk.acts.call import call
from ioc.desk.acts.close import close, reopen
from ioc.desk.acts.comment import comment
from ioc.desk.acts.false_alarm import false_alarm
from ioc.desk.acts.hand import hand, report
from ioc.desk.acts.merge import merge
from ioc.desk.acts.snooze import snooze
from ioc.desk.acts.verify import verify
from ioc.errors import Permanent
from ioc.events import SEVERITIES, Severity

Fields = Mapping[str, str]
"""Names of an act's fields -> what was typed."""


class Given(NamedTuple):
    """What an act is done with; a field that was not sent is empty."""

    alert_id: str
    asked: Asked
    fields: Fields

    def text(self, name: str) -> str:
        """One field."""
        return self.fields.get(name, "")

    def time(self, name: str) -> int:
        """A field that is a time, epoch ms."""
        return read_time(self.text(name), self.asked.now)


class Named(NamedTuple):
    """A unit that a person named; `id` where it was chosen from the directory."""

    name: str
    id: str | None = None


def _accept(session: Session, given: Given) -> Done:
    return accept(session, given.alert_id, given.asked)


def _assign(session: Session, given: Given) -> Done:
    return assign(session, given.alert_id, given.asked, given.text("to"))


def _hand(session: Session, given: Given) -> Done:
    if not given.text("unit").strip():
        raise Permanent("unit_missing")
    unit = Named(given.text("unit"), given.text("unit_id") or None)
    return hand(session, given.alert_id, given.asked, unit, due_at=given.time("due"), text=given.text("text"))


def _report(session: Session, given: Given) -> Done:
    return report(session, given.alert_id, given.asked, given.text("text"))


def _comment(session: Session, given: Given) -> Done:
    return comment(session, given.alert_id, given.asked, given.text("text"))


def _call(session: Session, given: Given) -> Done:
    outcome = given.text("outcome")
    return call(
        session,
        given.alert_id,
        given.asked,
        outcome,
        number=given.text("number"),
        whom=given.text("whom"),
        again_at=given.time("again") if outcome == "call_back" and given.text("again").strip() else None,
        text=given.text("text"),
    )


def _snooze(session: Session, given: Given) -> Done:
    return snooze(session, given.alert_id, given.asked, given.time("until"))


def _verify(session: Session, given: Given) -> Done:
    result = given.text("result") or "verified"
    return verify(
        session,
        given.alert_id,
        given.asked,
        result,
        how=given.text("how") if result == "verified" else "",
        severity=_severity(given.text("severity")),
        text=given.text("text"),
    )


def _severity(given: str) -> Severity | None:
    if not given:
        return None
    for known in SEVERITIES[1:]:
        if known == given:
            return known
    raise Permanent("verify_severity")


def _false_alarm(session: Session, given: Given) -> Done:
    how, text = given.text("how"), given.text("text")
    return false_alarm(session, given.alert_id, given.asked, given.text("cause"), how=how, text=text)


def _merge(session: Session, given: Given) -> Done:
    return merge(session, given.alert_id, given.asked, alert_of(session, given.text("into")))


def _close(session: Session, given: Given) -> Done:
    return close(session, given.alert_id, given.asked, given.text("text"))


def _reopen(session: Session, given: Given) -> Done:
    return reopen(session, given.alert_id, given.asked, given.text("text"))


DOING: Mapping[str, Callable[[Session, Given], Done]] = {
    "accept": _accept,
    "assign": _assign,
    "hand": _hand,
    "report": _report,
    "comment": _comment,
    "call": _call,
    "snooze": _snooze,
    "verify": _verify,
    "false_alarm": _false_alarm,
    "merge": _merge,
    "close": _close,
    "reopen": _reopen,
}
"""Name of an act (`ioc.alerts.lifecycle.Act`) -> how it is done with fields."""


def do(session: Session, act: str, label: str, asked: Asked, fields: Fields) -> Done:
    """Do an act on the alert of a short number; raises Permanent where it cannot be done."""
    return DOING[act](session, Given(alert_of(session, label), asked, fields))


SEVERAL = frozenset({"accept", "assign", "verify", "false_alarm"})
"""Acts that work on a selection of alerts."""
MOST = 500
"""Alerts of one selection."""


class Several(NamedTuple):
    """What an act on a selection led to: how many alerts it changed, and why it did not change the others."""

    done: int
    second: int
    """Already so, by somebody."""
    refused: Mapping[str, int]
    """Code of a refusal -> how many alerts."""


def do_several(session: Session, act: str, alert_ids: Sequence[str], asked: Asked, fields: Fields) -> Several:
    """Do an act on many alerts, each for itself; raises Permanent where it can be done on none of them for one reason."""
    if act not in SEVERAL or not 0 < len(alert_ids) <= MOST:
        raise Permanent("form_type")
    done = second = 0
    refused: dict[str, list[Permanent]] = {}
    for alert_id in dict.fromkeys(alert_ids):
        try:
            with session.begin_nested():
                one = DOING[act](session, Given(alert_id, asked._replace(key="", seen=None), fields))
        except Permanent as error:
            refused.setdefault(error.code, []).append(error)
            continue
        done += one.change > 0
        second += one.change == 0
    if not done and not second and len(refused) == 1:
        raise next(iter(refused.values()))[0]
    return Several(done, second, {code: len(errors) for code, errors in refused.items()})
