"""The map of the province without any map server: communes drawn from the table or the province's file.

Where the cells are approximate the map says so. Coordinates are copied by a click.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import htpy as h

from ioc.alerts.figures import number
from ioc.console.deps import Deps
from ioc.console.page import LEVELS, severity
from ioc.console.text import shown
from ioc.console.visit import Visit
from ioc.desk.moment import ms_of
from ioc.places.boundaries import Boundaries
from ioc.words import Lang

DETAIL_M = 150
"""Outlines are simplified by about this much: a pixel of a province on a screen is 200 m."""
HOTSPOTS = timedelta(hours=24)
HOTSPOT_LIMIT = 2_000


def map_page(visit: Visit, boundaries: Boundaries) -> h.Node:
    """The whole-page map with its legend."""
    return [
        h.div(".map-tools.panel")[
            h.h1[visit.say("map.title")],
            h.label(".check")[h.input("#unaccepted", type="checkbox"), " ", visit.say("map.unaccepted_only")],
            h.p("#no-place.quiet", hidden=True),
        ],
        h.div(".map-wrap")[
            h.div("#map.map.map-full", role="application", aria_label=visit.say("map.label")),
            legend(visit, boundaries),
        ],
        h.noscript[h.p[visit.say("map.need_script")]],
    ]


def legend(visit: Visit, boundaries: Boundaries) -> h.Element:
    """What each sign means, and how far the outlines may be trusted."""
    return h.section(".legend.panel", aria_label=visit.say("map.legend"))[
        h.h2[visit.say("map.legend")],
        h.ul[
            (h.li[severity(name, visit.lang)] for name in LEVELS[:4]),
            h.li[h.span(".hotspot-key", aria_hidden="true"), " ", h.span("#hotspot-text")[visit.say("map.hotspot")]],
            h.li(class_=["trust", {"approximate": boundaries.approximate}])[
                h.span(".hatch-key", aria_hidden="true"), " ", trust(visit, boundaries)
            ],
        ],
    ]


def trust(visit: Visit, boundaries: Boundaries) -> str:
    """What the outlines are worth, in words."""
    return visit.say("map.approximate" if boundaries.approximate else "map.true")


def cells(boundaries: Boundaries) -> dict[str, Any]:
    """GeoJSON of the communes; labels in both languages stand in their properties."""
    found = boundaries.cells(DETAIL_M)
    for feature in found["features"]:
        place = boundaries.place(feature["properties"]["code"])
        if place is not None:
            feature["properties"]["label"] = {"vi": place.label("vi"), "en": place.label("en")}
    return found


async def hotspots(deps: Deps, lang: Lang, now: datetime) -> list[dict[str, Any]]:
    """Satellite detections of the last 24 hours, newest first; raises Retryable when the history cannot be read."""
    readings = await deps.history.recent("hotspot", now - HOTSPOTS, HOTSPOT_LIMIT)
    return [
        {
            "id": reading.event_id,
            "lat": reading.lat,
            "lon": reading.lon,
            "frp": number(reading.value, lang),
            "at": ms_of(reading.observed_at),
            "title": shown(reading.title or ""),
            "place": reading.commune or "",
        }
        for reading in readings
        if reading.lat is not None and reading.lon is not None
    ]
