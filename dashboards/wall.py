"""One wall: its name, its tiles, its span; and the dashboard that Grafana loads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog import builder, encoder
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models import dashboard as models

from ioc.words import Lang, say

Panel = builder.Builder[models.Panel]
TILES = "/public/ioc/tiles/{z}/{x}/{y}.png"
"""Tiles of the base map, served by Grafana itself from a folder that the operator fills; never the internet."""


class Wall(NamedTuple):
    """A wall in one language is a dashboard of its own: a playlist shows either."""

    name: str
    panels: Callable[[Lang, str], Iterable[Any]]
    span: str
    refresh: str

    def uid(self, lang: Lang) -> str:
        """Name of the dashboard in Grafana, at most 40 characters."""
        return f"ioc-{self.name.replace('_', '-')}-{lang}"

    def build(self, lang: Lang, tiles: str = TILES) -> str:
        """The dashboard as JSON, the same bytes every time."""
        made = (
            builders.Dashboard(say(f"walls.{self.name}.title", lang))
            .uid(self.uid(lang))
            .tags(["ioc", "wall", lang])
            .timezone("Asia/Ho_Chi_Minh")
            .readonly()
            .refresh(self.refresh)
            .time(self.span, "now")
            .timepicker(builders.TimePicker().hidden(True).refresh_intervals(["10s", "30s", "1m"]))
            .tooltip(models.DashboardCursorSync.CROSSHAIR)
            .annotation(_annotations(lang))
        )
        for number, panel in enumerate(self.panels(lang, tiles), 1):
            made.with_panel(panel.id(number))
        plain = json.loads(json.dumps(made.build(), cls=encoder.JSONEncoder))
        return json.dumps(plain, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _annotations(lang: Lang) -> builders.AnnotationQuery:
    """A mark for every alert, kept by Grafana under the tag `ioc-alert`."""
    source = shared.DataSourceRef(type_val="grafana", uid="-- Grafana --")
    target = builders.AnnotationTarget().limit(100).match_any(True).tags(["ioc-alert"]).type("tags")
    return (
        builders.AnnotationQuery()
        .name(say("walls.marks", lang))
        .datasource(source)
        .enable(True)
        .icon_color("orange")
        .target(target)  # type: ignore[arg-type]  # the SDK's own builder of annotation targets is no Dataquery to it
    )
