"""What a form may do: an act on an alert, or to take note of ended ones. Scripts ask for JSON, others get pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ioc.alerts.lifecycle import TABLE
from ioc.console.deps import Deps
from ioc.console.doing import do, do_several
from ioc.console.guard import FORM_BYTES, TOKEN, cookies, token_matches
from ioc.console.text import shown
from ioc.console.visit import Visit
from ioc.desk import false_alarms, verdict
from ioc.desk.acts import close
from ioc.desk.acts.act import Asked, Done, alert_of
from ioc.errors import IocError, Permanent
from ioc.words import say


@dataclass(frozen=True)
class Form:
    """The fields of a form that this browser was given."""

    name: str
    ids: tuple[str, ...]
    fields: Mapping[str, str] = field(default_factory=dict)
    """All other fields, each once."""

    def asked(self, now: int) -> Asked:
        """Who acts, with the form's own key and what its page knew."""
        seen = self.fields.get("acted", "")
        known = int(seen) if seen.isdecimal() and len(seen) < 19 else None
        return Asked(self.name, now, self.fields.get("key", ""), known)


async def read_form(request: Request) -> Form:
    """Judge a form; raises Permanent where it is not one of ours."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > FORM_BYTES:
                raise Permanent("form_size")
    except ClientDisconnect:
        raise Permanent("form_type") from None
    try:
        fields = parse_qs(body.decode("utf-8"), max_num_fields=20_010, keep_blank_values=True)
    except (ValueError, UnicodeDecodeError):
        raise Permanent("form_type") from None
    token = fields.get("form", [""])[0]
    if not token_matches(cookies(request.headers).get(TOKEN), token):
        raise Permanent("form_foreign")
    rest = {name: values[-1] for name, values in fields.items() if name not in {"form", "name", "id"}}
    return Form(fields.get("name", [""])[0], tuple(fields.get("id", ())), rest)


def wants_json(request: Request) -> bool:
    """Whether a script asks."""
    return "application/json" in request.headers.get("accept", "")


class Outcome:
    """What an act led to: a sentence, a status, and facts for scripts."""

    def __init__(self, status: int, said: str, **facts: object) -> None:
        self.status = status
        self.said = said
        self.facts = facts

    def json(self) -> Response:
        """For scripts."""
        return JSONResponse({"said": self.said, **self.facts}, self.status)


STATUS = {
    "alert_unknown": 404,
    "alert_on_trial": 409,
    "not_on_trial": 409,
    "merged_on": 409,
    "form_foreign": 403,
    "form_type": 415,
    "form_size": 413,
    **{found: 409 for found in TABLE.values() if isinstance(found, str)},
}
"""HTTP status of what was refused; whatever a person typed wrong is 422."""


def refused(visit: Visit, error: IocError) -> str:
    """Why it was refused, in this visitor's language and time."""
    values = dict(error.values)
    if error.code == "alert_moved":
        values |= {
            "name": shown(str(values["name"])),
            "action": visit.say(f"act.{values['action']}"),
            "time": visit.hour(int(str(values["at"]))),
        }
    return say(error.key, visit.lang, **values)


def failed(visit: Visit, error: IocError) -> Outcome:
    """An act that was refused; the sentence says why."""
    status = 409 if error.code == "alert_moved" else STATUS.get(error.code, 422)
    return Outcome(status, refused(visit, error), code=error.code)


async def act(deps: Deps, visit: Visit, kind: str, label: str, form: Form) -> Outcome:
    """Do one act on the alert of a short number; whoever comes second is told who was first."""
    done = await deps.desk.write(lambda session: do(session, kind, label, form.asked(visit.now), form.fields))
    return told(visit, done)


async def several(deps: Deps, visit: Visit, kind: str, form: Form) -> Outcome:
    """Do one act on the alerts whose ids the form names."""
    found = await deps.desk.write(
        lambda session: do_several(session, kind, form.ids, form.asked(visit.now), form.fields)
    )
    left = sum(found.refused.values())
    key = "several.some" if left or found.second else "several.all"
    said = visit.say(key, action=visit.say(f"act.{kind}"), count=found.done, second=found.second, left=left)
    return Outcome(200, said, count=found.done, second=found.second, refused=dict(found.refused))


def told(visit: Visit, done: Done) -> Outcome:
    """What an act led to, in words and as facts."""
    name, time = shown(done.by), visit.hour(done.at)
    facts = {"by": name, "at": done.at, "first": done.first, "action": done.action, "number": done.label}
    if done.first and done.action == "accept":
        return Outcome(200, visit.say("accept.done", name=name, number=done.label), **facts)
    if done.first:
        return Outcome(200, visit.say(f"done.{done.action}", number=done.label), **facts)
    key = "accept.first" if done.action == "accept" else "done.first"
    return Outcome(409, visit.say(key, name=name, time=time), **facts)


async def quiet(deps: Deps, visit: Visit, label: str, form: Form) -> Outcome:
    """Quiet the rule and source of an alert whose last alarms were false."""
    asked = form.asked(visit.now)
    made = await deps.desk.write(lambda session: false_alarms.quiet(session, alert_of(session, label), asked))
    return Outcome(200, visit.say("false.quieted", time=visit.hour(made.ends_at), name=made.name))


async def judge(deps: Deps, visit: Visit, label: str, form: Form) -> Outcome:
    """Call an alert of a rule on trial right or wrong."""
    verdict_given = form.fields.get("verdict", "")
    if verdict_given not in ("right", "wrong"):
        raise Permanent("form_type")
    right = verdict_given == "right"
    done = await deps.desk.write(
        lambda session: verdict.judge(session, alert_of(session, label), form.name, visit.now, right=right)
    )
    said = visit.say(f"trial.by_{verdict_given}", name=shown(done.by), time=visit.hour(done.at))
    return Outcome(200, said, by=shown(done.by), at=done.at, right=done.right)


async def note_ended(deps: Deps, visit: Visit, form: Form, label: str | None = None) -> Outcome:
    """Take note that alerts have ended: the one of a short number, or those whose ids the form names."""
    count = await deps.desk.write(
        lambda session: close.note_ended(
            session, form.ids if label is None else (alert_of(session, label),), form.name, visit.now
        )
    )
    return Outcome(200, visit.say("seen.button"), count=count)
