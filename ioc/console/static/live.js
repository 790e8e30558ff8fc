// @ts-check
// The board as this page knows it: a snapshot, then changes, all under one number. Twelve seconds without a beat and
// the page covers itself by its own clock: nothing that may be old is ever shown as if it were new.

import { age, by, clock, put, say } from "./text.js";

/**
 * @typedef {object} Row
 * @property {string} id
 * @property {string} n short number
 * @property {"waiting" | "overdue" | "owned" | "handed" | "ended" | "replay" | ""} group empty: it has left the board
 * @property {number} rank
 * @property {string} sev
 * @property {string} domain
 * @property {number} opened epoch ms
 * @property {number} seen
 * @property {number} stored
 * @property {string} title
 * @property {string} place
 * @property {string} source
 * @property {string} why
 * @property {string} phone
 * @property {string} [owner]
 * @property {number} [accepted]
 * @property {number} [ended]
 * @property {boolean} [raised]
 * @property {boolean} [drill]
 * @property {boolean} [flapping]
 * @property {string} [hidden] number of the alert that explains it
 * @property {number} [due] until when its owner or unit must give a sign
 * @property {number} [late] since when it is overdue
 * @property {string} [unit] the unit that has it
 * @property {number} [snoozed]
 * @property {string} [found] what people found, once they looked
 * @property {number} [lat]
 * @property {number} [lon]
 * @property {string} [folded] for the search, made here
 */
/** @typedef {{name: string, state: string, count: number}} Channel */
/** @typedef {{name: string, domain: string, state: string, heard: number | null, data_of: number | null, expected: number | null}} Feed */
/** @typedef {{alerts: number, notices: number, duties: number, empty: boolean}} Untold */
/** @typedef {{since: number | null, by: string, together: number, new: number, offered: boolean}} Storm */
/** @typedef {{now: number, change: number, epoch: string, behind: number, failing: string | null, refused: number, channels: Channel[], feeds: Feed[], untold: Untold, storm: Storm}} Beat */

const LIMIT_MS = 12_000;
const AGAIN_MS = 2_000;

/** Tells `rows` (detail: ids that changed, or null for all), `beat`, `lost`, `found`. */
export class Live extends EventTarget {
  /** @type {Map<string, Row>} */
  rows = new Map();
  change = -1;
  epoch = "";
  /** @type {Beat | null} */
  beat = null;
  lost = false;
  #offset = Number(document.body.dataset.now) - Date.now();
  #heard = performance.now();
  #lang = document.body.dataset.lang ?? "vi";
  #loading = false;

  /** The server's time, epoch ms. */
  now() {
    return Date.now() + this.#offset;
  }

  async start() {
    setInterval(() => this.#watch(), 1000);
    await this.fresh();
    this.#listen();
  }

  /** Take a snapshot; tried again until it comes. */
  async fresh() {
    if (this.#loading) return;
    this.#loading = true;
    try {
      const answer = await fetch("/api/board", { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      this.rows = new Map(found.rows.map((/** @type {Row} */ row) => [row.id, row]));
      this.change = found.change;
      this.epoch = found.epoch;
      this.#tell("rows", null);
    } catch {
      setTimeout(() => this.fresh(), AGAIN_MS);
    } finally {
      this.#loading = false;
    }
  }

  #listen() {
    const last = this.change < 0 ? "" : `&after=${this.epoch}.${this.change}`;
    const source = new EventSource(`/api/stream?lang=${this.#lang}${last}`);
    source.addEventListener("change", (event) => this.#take(JSON.parse(event.data)));
    source.addEventListener("beat", (event) => this.#hear(JSON.parse(event.data)));
    source.addEventListener("reset", () => this.fresh());
    source.addEventListener("error", () => {
      // A browser tries again by itself after a broken line, but not after an answer that was an error.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#listen(), AGAIN_MS);
    });
  }

  /** @param {{after: number, change: number, rows: Row[]}} news */
  #take(news) {
    if (this.change < 0 || news.after > this.change) {
      this.fresh();
      return;
    }
    if (news.change <= this.change) return;
    for (const row of news.rows) {
      if (row.group) this.rows.set(row.id, row);
      else this.rows.delete(row.id);
    }
    this.change = news.change;
    this.#tell("rows", news.rows.map((row) => row.id));
  }

  /** @param {Beat} beat */
  #hear(beat) {
    this.beat = beat;
    this.#offset = beat.now - Date.now();
    this.#heard = performance.now();
    if (beat.epoch !== this.epoch || beat.change > this.change) this.fresh();
    this.#watch();
    this.#tell("beat", beat);
  }

  #watch() {
    const lost = performance.now() - this.#heard > LIMIT_MS;
    if (lost) this.#cover();
    if (lost === this.lost) return;
    this.lost = lost;
    by("cover").hidden = !lost;
    this.#tell(lost ? "lost" : "found", null);
  }

  #cover() {
    const since = this.now() - (performance.now() - this.#heard);
    put(by("cover-since"), say("lost.since", { time: clock(since), age: age(since, this.now()) }));
  }

  /** @param {string} kind @param {unknown} detail */
  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
