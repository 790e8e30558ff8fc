"""The page of storm mode: what it does, how it stands, one button to begin or end it, what the last one did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import htpy as h
from fastapi import FastAPI, Request
from fastapi.responses import Response

from ioc.console import acts
from ioc.console.acts import read_form
from ioc.console.text import shown, stamp
from ioc.console.visit import Visit
from ioc.desk import storms
from ioc.desk.storms import Receipt, Standing
from ioc.errors import Permanent

if TYPE_CHECKING:
    from ioc.console.app import Console


def storm_page(visit: Visit, found: Standing, before: Receipt | None, said: str = "") -> h.Node:
    """Complete without JavaScript."""
    return h.section(".panel.storm")[
        h.h1[visit.say("storm.title")],
        h.p("#said.said", role="status")[said] if said else None,
        h.p[visit.say("storm.what")],
        h.p("#storm-state")[_state(visit, found)],
        h.form(method="post", action="/storm/begin" if found.on is None else "/storm/end")[
            h.div(".act-line")[
                h.input(
                    name="name",
                    required=True,
                    minlength="2",
                    maxlength="60",
                    value=visit.name,
                    aria_label=visit.say("accept.name"),
                ),
                h.input(type="hidden", name="form", value=visit.token),
                h.button(".button.primary", type="submit")[
                    visit.say("storm.begin" if found.on is None else "storm.end")
                ],
            ]
        ],
        h.p("#storm-before.quiet")[_receipt(visit, before)] if before is not None else None,
    ]


def _state(visit: Visit, found: Standing) -> str:
    if found.on is None:
        return visit.say("storm.off", count=found.new)
    return visit.say("storm.on", time=visit.hour(found.on.since), name=shown(found.on.by), count=found.together)


def _receipt(visit: Visit, one: Receipt) -> str:
    counts = {"alerts": one.alerts, "alone": one.alone, "together": one.together, "messages": one.messages}
    return visit.say("storm.before", since=stamp(one.since), until=stamp(one.until), **counts)


def storm_routes(app: FastAPI, console: Console) -> None:
    """Add them."""
    desk = console.deps.desk

    async def page(seen: Visit, said: str = "", status: int = 200) -> Response:
        found, before = await desk.read(lambda session: (storms.standing(session, seen.now), storms.before(session)))
        main = storm_page(seen, found, before, said)
        return console.page(seen, "storm", seen.say("storm.title"), main, status=status)

    @app.get("/storm")
    async def storm(request: Request) -> Response:
        return await page(console.visit(request))

    @app.post("/storm/{what}")
    async def switch(request: Request, what: str) -> Response:
        seen = console.visit(request)
        work = {"begin": storms.begin, "end": storms.end}.get(what)
        if work is None:
            return console.wrong(seen, 404, seen.say("wrong.not_found"))
        try:
            form = await read_form(request)
            seen = seen.named(form.name)
            await desk.write(lambda session: work(session, form.name, seen.now))
        except Permanent as error:
            outcome = acts.failed(seen, error)
            return await page(seen, outcome.said, outcome.status)
        await console.pulse.look_at_desk()
        return seen.go("/storm")
