// @ts-check
// The province drawn from its cells, with the alerts that have a place. Alerts that would cover each other are one sign
// with a count; its colour and symbol are the worst one's.

import * as L from "/leaflet/leaflet-src.esm.js";
import { toast } from "./strip.js";
import { age, hour, say } from "./text.js";

/** @typedef {import("./live.js").Live} Live */
/** @typedef {import("./live.js").Row} Row */
/** @typedef {{id: string, lat: number, lon: number, frp: string, at: number, title: string, place: string}} Hotspot */

const SYMBOLS = /** @type {Record<string, string>} */ ({ extreme: "◆", severe: "▲", moderate: "■", minor: "●", unknown: "○" });
const RANK = ["unknown", "minor", "moderate", "severe", "extreme"];
const CLUSTER_PX = 38;
const LABELS_ZOOM = 10;
const HOTSPOT_MS = 60_000;
const LISTED = 6;

/**
 * @param {HTMLElement} box @param {Live} live
 * @param {{full: boolean, shows?: (row: Row) => boolean, hotspots?: boolean}} options
 */
export async function drawMap(box, live, { full, shows = () => true, hotspots = true }) {
  const map = L.map(box, {
    attributionControl: false,
    zoomControl: full,
    zoomSnap: 0.1,
    minZoom: 7,
    maxZoom: 15,
    scrollWheelZoom: full,
    keyboard: full,
  });
  const points = L.layerGroup();
  const signs = L.layerGroup();
  const cells = await (await fetch("/api/cells")).json();
  const shapes = L.geoJSON(cells, {
    style,
    onEachFeature: (/** @type {any} */ feature, /** @type {any} */ layer) => name(feature, layer, full),
  });
  shapes.addTo(map);
  points.addTo(map);
  signs.addTo(map);
  map.fitBounds(shapes.getBounds(), { padding: [6, 6] });
  hatch(box); // the drawing exists only once the map has a view
  new ResizeObserver(() => { map.invalidateSize(); if (!full) map.fitBounds(shapes.getBounds(), { padding: [6, 6] }); }).observe(box);
  const labels = () => box.classList.toggle("labelled", full && map.getZoom() >= LABELS_ZOOM);
  const draw = () => drawSigns(map, signs, live, shows, full);
  map.on("zoomend", () => { labels(); draw(); });
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };
  live.addEventListener("rows", later);
  if (full) {
    map.on("click", (/** @type {any} */ event) => copy(`${event.latlng.lat.toFixed(5)}, ${event.latlng.lng.toFixed(5)}`));
    const [lat, lon] = location.hash.slice(1).split(",").map(Number);
    if (Number.isFinite(lat) && Number.isFinite(lon)) map.setView([lat, lon], 12);
  }
  labels();
  draw();
  if (hotspots) {
    const look = () => drawHotspots(points, live);
    setInterval(look, HOTSPOT_MS);
    await look();
  }
  box.dataset.ready = "1";
  return { map, draw: later };
}

/** @param {any} feature */
function style(feature) {
  const approximate = feature.properties.approximate;
  return { className: approximate ? "cell approximate" : "cell", weight: 1, fill: true, fillColor: approximate ? "url(#hatch)" : undefined };
}

/** @param {any} feature @param {any} layer @param {boolean} full */
function name(feature, layer, full) {
  const label = feature.properties.label?.[document.body.dataset.lang ?? "vi"] ?? feature.properties.name;
  layer.bindTooltip(text(label), { sticky: true, className: "place-tip" });
  if (!full) return;
  layer.on("add", () => {
    const { lat, lon } = feature.properties;
    if (lat === undefined || layer.labelled) return;
    layer.labelled = L.tooltip({ permanent: true, direction: "center", className: "place-label", interactive: false })
      .setLatLng([lat, lon]).setContent(text(feature.properties.name));
    layer._map.addLayer(layer.labelled);
  });
}

/** @param {string} said */
function text(said) {
  const shown = document.createElement("span");
  shown.textContent = said;
  return shown;
}

