"""The console's routes. Pages are made on the server; `/api/board` and `/api/stream` keep them up to date."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import htpy as h
import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from xstatic.pkg import leaflet

from ioc.console import acts
from ioc.console.acts import Outcome, read_form, wants_json
from ioc.console.api import add_api, misread
from ioc.console.bands import bands
from ioc.console.board import Wanted, board
from ioc.console.card import card
from ioc.console.chart import recent
from ioc.console.deps import Deps
from ioc.console.doing import DOING, SEVERAL
from ioc.console.duty_routes import duty_routes
from ioc.console.false_alarms import WEEK_MS, as_yaml, false_page
from ioc.console.guard import Guard
from ioc.console.live import Live
from ioc.console.map import cells, hotspots, map_page, trust
from ioc.console.page import shell, strip
from ioc.console.pulse import Pulse
from ioc.console.storm import storm_routes
from ioc.console.text import shown
from ioc.console.trials import read as read_trials
from ioc.console.trials import trials
from ioc.console.visit import Visit, visit
from ioc.console.wall import wall
from ioc.desk import board as desk_board
from ioc.desk import directory, wording
from ioc.desk.false_alarms import cases, counts, noisy
from ioc.errors import Permanent, Retryable
from ioc.words import LANGS

log = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"
JSON = "application/json"
LEAFLET = "/leaflet/leaflet.css"
CARD = ("app.css", "doing.css")


class Console:
    """One console: what its routes share, and the tasks that keep it up to date."""

    def __init__(self, deps: Deps) -> None:
        self.deps = deps
        self.pulse = Pulse(deps)
        self.live = Live(deps, self.pulse.facts)
        self.cells = orjson.dumps(cells(deps.boundaries))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load the board, then follow the desk until the end."""
        await self.live.load()
        await self.pulse.look()
        tasks = [asyncio.create_task(work()) for work in (self.live.run, self.live.beats, self.pulse.run)]
        try:
            yield
        finally:
            self.live.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def visit(self, request: Request) -> Visit:
        """Who asks."""
        return visit(request, self.deps.language, self.deps.desk.now())

    def page(
        self,
        seen: Visit,
        page: str,
        title: str,
        main: h.Node,
        *,
        status: int = 200,
        scripts: Sequence[str] = (),
        styles: Sequence[str] = ("app.css",),
    ) -> Response:
        """A whole page."""
        top = [strip(seen, self.pulse, page), bands(seen, self.pulse)]
        data = {"data-feeds": orjson.dumps(self._titles(seen)).decode()}
        made = shell(seen, title, page=page, main=main, strip=top, scripts=scripts, styles=styles, data=data)
        return seen.answer(made, status)

    def _titles(self, seen: Visit) -> dict[str, str]:
        return {feed.name: getattr(feed.title, seen.lang) for feed in self.deps.catalogue.feeds}

    def wrong(self, seen: Visit, status: int, text: str) -> Response:
        """A page that says what happened and where to go."""
        main = h.section(".panel.wrong-page")[
            h.h1[seen.say("wrong.title")], h.p[text], h.p[h.a(href="/")[f"← {seen.say('back')}"]]
        ]
        return self.page(seen, "wrong", seen.say("wrong.title"), main, status=status)

    async def card(self, seen: Visit, label: str, status: int = 200, said: str = "", opened: str = "") -> Response:
        """The card of a short number; `opened` is the form that is asked for."""
        case = await self.deps.desk.read(lambda session: desk_board.find(session, label))
        if case is None:
            return self.wrong(seen, 404, seen.say("card.unknown_number", number=label[:20]))
        told = case.matter.transition
        pair = await self.deps.desk.read(lambda session: noisy(session, told.rule, told.source))
        steps = await recent(self.deps.history, case.matter.transition, self.deps.desk.clock.now())
        known = await self.deps.desk.read(directory.entries)
        whom = directory.for_alert(known, told.commune, told.domain, seen.now)
        main = card(seen, self.deps, case, steps, said=said, opened=opened, pair=pair, whom=whom)
        title = f"#{case.matter.label} {shown(wording.title(case.matter.transition, seen.lang))}"
        return self.page(seen, "card", title, main, status=status, scripts=("card.js",), styles=CARD)

    def fault(self, request: Request, status: int, text: str) -> Response:
        """What went wrong, as a page or, to a script, as facts."""
        if request.url.path.startswith("/api/") or wants_json(request):
            return JSONResponse({"said": text}, status)
        return self.wrong(self.visit(request), status, text)

    def broken(self, request: Request, error: Exception) -> Response:
        """A page of ours failed: the log knows why, the visitor is told where to go."""
        log.error("%s failed", request.url.path, exc_info=error)
        return self.fault(request, 500, self.visit(request).say("wrong.internal"))

    async def done(self, request: Request, seen: Visit, outcome: Outcome, label: str | None) -> Response:
        """Answer an act: facts to a script, else the page that shows what it led to."""
        if wants_json(request):
            return seen.keep(outcome.json())
        if outcome.status < 300:
            return seen.go(f"/alerts/{label}" if label else "/")
        if label is None:
            return self.wrong(seen, outcome.status, outcome.said)
        return await self.card(seen, label, outcome.status, outcome.said)


