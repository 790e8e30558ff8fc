"""Tiles of a wall: heading, told list, key figures, chart, timeline, map. Each takes its place on the grid and a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import bargauge, common, geomap, stat, statetimeline, text, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import geomap as maps
from grafana_foundation_sdk.models import text as texts

from dashboards import ground, look
from dashboards.ask import SOURCE, Ask
from ioc.words import Lang

Panel = Any
"""A builder of a tile; each kind has a class of its own."""
REF = shared.DataSourceRef(type_val=SOURCE["type"], uid=SOURCE["uid"])
PROVINCE = (22.03, 105.80, 8.8)
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


def heading(words: str, at: Place) -> text.Panel:
    """Words over a tile, in letters of five metres' reach; a tile's own title is small and cannot be made larger."""
    style = f"font-size:{look.TEXT_PX}px;line-height:1.3;font-weight:600;white-space:nowrap"
    content = f'<div style="{style}">{escape(words)}</div>'
    return text.Panel().grid_pos(at.grid).transparent(True).mode(texts.TextMode.HTML).content(content)


def told(at: Place, ask: Ask, lang: Lang, limit: int) -> stat.Panel:
    """A list as it was told, a coloured band per line: what it is of at the left, its figure at the right."""
    made = _bands(at, ask, lang, "figure", limit).mappings([*look.signs(), look.no_data(lang)])
    return made.with_transformation(_without("place"))


def stacked(at: Place, ask: Ask, lang: Lang, limit: int) -> stat.Panel:
    """The same with the figure below: for long lines in a narrow tile."""
    return told(at, ask, lang, limit).wide_layout(False)


def worst(at: Place, ask: Ask, lang: Lang) -> stat.Panel:
    """The worst alert: its place as the largest text of the wall."""
    made = stacked(at, ask, lang, 1)
    return made.text(common.VizTextDisplayOptions().title_size(48).value_size(look.WORST_PX))


def figures(at: Place, ask: Ask, lang: Lang, limit: int) -> stat.Panel:
    """Told figures as key figures, one below the other."""
    return told(at, ask, lang, limit).text(
        common.VizTextDisplayOptions().title_size(look.TEXT_PX).value_size(look.KEY_PX)
    )


def numbers(
    at: Place, ask: Ask, lang: Lang, *, field: str, mappings: Sequence[models.ValueMapping], limit: int
) -> stat.Panel:
    """A band per row: a number in the colour of its range, the row's only text as its name; the highest first."""
    highest = {"fields": {}, "sort": [{"field": field, "desc": True}]}
    made = _bands(at, ask, lang, field, limit).decimals(0).mappings([*mappings, look.no_data(lang)])
    return made.with_transformation(models.DataTransformerConfig(id_val="sortBy", options=highest))


def scale(
    at: Place,
    ask: Ask,
    lang: Lang,
    *,
    field: str,
    mappings: Sequence[models.ValueMapping],
    limit: int,
    drop: str,
    top: float,
) -> bargauge.Panel:
    """A bar per row on an official scale, in the scale's own colours; words stand beside them, where they can be read."""
    highest = {"fields": {}, "sort": [{"field": field, "desc": True}]}
    return (
        bargauge.Panel()
        .grid_pos(at.grid)
        .datasource(REF)
        .with_target(ask)
        .min(0)
        .max(top)
        .decimals(0)
        .color_scheme(look.by_steps())
        .thresholds(look.steps((None, look.UNKNOWN)))
        .mappings([*mappings, look.no_data(lang)])
        .no_value(look.missing(lang))
        .display_mode(shared.BarGaugeDisplayMode.LCD)
        .value_mode(shared.BarGaugeValueMode.TEXT)
        .name_placement(shared.BarGaugeNamePlacement.TOP)
        .show_unfilled(True)
        .orientation(shared.VizOrientation.HORIZONTAL)
        .reduce_options(
            common.ReduceDataOptions().calcs(["lastNotNull"]).fields(f"/^{field}$/").values(True).limit(limit)
        )
        .text(common.VizTextDisplayOptions().title_size(look.TEXT_PX).value_size(look.TEXT_PX))
        .with_transformation(models.DataTransformerConfig(id_val="sortBy", options=highest))
        .with_transformation(_without(drop))
    )


