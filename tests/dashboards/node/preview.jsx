// A wall drawn with Grafana's published components, for people to look at before any Grafana has loaded it.
// Genuine: theme, panel frame, big values, charts, data pipeline. Ours: the grid, the stat panel's few lines around its
// components, text panel, map (the geomap panel is not published; the engine, OpenLayers, is the same).
import React from "react";
import { createRoot } from "react-dom/client";
import * as g from "@grafana/data";
import * as ui from "@grafana/ui";
import OLMap from "ol/Map";
import View from "ol/View";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import GeoJSON from "ol/format/GeoJSON";
import Feature from "ol/Feature";
import Point from "ol/geom/Point";
import { fromLonLat } from "ol/proj";
import { Circle, Fill, Stroke, Style, Text } from "ol/style";
import pipeline from "./pipeline.cjs";

const { run, theme, ZONE } = pipeline;
const { wall, answers, communes, label } = window.GIVEN;
const ROW = 38;
const COLUMN = 1920 / 24;
const GAP = 8;

function Stat({ panel, values, width, height }) {
  const { options } = panel;
  return (
    <ui.VizRepeater
      getValues={() => values}
      getAlignmentFactors={(all) => g.getDisplayValueAlignmentFactors(all)}
      renderValue={({ value, alignmentFactors, width: w, height: h, count }) => (
        <ui.BigValue
          value={value.display} count={count} width={w} height={h} theme={theme} text={options.text}
          alignmentFactors={alignmentFactors} textMode={options.textMode} colorMode={options.colorMode}
          graphMode={options.graphMode} justifyMode={options.justifyMode} disableWideLayout={!(options.wideLayout ?? true)}
        />
      )}
      width={width} height={height} source={values} itemSpacing={3} autoGrid={true} orientation={options.orientation}
    />
  );
}

function Bars({ panel, values, width, height }) {
  const { options } = panel;
  return (
    <ui.VizRepeater
      getValues={() => values}
      getAlignmentFactors={(all) => g.getDisplayValueAlignmentFactors(all)}
      renderValue={({ value, alignmentFactors, width: w, height: h }) => (
        <ui.BarGauge
          width={w} height={h} orientation={options.orientation} field={value.field} text={options.text} theme={theme}
          value={value.display} display={value.view?.getFieldDisplayProcessor(value.colIndex)} itemSpacing={2} lcdCellWidth={8}
          displayMode={options.displayMode} alignmentFactors={alignmentFactors} showUnfilled={options.showUnfilled}
          valueDisplayMode={options.valueMode} namePlacement={options.namePlacement}
        />
      )}
      width={width} height={height} minVizHeight={options.minVizHeight} maxVizHeight={options.maxVizHeight}
      source={values} itemSpacing={10} orientation={options.orientation}
    />
  );
}

function Geo({ panel, data, width, height }) {
  const place = React.useRef();
  React.useEffect(() => {
    const { view, layers } = panel.options;
    const source = new VectorSource();
    const base = new VectorSource({ features: new GeoJSON().readFeatures(communes, { featureProjection: "EPSG:3857" }) });
    for (const layer of layers.filter((one) => one.type === "markers"))
      for (const frame of data) {
        const by = (name) => frame.fields.find((field) => field.name === name);
        const { color, size, text, textConfig } = layer.config.style;
        const [lat, lon, value] = [by("lat"), by("lon"), by(color.field)];
        const known = value.values.filter((one) => one !== null);
        const [low, high] = [Math.min(...known), Math.max(...known)];
        for (let nth = 0; nth < frame.length; nth++) {
          if (lat.values[nth] === null) continue;
          const share = high > low ? (value.values[nth] - low) / (high - low) : 1;
          const mark = new Feature(new Point(fromLonLat([lon.values[nth], lat.values[nth]])));
          const labelled = by(text.field);
          const words = text.mode === "field" && labelled ? g.formattedValueToString(labelled.display(labelled.values[nth])) : text.fixed;
          mark.setStyle(
            new Style({
              image: new Circle({
                radius: size.min + share * (size.max - size.min),
                fill: new Fill({ color: value.display(value.values[nth]).color }),
                stroke: new Stroke({ color: "#fff", width: 2 }),
              }),
              text: new Text({
                text: words, font: `${textConfig.fontSize}px sans-serif`, offsetX: textConfig.offsetX, offsetY: textConfig.offsetY, textAlign: textConfig.textAlign,
                fill: new Fill({ color: "#fff" }), stroke: new Stroke({ color: "#000", width: 4 }),
              }),
            }),
          );
          source.addFeature(mark);
        }
      }
    const lines = new Style({ stroke: new Stroke({ color: "#5b6b7b", width: 1 }), fill: new Fill({ color: "#16202a" }) });
    const map = new OLMap({
      target: place.current, controls: [],
      layers: [new VectorLayer({ source: base, style: lines }), new VectorLayer({ source })],
      view: new View({ center: fromLonLat([view.lon, view.lat]), zoom: view.zoom }),
    });
    return () => map.setTarget(null);
  }, []);
  return <div ref={place} style={{ width, height, background: "#0b0f14" }} />;
}

function Body({ panel, drawn, width, height }) {
  if (panel.type === "stat") return <Stat panel={panel} values={drawn.values} width={width} height={height} />;
  if (panel.type === "bargauge") return <Bars panel={panel} values={drawn.values} width={width} height={height} />;
  if (panel.type === "text")
    return <div dangerouslySetInnerHTML={{ __html: g.textUtil.sanitizeTextPanelContent(panel.options.content) }} />;
  if (panel.type === "geomap") return <Geo panel={panel} data={drawn.data} width={width} height={height} />;
  return <div>{panel.type}</div>;
}

function Panel({ panel, drawn }) {
  const at = panel.gridPos;
  const [width, height] = [at.w * COLUMN - GAP, at.h * ROW - GAP];
  return (
    <div className="panel" data-id={panel.id} data-type={panel.type} style={{ position: "absolute", left: at.x * COLUMN + GAP / 2, top: at.y * ROW, width, height }}>
      <ui.PanelChrome title={panel.title ?? ""} hoverHeader={!panel.title} width={width} height={height} displayMode={panel.transparent ? "transparent" : "default"} padding={panel.type === "geomap" ? "none" : "md"}>
        {(w, h) => <Body panel={panel} drawn={drawn} width={w} height={h} />}
      </ui.PanelChrome>
    </div>
  );
}

(async () => {
  const drawn = {};
  for (const panel of wall.panels) drawn[panel.id] = panel.targets ? await run(panel, answers[panel.id]) : {};
  const page = (
    <g.ThemeContext.Provider value={theme}>
      <ui.GlobalStyles />
      <div id="wall" style={{ position: "relative", width: 1920, height: 1080, overflow: "hidden", background: theme.colors.background.canvas, color: theme.colors.text.primary, fontFamily: theme.typography.fontFamily }}>
        {wall.panels.map((panel) => <Panel key={panel.id} panel={panel} drawn={drawn[panel.id]} />)}
        <div className="preview-label" style={{ position: "absolute", right: 8, bottom: 0, fontSize: 14, background: "#000a", color: "#fff", padding: "0 6px", zIndex: 9 }}>{label}</div>
      </div>
    </g.ThemeContext.Provider>
  );
  createRoot(document.getElementById("root")).render(page);
  setTimeout(() => (document.body.dataset.ready = "1"), 1500);
})().catch((error) => {
  document.body.dataset.failed = error.message;
});