def create_app(deps: Deps) -> FastAPI:
    """The console as an ASGI application; it lives within `app.state.console.running()` (`ioc.console.serve` sees to it)."""
    console = Console(deps)

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.console = console
    app.add_middleware(Guard, language=deps.language, broken=console.broken)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.mount("/leaflet", StaticFiles(directory=leaflet.BASE_DIR))
    _pages(app, console)
    duty_routes(app, console)
    storm_routes(app, console)
    _acts(app, console)
    _data(app, console)
    add_api(app, deps, console.visit)
    _faults(app, console)
    return app


def _pages(app: FastAPI, console: Console) -> None:
    deps = console.deps

    @app.get("/")
    async def first(request: Request) -> Response:
        seen = console.visit(request)
        asked = request.query_params
        wanted = Wanted(asked.get("severity"), asked.get("group"), asked.get("start"))
        caption = trust(seen, deps.boundaries)
        main = board(seen, console.live.rows(seen.lang), console.pulse.feeds(), wanted, caption)
        return console.page(
            seen, "board", seen.say("nav.board"), main, scripts=("board.js",), styles=(LEAFLET, "app.css")
        )

    @app.get("/alerts/{label}")
    async def one(request: Request, label: str) -> Response:
        return await console.card(console.visit(request), label, opened=request.query_params.get("do", ""))

    @app.get("/map")
    async def whole_map(request: Request) -> Response:
        seen = console.visit(request)
        main = map_page(seen, deps.boundaries)
        return console.page(
            seen, "map", seen.say("map.title"), main, scripts=("map-page.js",), styles=(LEAFLET, "app.css")
        )

    @app.get("/trials")
    async def on_trial(request: Request) -> Response:
        seen = console.visit(request)
        found = await deps.desk.read(read_trials)
        return console.page(seen, "trials", seen.say("trial.title"), trials(seen, deps, found), scripts=("trials.js",))

    @app.get("/false-alarms")
    async def false_alarms(request: Request) -> Response:
        seen = console.visit(request)
        found = await deps.desk.read(lambda session: counts(session, seen.now - WEEK_MS))
        return console.page(seen, "false", seen.say("false.title"), false_page(seen, found), scripts=("trials.js",))

    @app.get("/false-alarms/{rule}.yaml")
    async def false_cases(request: Request, rule: str) -> Response:
        seen = console.visit(request)
        found = await deps.desk.read(lambda session: cases(session, rule[:128]))
        if not found:
            return console.wrong(seen, 404, seen.say("false.no_cases"))
        return Response(as_yaml(found), media_type="application/yaml")

    @app.get("/wall")
    async def whole_wall(request: Request) -> Response:
        seen = console.visit(request)
        main = wall(seen, console.live.rows(seen.lang), console.pulse, trust(seen, deps.boundaries))
        return console.page(
            seen, "wall", seen.say("wall.title"), main, scripts=("wall.js",), styles=(LEAFLET, "app.css", "wall.css")
        )