def keys(
    at: Place,
    ask: Ask,
    lang: Lang,
    names: Mapping[str, tuple[str, str, builders.ThresholdsConfig]],
) -> stat.Panel:
    """Key figures of one row: column -> its name, unit and steps."""
    made = (
        _stat(at, ask, lang)
        .mappings([look.no_data(lang)])
        .orientation(shared.VizOrientation.HORIZONTAL)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False))
        .text(common.VizTextDisplayOptions().title_size(look.TEXT_PX).value_size(look.KEY_PX))
        .decimals(0)
    )
    for column, (name, unit, steps) in names.items():
        made.override_by_name(
            column,
            [
                models.DynamicConfigValue(id_val="displayName", value=name),
                models.DynamicConfigValue(id_val="unit", value=unit),
                models.DynamicConfigValue(id_val="thresholds", value=steps.build()),
            ],
        )
    return made


def _stat(at: Place, ask: Ask, lang: Lang) -> stat.Panel:
    return (
        stat.Panel()
        .grid_pos(at.grid)
        .datasource(REF)
        .with_target(ask)
        .color_scheme(look.by_steps())
        .thresholds(look.steps((None, look.CALM)))
        .no_value(look.missing(lang))
        .color_mode(shared.BigValueColorMode.BACKGROUND_SOLID)
        .graph_mode(shared.BigValueGraphMode.NONE)
        .text_mode(shared.BigValueTextMode.VALUE_AND_NAME)
        .justify_mode(shared.BigValueJustifyMode.AUTO)
    )


def _bands(at: Place, ask: Ask, lang: Lang, field: str, limit: int) -> stat.Panel:
    return (
        _stat(at, ask, lang)
        .thresholds(look.steps((None, look.UNKNOWN)))
        .orientation(shared.VizOrientation.HORIZONTAL)
        .reduce_options(
            common.ReduceDataOptions().calcs(["lastNotNull"]).fields(f"/^{field}$/").values(True).limit(limit)
        )
        .text(common.VizTextDisplayOptions().title_size(look.TEXT_PX).value_size(look.TEXT_PX))
    )


def _without(*columns: str) -> models.DataTransformerConfig:
    """Leave columns out: of a row the only text that is left is its name."""
    return models.DataTransformerConfig(
        id_val="organize",
        options={"excludeByName": dict.fromkeys(columns, True), "indexByName": {}, "renameByName": {}},
    )


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
    at: Place,
    ask: Ask,
    layers: Sequence[Mapping[str, Any]],
    *,
    lang: Lang,
    tiles: str,
    colours: builders.ThresholdsConfig,
    mappings: Sequence[models.ValueMapping] = (),
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
        .grid_pos(at.grid)
        .datasource(REF)
        .with_target(ask)
        .view(view)
        .controls(controls)
        .basemap(base)
        .tooltip(geomap.TooltipOptions().mode(maps.TooltipMode.NONE))
        .color_scheme(look.by_steps())
        .thresholds(colours)
        .mappings([*mappings, look.no_data(lang)])
    )
    return made.layers([_ground(), *(_layer(layer) for layer in layers)])


def _ground() -> common.MapLayerOptions:
    """Outlines of the communes beneath everything else."""
    style = {"color": {"fixed": "#5b6b7b"}, "opacity": 0.25, "lineWidth": 1}
    config = {"src": ground.URL, "rules": [], "style": style}
    return common.MapLayerOptions().type("geojson").name("communes").config(config).opacity(1).tooltip(False)


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
            "offsetX": 26,
            "offsetY": 0,
            "textAlign": "left",
            "textBaseline": "middle",
        },
    }
    return {"name": name, "config": {"showLegend": False, "style": style}}
