"""What a form may do: accept an alert, take note of ended ones. Scripts ask for JSON, browsers without them get pages."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ioc.console.deps import Deps
from ioc.console.guard import FORM_BYTES, TOKEN, cookies, token_matches
from ioc.console.text import shown
from ioc.console.visit import Visit
from ioc.desk import verdict
from ioc.desk.acts import close
from ioc.desk.acts.accept import accept as accept_alert
from ioc.desk.acts.act import Asked, alert_of
from ioc.errors import IocError, Permanent
from ioc.words import say


@dataclass(frozen=True)
class Form:
    """The fields of a form that this browser was given."""

    name: str
    ids: tuple[str, ...]
    verdict: str = ""
    """`right` or `wrong`, of an alert on trial."""


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
    return Form(fields.get("name", [""])[0], tuple(fields.get("id", ())), fields.get("verdict", [""])[0])


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


def failed(visit: Visit, error: IocError) -> Outcome:
    """An act that was refused; the sentence says why."""
    status = {
        "alert_unknown": 404,
        "alert_ended": 409,
        "alert_on_trial": 409,
        "not_on_trial": 409,
        "form_foreign": 403,
        "form_type": 415,
        "form_size": 413,
    }
    return Outcome(status.get(error.code, 422), say(error.key, visit.lang, **error.values), code=error.code)


async def accept(deps: Deps, visit: Visit, label: str, form: Form) -> Outcome:
    """Accept the alert of a short number; whoever comes second is told who was first."""
    done = await deps.desk.write(
        lambda session: accept_alert(session, alert_of(session, label), Asked(form.name, visit.now))
    )
    name, time = shown(done.by), visit.hour(done.at)
    facts = {"by": name, "at": done.at, "first": done.first}
    if done.first:
        return Outcome(200, visit.say("accept.done", name=name, number=label), **facts)
    return Outcome(409, visit.say("accept.first", name=name, time=time), **facts)


async def judge(deps: Deps, visit: Visit, label: str, form: Form) -> Outcome:
    """Call an alert of a rule on trial right or wrong."""
    if form.verdict not in ("right", "wrong"):
        raise Permanent("form_type")
    right = form.verdict == "right"
    done = await deps.desk.write(
        lambda session: verdict.judge(session, alert_of(session, label), form.name, visit.now, right=right)
    )
    said = visit.say(f"trial.by_{form.verdict}", name=shown(done.by), time=visit.hour(done.at))
    return Outcome(200, said, by=shown(done.by), at=done.at, right=done.right)


async def note_ended(deps: Deps, visit: Visit, form: Form, label: str | None = None) -> Outcome:
    """Take note that alerts have ended: the one of a short number, or those whose ids the form names."""
    count = await deps.desk.write(
        lambda session: close.note_ended(
            session, form.ids if label is None else (alert_of(session, label),), form.name, visit.now
        )
    )
    return Outcome(200, visit.say("seen.button"), count=count)