def _acts(app: FastAPI, console: Console) -> None:
    deps = console.deps

    @app.post("/alerts/{label}/{kind}")
    async def one(request: Request, label: str, kind: str) -> Response:
        if kind not in DOING and kind not in {"seen", "judge", "quiet"}:
            raise HTTPException(404)
        return await act(request, label, kind)

    @app.post("/seen")
    async def seen_many(request: Request) -> Response:
        return await act(request, None, "seen")

    @app.post("/several/{kind}")
    async def several(request: Request, kind: str) -> Response:
        if kind not in SEVERAL:
            raise HTTPException(404)
        return await act(request, None, kind)

    async def act(request: Request, label: str | None, kind: str) -> Response:
        seen = console.visit(request)
        try:
            form = await read_form(request)
            if label is None and kind in SEVERAL:
                outcome = await acts.several(deps, seen, kind, form)
            elif label is None or kind == "seen":
                outcome = await acts.note_ended(deps, seen, form, label)
            elif kind == "quiet":
                outcome = await acts.quiet(deps, seen, label, form)
            elif kind == "judge":
                outcome = await acts.judge(deps, seen, label, form)
            else:
                outcome = await acts.act(deps, seen, kind, label, form)
            seen = seen.named(form.name)
        except Permanent as error:
            outcome = acts.failed(seen, error)
        if kind == "judge" and outcome.status < 300 and not wants_json(request):
            return seen.go("/trials")
        return await console.done(request, seen, outcome, label)


def _data(app: FastAPI, console: Console) -> None:
    @app.get("/api/board", tags=["changes"])
    async def snapshot(request: Request) -> Response:
        """All alerts that need a person, with `epoch` and the number of the last change that they contain."""
        return Response(console.live.snapshot(console.visit(request).lang), media_type=JSON)

    @app.get("/api/stream", tags=["changes"])
    async def stream(request: Request) -> Response:
        """Server-sent events from `after=<epoch>.<change>` on: `change` (rows), `beat` (every 5 s), `reset` (start anew)."""
        asked = request.query_params.get("lang")
        lang = next((lang for lang in LANGS if lang == asked), console.visit(request).lang)
        last = request.headers.get("last-event-id") or request.query_params.get("after", "")
        return StreamingResponse(console.live.stream(lang, last), media_type="text/event-stream")

    @app.get("/api/cells", include_in_schema=False)
    async def shapes() -> Response:
        return Response(console.cells, media_type="application/geo+json")

    @app.get("/api/hotspots", include_in_schema=False)
    async def spots(request: Request) -> Response:
        seen = console.visit(request)
        found = await hotspots(console.deps, seen.lang, console.deps.desk.clock.now())
        return Response(orjson.dumps({"hotspots": found}), media_type=JSON)


def _faults(app: FastAPI, console: Console) -> None:
    @app.exception_handler(HTTPException)
    async def not_found(request: Request, error: HTTPException) -> Response:
        return console.fault(request, error.status_code, console.visit(request).say("wrong.not_found"))

    @app.exception_handler(RequestValidationError)
    async def misread_body(request: Request, error: RequestValidationError) -> Response:
        return misread(console.visit(request), error)

    @app.exception_handler(Retryable)
    async def unavailable(request: Request, error: Retryable) -> Response:
        log.warning("%s cannot be answered: %s", request.url.path, error)
        return console.fault(request, 503, console.visit(request).say("wrong.unavailable"))
