"""A small chart of the hours before now, drawn as SVG on the server: no script, no style of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import htpy as h

from ioc.alerts.alert import Transition
from ioc.alerts.figures import measured
from ioc.console.text import hour
from ioc.console.visit import Visit
from ioc.desk.moment import ms_of, time_of
from ioc.errors import Retryable
from ioc.events import DOMAINS
from ioc.ports import History, Scope, Step

SPAN = timedelta(hours=6)
STEP_S = 300
AFTER = timedelta(minutes=30)
WIDTH, HEIGHT = 600, 120
LEFT, BOTTOM = 4, 18


def end(told: Transition, now: datetime) -> datetime:
    """Where the chart ends: now, or for a replayed alert a little after its last change."""
    return time_of(told.at) + AFTER if told.replay else now


async def recent(history: History, told: Transition, now: datetime) -> Sequence[Step]:
    """The values to draw; none for what is no measured value, or when the history cannot be read."""
    if told.why.kind != "threshold" or told.domain not in DOMAINS or not told.why.quantity:
        return ()
    scope = Scope(replay=told.replay, drill=told.drill)
    until = end(told, now)
    try:
        return await history.series(
            told.domain, told.source, told.why.quantity, since=until - SPAN, until=until, step_s=STEP_S, scope=scope
        )
    except Retryable:
        return ()


def chart(visit: Visit, told: Transition, steps: Sequence[Step]) -> h.Node:
    """Highest value of each five minutes with the limit; nothing where too little is known to draw."""
    if len(steps) < 2:
        return None
    limit = told.why.limit
    values = [step.high if told.why.above else step.low for step in steps]
    low, high = (
        min([*values, *([limit] if limit is not None else [])]),
        max([*values, *([limit] if limit is not None else [])]),
    )
    room = (high - low) or 1.0
    until = ms_of(end(told, time_of(visit.now)))
    since = until - SPAN // timedelta(milliseconds=1)

    def x(ms: int) -> float:
        return round(LEFT + (ms - since) / (until - since) * (WIDTH - 2 * LEFT), 1)

    def y(value: float) -> float:
        return round(8 + (high - value) / room * (HEIGHT - BOTTOM - 16), 1)

    lines = []
    part: list[str] = []
    last = None
    for step, value in zip(steps, values, strict=True):
        at = ms_of(step.at)
        if last is not None and at - last > 3 * STEP_S * 1000:  # a hole is a hole, not a slope
            lines.append(part)
            part = []
        part.append(f"{x(at)},{y(value)}")
        last = at
    lines.append(part)
    unit = told.why.unit
    return h.section[
        h.h2[visit.say("card.chart")],
        h.svg(".chart", viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=_summary(visit, values, unit))[
            h.line(".axis", x1="0", x2=str(WIDTH), y1=str(HEIGHT - BOTTOM), y2=str(HEIGHT - BOTTOM)),
            (h.polyline(".values", points=" ".join(points)) for points in lines if len(points) > 1),
            (
                h.circle(".dot", cx=points[0].split(",")[0], cy=points[0].split(",")[1], r="2.5")
                for points in lines
                if len(points) == 1
            ),
            None
            if limit is None
            else [
                h.line(".limit", x1="0", x2=str(WIDTH), y1=str(y(limit)), y2=str(y(limit))),
                h.text(".limit-text", x=str(WIDTH - 4), y=str(max(10.0, y(limit) - 4)), text_anchor="end")[
                    visit.say("card.chart_limit", limit=measured(limit, unit, visit.lang))
                ],
            ],
            h.text(".tick", x="0", y=str(HEIGHT - 4))[hour(since, visit.now)],
            h.text(".tick", x=str(WIDTH), y=str(HEIGHT - 4), text_anchor="end")[hour(until, visit.now)],
        ],
        h.p(".quiet")[_summary(visit, values, unit)],
    ]


def _summary(visit: Visit, values: Sequence[float], unit: str) -> str:
    low, high = measured(min(values), unit, visit.lang), measured(max(values), unit, visit.lang)
    return f"{visit.say('card.value')}: {low} – {high}"
