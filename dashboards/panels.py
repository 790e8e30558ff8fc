"""Tiles of a wall: figure, table, chart, timeline, map. Each takes its place on the grid and a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import common, geomap, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import geomap as maps

from dashboards import look
from dashboards.ask import SOURCE, Ask
from ioc.words import Lang

Panel = Any
"""A builder of a tile; each kind has a class of its own."""
REF = shared.DataSourceRef(type_val=SOURCE["type"], uid=SOURCE["uid"])
PROVINCE = (21.85, 105.75, 9.2)
"""Centre and zoom that show the whole province; a map that fits itself jumps at each refresh."""


class Place(NamedTuple):
    """Where a tile stands, in grid units: column, row, width, height."""

    x: int
    y: int
    w: int
    h: int

    @property
    def grid(self) -> models.GridPos:
        """As Grafana has it."""
        return models.GridPos(x=self.x, y=self.y, w=self.w, h=self.h)


def figure(
    title: str, at: Place, ask: Ask, lang: Lang, *, field: str, colours: builders.ThresholdsConfig
) -> stat.Panel:
    """One number to be read from five metres; a missing one says that data are missing."""
    return (
        stat.Panel()
        .title(title)
        .grid_pos(at.grid)
        .datasource(REF)
        .with_target(ask)
        .decimals(0)
        .thresholds(colours)
        .color_scheme(look.by_steps())
        .mappings([look.no_data(lang)])
        .no_value(look.missing(lang))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields(f"/^{field}$/").values(False))
        .color_mode(shared.BigValueColorMode.BACKGROUND)
        .graph_mode(shared.BigValueGraphMode.NONE)
        .text_mode(shared.BigValueTextMode.VALUE)
        .justify_mode(shared.BigValueJustifyMode.CENTER)
        .text(common.VizTextDisplayOptions().title_size(look.TEXT_PX).value_size(look.KEY_PX))
    )


def rows(
    title: str,
    at: Place,
    ask: Ask,
    lang: Lang,
    columns: Mapping[str, str],
    *,
    painted: Mapping[str, models.ValueMapping],
    units: Mapping[str, str] | None = None,
    sort: str = "",
) -> table.Panel:
    """A table: `columns` are shown in their order under these names, `painted` ones as words on their colour."""
    hidden = {
        name: True
        for name in ("Time", "time", "rule", "source", "commune", "feed", "lat", "lon")
        if name not in columns
    }
    order = {name: nth for nth, name in enumerate(columns)}
    organize = models.DataTransformerConfig(
        id_val="organize",
        options={"excludeByName": hidden, "indexByName": order, "renameByName": dict(columns)},
    )
    made = (
        table.Panel()
        .title(title)
        .grid_pos(at.grid)
        .datasource(REF)
        .with_target(ask)
        .with_transformation(organize)
        .show_header(True)
        .cell_height(shared.TableCellHeight.LG)
        .no_value(look.missing(lang))
    )
    for name, mapping in painted.items():
        cell = {"type": "color-background", "mode": "basic"}
        made.override_by_name(
            columns[name],
            [
                models.DynamicConfigValue(id_val="mappings", value=[mapping]),
                models.DynamicConfigValue(id_val="custom.cellOptions", value=cell),
            ],
        )
    for name, unit in (units or {}).items():
        made.override_by_name(columns[name], [models.DynamicConfigValue(id_val="unit", value=unit)])
    if sort:
        made.sort_by([common.TableSortByFieldState().display_name(columns[sort]).desc(True)])
    return made


def chart(
    title: str, at: Place, asks: Sequence[Ask], unit: str, *, limit: tuple[float, str] | None = None, bars: bool = False
) -> timeseries.Panel:
    """Values over the wall's span; a gap in the data is a gap in the line. `limit` is drawn across."""
    made = (
        timeseries.Panel()
        .title(title)
        .grid_pos(at.grid)
        .datasource(REF)
        .unit(unit)
        .line_width(3)
        .fill_opacity(60 if bars else 8)
        .draw_style(shared.GraphDrawStyle.BARS if bars else shared.GraphDrawStyle.LINE)
        .show_points(shared.VisibilityMode.NEVER)
        .span_nulls(False)
        .legend(
            common.VizLegendOptions()
            .display_mode(shared.LegendDisplayMode.TABLE)
            .placement(shared.LegendPlacement.RIGHT)
            .show_legend(True)
            .calcs(["lastNotNull"])
        )
        .tooltip(common.VizTooltipOptions().mode(shared.TooltipDisplayMode.MULTI).sort(shared.SortOrder.DESCENDING))
    )
    for ask in asks:
        made.with_target(ask)
    if limit is not None:
        made.thresholds(look.steps((None, "transparent"), limit)).thresholds_style(
            common.GraphThresholdsStyleConfig().mode(shared.GraphThresholdsStyleMode.DASHED)
        )
    return made


