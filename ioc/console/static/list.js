// @ts-check
// The list of ten thousand: only what is on the screen exists in the page.

import { age, fold, hour, put, say } from "./text.js";

/** @typedef {import("./live.js").Live} Live */
/** @typedef {import("./live.js").Row} Row */

const SYMBOLS = /** @type {Record<string, string>} */ ({ extreme: "◆", severe: "▲", moderate: "■", minor: "●", unknown: "○" });
const SPARE = 4;

/** @param {Row} a @param {Row} b */
const order = (a, b) => a.rank - b.rank || a.opened - b.opened || (a.id < b.id ? -1 : 1);

/** What people did with it, in a few words. @param {Row} row @param {number} now */
function who(row, now) {
  if (row.late) return say("row.overdue", { name: row.unit ?? row.owner ?? "", time: hour(row.due ?? 0, now) });
  if (row.unit) return say("row.handed", { name: row.unit, time: hour(row.due ?? 0, now) });
  if (row.snoozed) return say("row.snoozed", { time: hour(row.snoozed, now) });
  if (row.raised) return say("row.raised", { name: row.owner ?? "" });
  if (row.ended) return say("row.ended", { time: hour(row.ended, now) });
  if (row.owner) return say("row.owner", { name: row.owner, time: hour(row.accepted ?? 0, now) });
  return "";
}

const OVERDUE = 2;

/** Heading under which a line stands. @param {Row} row */
const section = (row) => (row.group === "waiting" && row.rank > OVERDUE ? "waiting_low" : row.group);

/** Whether there is nothing to press: somebody has it, in time. @param {Row} row */
export const settled = (row) => row.group === "owned" || row.group === "handed";

export class List {
  /** What is asked for. */
  wanted = { text: "", severity: "", group: "" };
  /** @type {string} */
  chosen = "";
  /** @type {Set<string>} ids of the rows that are chosen to be worked on together */
  picked = new Set();
  /** @type {Row[]} rows that match, in order */
  rows = [];
  /** @type {(Row | {head: string, count: number})[]} */
  #items = [];
  #tops = new Float64Array(1);
  /** @type {Map<string, HTMLElement>} */
  #shown = new Map();
  #due = 0;
  #inner = document.createElement("div");

