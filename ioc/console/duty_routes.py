"""Routes of the pages of duty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from ioc.alerts.mute import Area
from ioc.console import acts
from ioc.console.acts import Form, read_form
from ioc.console.duty import directory_page, read_rota, read_silences, rota_page, silences_page
from ioc.console.visit import Visit
from ioc.desk import directory, silences
from ioc.errors import Permanent

if TYPE_CHECKING:
    from ioc.console.app import Console


def duty_routes(app: FastAPI, console: Console) -> None:
    """Add them."""
    deps = console.deps

    @app.get("/directory")
    async def whom_to_call(request: Request) -> Response:
        seen = console.visit(request)
        found = await deps.desk.read(directory.entries)
        main = directory_page(seen, found, request.query_params.get("q", ""), deps.boundaries)
        return console.page(seen, "directory", seen.say("directory.title"), main)

    @app.get("/rota")
    async def on_duty(request: Request) -> Response:
        seen = console.visit(request)
        found = await deps.desk.read(lambda session: read_rota(session, seen.now))
        return console.page(seen, "rota", seen.say("rota.title"), rota_page(seen, found))

    async def silenced(seen: Visit, said: str = "", status: int = 200, area: Area | None = None) -> Response:
        found = await deps.desk.read(read_silences)
        main = silences_page(seen, found, said, area)
        return console.page(seen, "silences", seen.say("silence.title"), main, status=status)

    @app.get("/silences")
    async def all_silences(request: Request) -> Response:
        asked = request.query_params
        communes = frozenset(asked.get("communes", "")[:600].split())
        area = Area(asked.get("rule", "")[:128], asked.get("source", "")[:128], communes)
        return await silenced(console.visit(request), area=area)

    @app.post("/silences")
    async def make(request: Request) -> Response:
        seen = console.visit(request)
        try:
            form = await read_form(request)
            seen = seen.named(form.name)
            await deps.desk.write(lambda session: _make(session, form, seen.now))
        except Permanent as error:
            outcome = acts.failed(seen, error)
            return await silenced(seen, outcome.said, outcome.status)
        return seen.go("/silences")

    @app.post("/silences/{name}/end")
    async def end(request: Request, name: str) -> Response:
        seen = console.visit(request)
        try:
            form = await read_form(request)
            seen = seen.named(form.name)
            await deps.desk.write(lambda session: silences.end(session, name, form.name, seen.now))
        except Permanent as error:
            outcome = acts.failed(seen, error)
            return await silenced(seen, outcome.said, outcome.status)
        return seen.go("/silences")


def _make(session: Session, form: Form, now: int) -> None:
    given = form.fields
    minutes = given.get("minutes", "")
    span = int(minutes) if minutes.isdecimal() and len(minutes) < 6 else 0
    area = Area(
        given.get("rule", "").strip()[:128],
        given.get("source", "").strip()[:128],
        frozenset(given.get("communes", "")[:600].split()),
    )
    silences.silence(
        session, area, until=now + span * 60_000, reason=given.get("reason", ""), by=form.name, up_to="severe", now=now
    )