def timeline(title: str, at: Place, ask: Ask, mappings: Sequence[models.ValueMapping]) -> statetimeline.Panel:
    """What stood when, one bar per series, each with its word."""
    return (
        statetimeline.Panel()
        .title(title)
        .grid_pos(at.grid)
        .datasource(REF)
        .with_target(ask)
        .mappings(list(mappings))
        .color_scheme(look.fixed(look.CALM))
        .show_value(shared.VisibilityMode.AUTO)
        .merge_values(True)
        .row_height(0.85)
        .line_width(0)
        .fill_opacity(90)
        .legend(
            common.VizLegendOptions()
            .display_mode(shared.LegendDisplayMode.LIST)
            .placement(shared.LegendPlacement.BOTTOM)
            .show_legend(False)
            .calcs([])
        )
        .tooltip(common.VizTooltipOptions().mode(shared.TooltipDisplayMode.SINGLE).sort(shared.SortOrder.NONE))
    )


def province(
    title: str, at: Place, ask: Ask, layers: Sequence[Mapping[str, Any]], *, lang: Lang, tiles: str
) -> geomap.Panel:
    """The map of the province on tiles of our own; nothing of it comes from the internet."""
    lat, lon, zoom = PROVINCE
    base = common.MapLayerOptions().type("xyz").name("base").config({"url": tiles, "attribution": ""}).opacity(1)
    # Grafana keeps floats where the SDK, made from CUE's int64, says int.
    view: Any = geomap.MapViewConfig().id("coords")
    view.lat(lat).lon(lon).zoom(zoom).all_layers(True)
    controls = (
        geomap.ControlsOptions()
        .show_zoom(False)
        .mouse_wheel_zoom(False)
        .show_attribution(False)
        .show_scale(True)
        .show_debug(False)
        .show_measure(False)
    )
    made = (
        geomap.Panel()
        .title(title)
        .grid_pos(at.grid)
        .datasource(REF)
        .with_target(ask)
        .view(view)
        .controls(controls)
        .basemap(base)
        .tooltip(geomap.TooltipOptions().mode(maps.TooltipMode.NONE))
        .mappings([look.no_data(lang)])
    )
    return made.layers([_layer(layer) for layer in layers])


def _layer(given: Mapping[str, Any]) -> common.MapLayerOptions:
    where = common.FrameGeometrySource().mode(shared.FrameGeometrySourceMode.COORDS).latitude("lat").longitude("lon")
    made = common.MapLayerOptions().type("markers").name(str(given["name"])).location(where)
    return made.config(given["config"]).opacity(1).tooltip(False)


def markers(name: str, colour_by: str, size: tuple[float, float], *, label_by: str = "") -> dict[str, Any]:
    """Markers whose colour and size follow one field; a label stands beside them, so colour is never alone."""
    low, high = size
    text = (
        {"mode": "field", "field": label_by, "fixed": ""} if label_by else {"mode": "fixed", "field": "", "fixed": ""}
    )
    style = {
        "color": {"field": colour_by, "fixed": "dark-red"},
        "opacity": 0.95,
        "size": {"field": colour_by, "fixed": high, "min": low, "max": high},
        "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
        "text": text,
        "textConfig": {
            "fontSize": look.TEXT_PX,
            "offsetX": 0,
            "offsetY": 28,
            "textAlign": "center",
            "textBaseline": "middle",
        },
    }
    return {"name": name, "config": {"showLegend": False, "style": style}}
