// @ts-check
// The line at the top: beat, server clock, whether the desk keeps up, channels, feeds; and the band of a drill.

import { age, by, clock, day, hour, put, say, span } from "./text.js";

/** @typedef {import("./live.js").Live} Live */
/** @typedef {import("./live.js").Beat} Beat */

const BAD = new Set(["lost", "late", "unknown"]);

/** @param {Live} live */
export function follow(live) {
  const beat = by("beat");
  setInterval(() => tick(live), 1000);
  live.addEventListener("beat", () => {
    beat.classList.toggle("odd");
    if (live.beat) show(live, live.beat);
  });
  live.addEventListener("rows", () => drills(live));
}

/** @param {Live} live */
function tick(live) {
  put(by("clock-hour"), clock(live.now()));
  put(by("clock-day"), day(live.now()));
}

/** @param {Live} live @param {Beat} beat */
function show(live, beat) {
  const keeping = by("keeping");
  const behind = span(beat.behind);
  const slow = beat.behind > 5;
  put(
    keeping,
    beat.failing ? say("strip.failing", { age: behind })
    : slow ? say("strip.behind", { age: behind })
    : beat.refused ? say("strip.refused", { count: beat.refused })
    : say("strip.on_time"),
  );
  keeping.classList.toggle("bad", Boolean(beat.failing || slow || beat.refused));
  channels(beat);
  feeds(live, beat);
  untold(beat);
  storm(live, beat);
}

/** @param {Beat} beat */
function untold({ untold: found }) {
  const said = [
    found.empty ? say("untold.empty") : "",
    found.duties ? say("untold.duties", { count: found.duties }) : "",
    found.alerts ? say("untold.alerts", { count: found.alerts }) : "",
    found.notices ? say("untold.notices", { count: found.notices }) : "",
  ].filter(Boolean);
  by("untold").hidden = said.length === 0;
  put(by("untold-what"), said.join(" "));
}

/** @param {Live} live @param {Beat} beat */
function storm(live, { storm: found }) {
  by("storm").hidden = found.since === null && !found.offered;
  put(
    by("storm-what"),
    found.since === null ? say("storm.offer", { count: found.new })
    : say("storm.on", { time: hour(found.since, live.now()), name: found.by, count: found.together }),
  );
}

/** @param {Beat} beat */
function channels(beat) {
  if (!beat.channels.length) return;
  by("channels").replaceChildren(
    ...beat.channels.map((channel) => {
      const shown = document.createElement("span");
      shown.className = channel.state === "fail" || channel.state === "refused" ? "state bad" : "state";
      shown.textContent = say(`strip.channel_${channel.state}`, {
        name: say(`strip.${channel.name}`),
        count: channel.count,
      });
      return shown;
    }),
  );
}

/** @type {Record<string, string>} */
const titles = JSON.parse(document.body.dataset.feeds ?? "{}");

/** @param {Live} live @param {Beat} beat */
function feeds(live, beat) {
  const lost = beat.feeds.filter((feed) => feed.state === "lost" || feed.state === "unknown").length;
  const late = beat.feeds.filter((feed) => feed.state === "late").length;
  const state = by("feeds-state");
  put(state, lost || late ? say("strip.feeds_bad", { lost, late }) : say("strip.feeds_ok", { count: beat.feeds.filter((feed) => feed.state === "on_time").length }));
  state.classList.toggle("bad", lost + late > 0);
  const list = document.getElementById("feed-list");
  if (!list) return;
  const bad = beat.feeds.filter((feed) => BAD.has(feed.state));
  by("feeds-ok").hidden = bad.length > 0;
  list.replaceChildren(
    ...bad.map((feed) => {
      const line = document.createElement("li");
      line.className = `feed-${feed.state}`;
      line.dataset.feed = feed.name;
      const now = live.now();
      const heard = [
        feed.heard ? say("feeds.heard", { age: age(feed.heard, now) }) : say("feeds.never"),
        feed.data_of ? say("feeds.data_of", { time: hour(feed.data_of, now) }) : "",
      ].filter(Boolean).join(" · ");
      for (const [kind, text] of [["name", titles[feed.name] ?? feed.name], ["state", say(`feeds.${feed.state}`)], ["heard", heard]]) {
        const part = document.createElement("span");
        part.className = `feed-${kind}`;
        part.textContent = text;
        line.append(part);
      }
      return line;
    }),
  );
}

/** @param {Live} live */
function drills(live) {
  let count = 0;
  for (const row of live.rows.values()) if (row.drill) count += 1;
  const band = by("drill");
  band.hidden = count === 0;
  put(band, say("drill.band", { count }));
}

let hiding = 0;

/** A sentence at the bottom for six seconds. @param {string} text */
export function toast(text) {
  const shown = by("toast");
  shown.textContent = text;
  shown.hidden = false;
  clearTimeout(hiding);
  hiding = window.setTimeout(() => { shown.hidden = true; }, 6000);
}
