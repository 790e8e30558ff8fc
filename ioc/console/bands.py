"""Bands below the strip of every page: who should be told and cannot be, and storm mode, offered or on."""

from __future__ import annotations

import htpy as h

from ioc.console.pulse import Pulse
from ioc.console.text import shown
from ioc.console.visit import Visit
from ioc.desk.untold import Untold


def bands(visit: Visit, pulse: Pulse) -> h.Node:
    """Both of them; hidden where there is nothing to say, so that the beat can show them."""
    return [_untold(visit, pulse.untold), _storm(visit, pulse)]


def untold_sentences(visit: Visit, found: Untold) -> list[str]:
    """What cannot be told, each with its count."""
    said = (
        ("untold.empty", int(found.empty)),
        ("untold.duties", 0 if found.empty else len(found.duties)),
        ("untold.alerts", found.alerts),
        ("untold.notices", found.notices),
    )
    return [visit.say(key, count=count) for key, count in said if count]


def _untold(visit: Visit, found: Untold) -> h.Element:
    return h.div("#untold.untold-band", role="alert", hidden=not found.any)[
        h.strong("#untold-what")[" ".join(untold_sentences(visit, found))],
        h.span[visit.say("untold.do")],
        h.a(href="/rota")[visit.say("nav.rota")],
    ]


def _storm(visit: Visit, pulse: Pulse) -> h.Element:
    found = pulse.storm
    if found.on is None:
        text = visit.say("storm.offer", count=found.new)
    else:
        name, time = shown(found.on.by), visit.hour(found.on.since)
        text = visit.say("storm.on", time=time, name=name, count=found.together)
    return h.div("#storm.storm-band", role="status", hidden=found.on is None and not pulse.storm_offered)[
        h.span("#storm-what")[text], h.a(".button.small", href="/storm")[visit.say("storm.title")]
    ]