  /** @param {Live} live @param {HTMLElement} box @param {HTMLTemplateElement} pattern */
  constructor(live, box, pattern) {
    this.live = live;
    this.box = box;
    this.pattern = pattern;
    this.#inner.className = "inner";
    box.replaceChildren(this.#inner);
    box.classList.add("virtual");
    box.addEventListener("scroll", () => this.#later(false));
    new ResizeObserver(() => this.#later(true)).observe(box);
    live.addEventListener("rows", () => this.#later(true));
    setInterval(() => this.#later(false), 10_000);
  }

  /** Look again at what is asked for. */
  refresh() {
    this.#later(true);
  }

  /** @param {boolean} all whether rows or filter changed, not only the position */
  #later(all) {
    const due = this.#due;
    this.#due |= all ? 3 : 1;
    if (!due) requestAnimationFrame(() => {
      if (this.#due & 2) this.#select();
      this.#due = 0;
      this.#paint();
    });
  }

  /** @param {Row} row */
  #matches(row) {
    const { text, severity, group } = this.wanted;
    if (severity ? row.sev !== severity || row.group !== "waiting" : group && row.group !== group) return false;
    if (!text) return true;
    row.folded ??= fold(`#${row.n} ${row.title} ${row.place} ${row.source}`);
    return row.folded.includes(text);
  }

  #select() {
    this.rows = [...this.live.rows.values()].filter((row) => this.#matches(row)).sort(order);
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const row of this.rows) counts.set(section(row), (counts.get(section(row)) ?? 0) + 1);
    this.#items = [];
    let group = "";
    for (const row of this.rows) {
      if (section(row) !== group) {
        group = section(row);
        this.#items.push({ head: group, count: counts.get(group) ?? 0 });
      }
      this.#items.push(row);
    }
    const style = getComputedStyle(this.box);
    const [tall, head] = ["--row", "--head"].map((name) => parseFloat(style.getPropertyValue(name)));
    this.#tops = new Float64Array(this.#items.length + 1);
    this.#items.forEach((item, i) => { this.#tops[i + 1] = this.#tops[i] + ("head" in item ? head : tall); });
    this.#inner.style.height = `${this.#tops[this.#items.length]}px`;
    this.dispatchEmpty();
  }

  /** Replaced by the page: what to show when nothing matches. */
  dispatchEmpty() {}

  /** Index of the item that holds this height. @param {number} y */
  #at(y) {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#tops[middle + 1] <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #paint() {
    const from = Math.max(0, this.#at(this.box.scrollTop) - SPARE);
    const to = Math.min(this.#items.length, this.#at(this.box.scrollTop + this.box.clientHeight) + 1 + SPARE);
    const gone = new Set(this.#shown.keys());
    /** @type {Element | null} */
    let before = null;
    for (let i = from; i < to; i += 1) {
      const item = this.#items[i];
      const key = "head" in item ? `head ${item.head}` : item.id;
      let element = this.#shown.get(key);
      if (!element) {
        element = "head" in item ? document.createElement("h3") : this.#line();
        this.#shown.set(key, element);
      }
      gone.delete(key);
      /** @type {Element | null} */
      const place = before ? before.nextElementSibling : this.#inner.firstElementChild;
      if (place !== element) this.#inner.insertBefore(element, place);
      before = element;
      element.style.transform = `translateY(${this.#tops[i]}px)`;
      if ("head" in item) this.#head(element, item);
      else this.fill(element, item);
    }
    for (const key of gone) {
      this.#shown.get(key)?.remove();
      this.#shown.delete(key);
    }
  }

  /** @param {HTMLElement} element @param {{head: string, count: number}} item */
  #head(element, item) {
    element.className = "group";
    put(element, `${say(`list.${item.head}`)} ${item.count}`);
  }

  #line() {
    return /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (this.pattern.content.firstElementChild).cloneNode(true));
  }

  /** Fill one line with a row; every text as text. @param {HTMLElement} line @param {Row} row */
  fill(line, row) {
    const now = this.live.now();
    /** @param {string} name @returns {any} */
    const part = (name) => line.querySelector(name);
    const path = `/alerts/${row.n}`;
    line.dataset.id = row.id;
    line.dataset.group = row.group;
    line.className = `row row-${row.sev}${row.id === this.chosen ? " chosen" : ""}`;
    part(".sev").className = `sev sev-${row.sev}`;
    put(part(".sym"), SYMBOLS[row.sev]);
    put(part(".word"), say(`severity.${row.sev}`));
    put(part(".num"), `#${row.n}`);
    put(part(".title"), row.title);
    part(".title").href = path;
    this.#marks(part(".marks"), row);
    put(part(".where"), [row.place, row.source].filter(Boolean).join(" · "));
    put(part(".row-why"), row.why);
    put(part(".hour"), hour(row.opened, now));
    put(part(".age"), age(row.opened, now));
    put(part(".who"), who(row, now));
    part(".call").href = row.phone ? `tel:${row.phone}` : `${path}#call`;
    part(".act").href = `${path}#act`;
    part(".pick").checked = this.picked.has(row.id);
    part(".act").hidden = settled(row);
    put(part(".act"), say(row.group === "ended" ? "seen.button" : "accept.button"));
  }

  /** @param {HTMLElement} box @param {Row} row */
  #marks(box, row) {
    const kinds = [
      row.drill ? "drill" : "",
      row.group === "replay" ? "replay" : "",
      row.flapping ? "flapping" : "",
      row.hidden ? "hidden" : "",
    ];
    const wanted = kinds.filter(Boolean);
    const key = `${wanted.join(" ")} ${row.hidden ?? ""} ${row.found ?? ""}`;
    if (box.dataset.marks === key) return;
    box.dataset.marks = key;
    box.replaceChildren(...wanted.map((kind) => {
      const mark = document.createElement("span");
      mark.className = `mark ${kind}`;
      mark.textContent = say(`${kind}.mark`, { number: row.hidden ?? "" });
      return mark;
    }));
    if (row.found) {
      const mark = document.createElement("span");
      mark.className = `mark found-${row.found}`;
      mark.textContent = say(`verification.${row.found}`);
      box.append(mark);
    }
  }

  /** The chosen row, if it is in the list. */
  row() {
    return this.live.rows.get(this.chosen);
  }

  /** Choose the next or the one before, and bring it into view. @param {number} by */
  move(by) {
    const at = this.rows.findIndex((row) => row.id === this.chosen);
    const next = this.rows[Math.min(this.rows.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    if (next) this.choose(next.id);
  }

  /** @param {string} id */
  choose(id) {
    this.chosen = id;
    const i = this.#items.findIndex((item) => !("head" in item) && item.id === id);
    if (i >= 0) {
      const [top, end] = [this.#tops[i], this.#tops[i + 1]];
      if (top < this.box.scrollTop) this.box.scrollTop = top;
      else if (end > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = end - this.box.clientHeight;
    }
    this.#later(false);
  }
}
