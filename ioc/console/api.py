"""The same acts over HTTP, for programs: JSON in, JSON out, described by OpenAPI at `/api/openapi.json`.

An act is `POST /api/alerts/{number}/{act}`. Its body names who acts and may carry a key of the sender's: sent again
under the same key, it is answered again and not done again. `GET /api/alerts` and the stream of `/api/stream` share one
sequence number, so that a program misses no change. Errors have a stable `code` and a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from ioc.alerts.lifecycle import State, Verification, allowed
from ioc.console import acts
from ioc.console.deps import Deps
from ioc.console.diary import summary
from ioc.console.doing import do
from ioc.console.text import machine, shown
from ioc.console.visit import Visit
from ioc.desk import board, wording
from ioc.desk.acts.act import Asked, Done
from ioc.errors import Permanent
from ioc.events import Certainty, Severity

STRICT = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
ActName = Literal[
    "accept",
    "assign",
    "hand",
    "report",
    "comment",
    "call",
    "snooze",
    "verify",
    "false_alarm",
    "merge",
    "close",
    "reopen",
]
Text = Annotated[str, Field(max_length=2_000)]
Short = Annotated[str, Field(max_length=60)]


class ActBody(BaseModel):
    """Who acts, and what the act needs; what an act has no use for must not be sent."""

    model_config = STRICT
    name: Short
    """Who acts."""
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")] | None = None
    """The sender's own name for this act; the same key twice is one act."""
    acted: Annotated[int, Field(ge=0)] | None = None
    """`acted` of the alert as the sender knew it: refused with `alert_moved` where another has acted since."""
    to: Short = ""
    """assign: who gets it."""
    unit: Short = ""
    """hand: the unit."""
    unit_id: Short = ""
    """hand: its id in the directory."""
    due: Short = ""
    """hand: minutes from now, an hour (`14:30`, +07:00), or a date and time by which it must report."""
    until: Short = ""
    """snooze: the same, when the alert comes back."""
    again: Short = ""
    """call: the same, when one will call again."""
    outcome: Literal["", "answered", "no_answer", "call_back"] = ""
    """call: how it went."""
    number: Short = ""
    """call: the number."""
    whom: Short = ""
    """call: whom."""
    result: Literal["", "verified", "unreachable"] = ""
    """verify: what was found; empty is `verified`."""
    how: Literal["", "camera", "phone", "scene"] = ""
    """verify, false_alarm: how people know."""
    severity: Literal["", "extreme", "severe", "moderate", "minor"] = ""
    """verify: what people make of the severity; empty leaves it."""
    cause: Literal["", "industry", "permitted_burn", "weather", "device", "rule", "other"] = ""
    """false_alarm: why it was false; `other` needs `text`."""
    into: Short = ""
    """merge: number of the alert that stands for this one from now on."""
    text: Text = ""
    """Words; comment and report need them."""

    def fields(self) -> dict[str, str]:
        """As a form would send them."""
        return {name: value for name, value in self.model_dump(exclude={"name", "key", "acted"}).items() if value}


class DoneBody(BaseModel):
    """What an act led to."""

    model_config = STRICT
    number: str
    """Short number of the alert."""
    action: str
    """The act."""
    by: str
    """Who did it: the sender, or who was first."""
    at: str
    """When, RFC 3339."""
    first: bool
    """False where another was first and nothing changed (status 409)."""
    said: str
    """The same in one sentence."""


class Wrong(BaseModel):
    """Why an act was refused."""

    model_config = STRICT
    code: str
    """Stable."""
    said: str
    """One sentence: what happened and what to do."""


class ActLine(BaseModel):
    """One line of the record of what people did."""

    model_config = STRICT
    at: str
    """RFC 3339."""
    by: str
    """Who; `desk` where no person acted."""
    action: str
    """What."""
    said: str
    """The same with its facts, in one line."""
    text: str | None
    """Words that were written."""


class AlertBody(BaseModel):
    """One alert: what the data say, what people did, what can be done."""

    model_config = STRICT
    number: str
    """Short number to say aloud."""
    alert_id: str
    """One episode of one rule for one key."""
    title: str
    """What happened."""
    place: str
    """Commune and former district."""
    why: str
    """The value against the limit."""
    status: Literal["firing", "resolved"]
    """What the data say."""
    people: Literal["unaccepted", "accepted", "handed", "closed"]
    """What people did."""
    state: board.State
    """Where it stands on the board."""
    severity: Severity
    """As people weighed it, else as the rule says."""
    certainty: Certainty
    """How sure the rule is."""
    verification: Verification
    """What people found."""
    cause: str | None
    """Why it was a false alarm."""
    owner: str | None
    """Who answers for it."""
    unit: str | None
    """The unit that has it."""
    due_at: str | None
    """Until when owner or unit must give a sign, RFC 3339."""
    overdue: bool
    """Whether that time has passed."""
    merged_into: str | None
    """Number of the alert that stands for this one."""
    merged: list[str]
    """Numbers of the alerts that this one stands for."""
    drill: bool
    """A rehearsal."""
    opened_at: str
    """When it began, RFC 3339."""
    acted: int
    """Number of the last act; send it back with the next one."""
    can: list[str]
    """Acts that are possible now."""
    acts: list[ActLine]
    """What people did, the oldest first."""


