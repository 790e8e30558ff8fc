// @ts-check
// Tones for what nobody has accepted, made here without a file; a red bar stands while the browser allows none.

import { by, put, say } from "./text.js";

/** @typedef {import("./live.js").Live} Live */
/** @typedef {import("./live.js").Row} Row */

const EXTREME_MS = 30_000;
const SEVERE_MS = 120_000;
const LOST_MS = 10_000;
const MUTE_MS = 30 * 60_000;
const MUTED = "ioc_muted_until";

/** Apart in rhythm, not only in pitch: [start s, length s, Hz]. */
const TONES = {
  extreme: [[0, 0.12, 988], [0.18, 0.12, 988], [0.36, 0.12, 988], [0.7, 0.12, 988], [0.88, 0.12, 988], [1.06, 0.12, 988]],
  severe: [[0, 0.35, 659], [0.5, 0.35, 659]],
  lost: [[0, 0.5, 440], [0.55, 0.5, 330], [1.1, 0.9, 247]],
};

/** @param {Live} live */
export function sound(live) {
  const button = by("sound");
  button.hidden = false;
  if (!window.AudioContext) {
    put(button, say("sound.none"));
    return;
  }
  const context = new AudioContext();
  /** @type {Set<string>} */
  const known = new Set();
  /** @type {Record<string, number>} */
  const played = { extreme: 0, severe: 0, lost: 0 };

  const mutedUntil = () => Number(localStorage.getItem(MUTED) ?? 0);
  const muted = () => mutedUntil() > Date.now();

  /** @param {keyof typeof TONES} kind */
  function play(kind) {
    played[kind] = Date.now();
    if (context.state !== "running" || (muted() && kind !== "lost")) return;
    document.body.dataset.sounded = String(Number(document.body.dataset.sounded ?? 0) + 1);
    const start = context.currentTime + 0.02;
    for (const [at, length, pitch] of TONES[kind]) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0, start + at);
      gain.gain.linearRampToValueAtTime(0.4, start + at + 0.01);
      gain.gain.setValueAtTime(0.4, start + at + length - 0.02);
      gain.gain.linearRampToValueAtTime(0, start + at + length);
      tone.connect(gain).connect(context.destination);
      tone.start(start + at);
      tone.stop(start + at + length);
    }
  }

  function show() {
    by("sound-blocked").hidden = context.state === "running";
    const minutes = Math.ceil((mutedUntil() - Date.now()) / 60_000);
    put(button, muted() ? say("sound.muted", { minutes }) : context.state === "running" ? say("sound.on") : say("sound.off"));
    button.title = muted() ? say("sound.unmute") : say("sound.mute");
    button.classList.toggle("bad", muted());
  }

  function look() {
    /** @type {Record<string, boolean>} */
    const fresh = {};
    /** @type {Record<string, boolean>} */
    const any = {};
    for (const row of live.rows.values()) {
      if (row.group !== "waiting" || (row.sev !== "extreme" && row.sev !== "severe")) continue;
      any[row.sev] = true;
      const key = `${row.id} ${row.sev}`;
      if (!known.has(key)) fresh[row.sev] = true;
      known.add(key);
    }
    const now = Date.now();
    if (live.lost) {
      if (now - played.lost >= LOST_MS) play("lost");
    } else if (any.extreme && (fresh.extreme || now - played.extreme >= EXTREME_MS)) play("extreme");
    else if (any.severe && (fresh.severe || now - played.severe >= SEVERE_MS)) play("severe");
    show();
  }

  by("sound-allow").addEventListener("click", () => context.resume().then(show));
  button.addEventListener("click", () => {
    context.resume();
    if (muted()) localStorage.removeItem(MUTED);
    else localStorage.setItem(MUTED, String(Date.now() + MUTE_MS));
    show();
  });
  context.addEventListener("statechange", show);
  live.addEventListener("rows", look);
  live.addEventListener("lost", look);
  setInterval(look, 1000);
  show();
}