/** Lines across what is only approximate. @param {HTMLElement} box */
function hatch(box) {
  const svg = box.querySelector("svg");
  if (!svg) return;
  const space = "http://www.w3.org/2000/svg";
  const made = document.createElementNS(space, "defs");
  const pattern = document.createElementNS(space, "pattern");
  for (const [key, value] of Object.entries({ id: "hatch", width: "6", height: "6", patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" })) pattern.setAttribute(key, value);
  const ground = document.createElementNS(space, "rect");
  for (const [key, value] of Object.entries({ width: "6", height: "6", class: "hatch-ground" })) ground.setAttribute(key, value);
  const line = document.createElementNS(space, "line");
  for (const [key, value] of Object.entries({ x1: "0", y1: "0", x2: "0", y2: "6", class: "hatch-line" })) line.setAttribute(key, value);
  pattern.append(ground, line);
  made.append(pattern);
  svg.prepend(made);
}

/**
 * Replayed alerts stand on the whole-page map only: a glance at a small one must show the present.
 * @param {any} map @param {any} layer @param {Live} live @param {(row: Row) => boolean} shows @param {boolean} full
 */
function drawSigns(map, layer, live, shows, full) {
  /** @type {Map<string, Row[]>} */
  const places = new Map();
  let without = 0;
  for (const row of live.rows.values()) {
    if (row.group === "ended" || (row.group === "replay" && !full) || !shows(row)) continue;
    if (row.lat === undefined || row.lon === undefined) {
      without += 1;
      continue;
    }
    const at = map.project([row.lat, row.lon]);
    const key = `${Math.round(at.x / CLUSTER_PX)} ${Math.round(at.y / CLUSTER_PX)}`;
    const rows = places.get(key);
    if (rows) rows.push(row);
    else places.set(key, [row]);
  }
  layer.clearLayers();
  for (const rows of places.values()) layer.addLayer(sign(rows, live));
  const said = document.getElementById("no-place");
  if (said) {
    said.hidden = without === 0;
    said.textContent = say("map.no_place", { count: without });
  }
}

/** @param {Row[]} rows @param {Live} live */
function sign(rows, live) {
  rows.sort((a, b) => a.rank - b.rank || a.opened - b.opened);
  const worst = rows.reduce((found, row) => (RANK.indexOf(row.sev) > RANK.indexOf(found.sev) ? row : found));
  const shown = document.createElement("span");
  shown.className = `map-sign sev-${worst.sev}${rows.some((row) => row.group === "waiting") ? "" : " calm"}${rows.every((row) => row.group === "replay") ? " replayed" : ""}`;
  shown.append(SYMBOLS[worst.sev]);
  if (rows.length > 1) {
    const count = document.createElement("b");
    count.textContent = String(rows.length);
    shown.append(count);
  }
  const label = `${say(`severity.${worst.sev}`)}: ${worst.title}`;
  return L.marker([worst.lat, worst.lon], {
    icon: L.divIcon({ html: shown, className: "map-icon", iconSize: [30, 30] }),
    alt: label,
    title: label,
    zIndexOffset: RANK.indexOf(worst.sev) * 1000,
  }).bindPopup(() => popup(rows, live), { maxWidth: 320 });
}

/** @param {Row[]} rows @param {Live} live */
function popup(rows, live) {
  const box = document.createElement("div");
  for (const row of rows.slice(0, LISTED)) {
    const line = document.createElement("p");
    line.className = `map-line row-${row.sev}`;
    const link = document.createElement("a");
    link.href = `/alerts/${row.n}`;
    link.textContent = `${SYMBOLS[row.sev]} ${say(`severity.${row.sev}`)} #${row.n} ${row.title}${row.group === "replay" ? ` (${say("replay.mark")})` : ""}${row.drill ? ` (${say("drill.mark")})` : ""}`;
    line.append(link, document.createElement("br"), `${row.place || row.source} · ${age(row.opened, live.now())}`);
    box.append(line);
  }
  if (rows.length > LISTED) box.append(say("list.more", { count: rows.length - LISTED }));
  return box;
}

/** @param {any} layer @param {Live} live */
async function drawHotspots(layer, live) {
  const key = document.getElementById("hotspot-text");
  try {
    const answer = await fetch("/api/hotspots");
    if (!answer.ok) throw new Error(String(answer.status));
    const { hotspots } = /** @type {{hotspots: Hotspot[]}} */ (await answer.json());
    layer.clearLayers();
    for (const spot of hotspots) {
      const said = say("map.hotspot_item", { frp: spot.frp, time: hour(spot.at, live.now()) });
      L.circleMarker([spot.lat, spot.lon], { radius: 4, weight: 1, className: "hotspot" }).bindTooltip(text(said)).addTo(layer);
    }
    const inside = hotspots.filter((spot) => spot.place).length;
    if (key) key.textContent = say("map.hotspots", { inside, outside: hotspots.length - inside });
  } catch {
    if (key) key.textContent = say("map.hotspots_unread");
  }
}

/** @param {string} point */
async function copy(point) {
  try {
    await navigator.clipboard.writeText(point);
    toast(`${say("card.copied")}: ${point}`);
  } catch {
    toast(point);
  }
}