def done_body(done: Done, said: str) -> DoneBody:
    """An act's outcome as a program is told it."""
    return DoneBody(
        number=done.label, action=done.action, by=shown(done.by), at=machine(done.at), first=done.first, said=said
    )


def alert_body(visit: Visit, deps: Deps, case: board.Case) -> AlertBody:
    """An alert as a program reads it."""
    matter, lang = case.matter, visit.lang
    told, work = matter.transition, matter.work
    return AlertBody(
        number=matter.label,
        alert_id=matter.alert_id,
        title=shown(wording.title(told, lang)),
        place=wording.place(told, deps.boundaries)[lang],
        why=shown(wording.why(told, lang)),
        status=told.status,
        people=work.people,
        state=matter.state,
        severity=told.severity,
        certainty=told.certainty,
        verification=work.verification,
        cause=work.cause,
        owner=matter.accepted_by,
        unit=work.handed_to,
        due_at=machine(work.due_at) if work.due_at else None,
        overdue=work.overdue_at is not None,
        merged_into=case.into,
        merged=[one.label for one in case.merged],
        drill=told.drill,
        opened_at=machine(told.opened_at),
        acted=work.acted,
        can=[] if matter.trial else list(allowed(State(told.status, work.people))),
        acts=[
            ActLine(
                at=machine(line.at),
                by=shown(line.actor),
                action=line.action,
                said=summary(visit, line),
                text=text if isinstance(text := line.details.get("text"), str) else None,
            )
            for line in case.acts
        ],
    )


def add_api(app: FastAPI, deps: Deps, visit_of: Callable[[Request], Visit]) -> None:
    """Add the routes of programs; `visit_of` gives the visitor of a request (`Console.visit`)."""
    refused: dict[int | str, dict[str, Any]] = {
        404: {"model": Wrong, "description": "No such alert."},
        409: {"model": DoneBody | Wrong, "description": "Another was first, or it cannot be in this state."},
        422: {"model": Wrong, "description": "Something that was sent is not as it must be."},
    }

    @app.get("/api/alerts/{number}", response_model=AlertBody, responses={404: refused[404]}, tags=["alerts"])
    async def alert(request: Request, number: Annotated[str, Path(max_length=20)]) -> Response:
        """One alert, with what people did and what can be done now."""
        visit = visit_of(request)
        case = await deps.desk.read(lambda session: board.find(session, number))
        if case is None:
            return wrong(visit, Permanent("alert_unknown"))
        return JSONResponse(alert_body(visit, deps, case).model_dump())

    @app.post("/api/alerts/{number}/{act}", response_model=DoneBody, responses=refused, tags=["alerts"])
    async def act_on(
        request: Request,
        number: Annotated[str, Path(max_length=20)],
        act: ActName,
        body: Annotated[ActBody, Body()],
    ) -> Response:
        """Do one act; whoever comes second is told who was first."""
        visit = visit_of(request)
        asked = Asked(body.name, visit.now, body.key or "", body.acted)
        try:
            done = await deps.desk.write(lambda session: do(session, act, number, asked, body.fields()))
        except Permanent as error:
            return wrong(visit, error)
        outcome = acts.told(visit, done)
        return JSONResponse(done_body(done, outcome.said).model_dump(), outcome.status)

    @app.get("/api/openapi.json", include_in_schema=False)
    async def described() -> Response:
        return JSONResponse(description(app))


def wrong(visit: Visit, error: Permanent) -> Response:
    """A refusal as a program is told it."""
    outcome = acts.failed(visit, error)
    return JSONResponse(Wrong(code=error.code, said=outcome.said).model_dump(), outcome.status)


def misread(visit: Visit, error: RequestValidationError) -> Response:
    """A body that is not as described: which field, in the library's words."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    said = visit.say("api.misread", field=where[:60] or "-", why=str(first["msg"])[:120])
    return JSONResponse(Wrong(code="body_misread", said=said).model_dump(), 422)


def description(app: FastAPI) -> dict[str, Any]:
    """OpenAPI of what programs may use: the pages are for people and stand in none."""
    routes = [route for route in app.routes if getattr(route, "path", "").startswith("/api/")]
    return get_openapi(title="IOC desk", version="1", description=(__doc__ or "").strip(), routes=routes)
