// @ts-check
// The first screen: list, counts, my alerts, keys.

import { askAccept, askSeen, askSeenAll, askSeveral, name } from "./ask.js";
import { List, settled } from "./list.js";
import { Live } from "./live.js";
import { drawMap } from "./map.js";
import { sound } from "./sound.js";
import { follow, toast } from "./strip.js";
import { age, by, fold, put, say } from "./text.js";

/** @typedef {import("./live.js").Row} Row */

const live = new Live();
const list = new List(live, by("list"), /** @type {HTMLTemplateElement} */ (by("row-template")));
const search = /** @type {HTMLInputElement} */ (by("search"));
const asked = new URLSearchParams(location.search);
list.wanted.severity = asked.get("severity") ?? "";
list.wanted.group = asked.get("group") ?? "";
document.getElementById("rest")?.remove();
let first = true;

/** @param {string} severity @param {string} group */
function want(severity, group) {
  list.wanted.severity = severity;
  list.wanted.group = group;
  for (const count of document.querySelectorAll("#counts .count")) {
    mark(count, /** @type {HTMLElement} */ (count).dataset.severity === severity);
  }
  for (const chip of document.querySelectorAll("#chips .chip")) {
    mark(chip, !severity && /** @type {HTMLElement} */ (chip).dataset.group === (group || "all"));
  }
  list.box.scrollTop = 0;
  list.refresh();
}

/** @param {Element} element @param {boolean} on */
function mark(element, on) {
  if (on) element.setAttribute("aria-current", "true");
  else element.removeAttribute("aria-current");
}

by("counts").addEventListener("click", (event) => {
  const count = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".count"));
  if (!count) return;
  event.preventDefault();
  const severity = count.dataset.severity ?? "";
  want(list.wanted.severity === severity ? "" : severity, "");
});

by("chips").addEventListener("click", (event) => {
  const chip = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".chip"));
  if (!chip) return;
  event.preventDefault();
  want("", chip.dataset.group === "all" ? "" : chip.dataset.group ?? "");
});

search.addEventListener("input", () => {
  list.wanted.text = fold(search.value.trim());
  list.refresh();
});
search.addEventListener("keydown", (event) => {
  const number = /^#?(d?\d+)$/i.exec(search.value.trim());
  if (event.key === "Enter" && number) location.href = `/alerts/${number[1].toUpperCase()}`;
  if (event.key === "Escape") search.blur();
});

list.box.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const line = /** @type {HTMLElement | null} */ (target.closest(".row"));
  const row = live.rows.get(line?.dataset.id ?? "");
  if (!row) return;
  list.choose(row.id);
  if (target.closest(".row-number")) pick(row);
  if (target.closest(".act")) {
    event.preventDefault();
    act(row);
  }
});

/** @param {Row} row */
function act(row) {
  if (row.group === "ended" || (row.group === "replay" && row.ended)) askSeen(row);
  else if (!settled(row)) askAccept(row);
}

/** Rows that were chosen and are still there. */
const picked = () => [...list.picked].map((id) => live.rows.get(id)).filter((row) => row !== undefined);

/** @param {Row} row */
function pick(row) {
  if (!list.picked.delete(row.id)) list.picked.add(row.id);
  several();
}

function several() {
  for (const id of list.picked) if (!live.rows.has(id)) list.picked.delete(id);
  by("several").hidden = list.picked.size === 0;
  put(by("several-count"), say("several.chosen", { count: list.picked.size }));
  list.refresh();
}

by("several").addEventListener("click", (event) => {
  const act = /** @type {HTMLElement} */ (event.target).dataset.act;
  if (act === "accept" || act === "assign" || act === "verify") askSeveral(picked(), act);
});
by("several-none").addEventListener("click", () => {
  list.picked.clear();
  several();
});
document.getElementById("ask")?.addEventListener("close", (event) => {
  if (/** @type {HTMLDialogElement} */ (event.target).returnValue !== "done") return;
  list.picked.clear();
  several();
});

/** The form of an act stands on the card; on a selection it is asked for here. @param {string} kind */
function open(kind) {
  if (list.picked.size && (kind === "assign" || kind === "verify")) {
    askSeveral(picked(), kind);
    return;
  }
  const row = list.row();
  if (row) location.href = `/alerts/${row.n}?do=${kind}#do-${kind}`;
}

by("seen-all").addEventListener("click", () => askSeenAll(list.rows.filter((row) => row.ended)));

/** @type {Record<string, () => void>} */
const KEYS = {
  j: () => list.move(1),
  k: () => list.move(-1),
  Enter: () => { const row = list.row(); if (row) location.href = `/alerts/${row.n}`; },
  a: () => {
    const row = list.row();
    if (list.picked.size) askSeveral(picked(), "accept");
    else if (row) act(row);
  },
  x: () => { const row = list.row(); if (row) pick(row); },
  c: () => { const row = list.row(); if (row) location.href = row.phone ? `tel:${row.phone}` : `/alerts/${row.n}#call`; },
  v: () => open("verify"),
  f: () => open("false_alarm"),
  h: () => open("hand"),
  s: () => open("snooze"),
  g: () => open("comment"),
  p: () => open("assign"),
  "/": () => search.focus(),
  "?": () => /** @type {HTMLDialogElement} */ (by("keys")).showModal(),
};
document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  // A closed dialog's field can keep the focus until the next frame is drawn: nobody is typing there.
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !target.closest("dialog:not([open])")) return;
  if (event.key === "Enter" && /^(A|BUTTON|SUMMARY)$/.test(target.tagName)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (KEYS[key]) {
    event.preventDefault();
    KEYS[key]();
  }
});

function counts() {
  /** @type {Map<string, Row[]>} */
  const waiting = new Map();
  /** @type {Map<string, number>} */
  const groups = new Map();
  for (const row of live.rows.values()) {
    groups.set(row.group, (groups.get(row.group) ?? 0) + 1);
    if (row.group !== "waiting" || row.drill) continue;
    const rows = waiting.get(row.sev) ?? [];
    rows.push(row);
    waiting.set(row.sev, rows);
  }
  let total = 0;
  for (const element of document.querySelectorAll("#counts .count")) {
    const count = /** @type {HTMLElement} */ (element);
    const rows = waiting.get(count.dataset.severity ?? "") ?? [];
    total += rows.length;
    count.classList.toggle("none", !rows.length);
    put(count.querySelector(".number"), String(rows.length));
    const oldest = rows.reduce((least, row) => Math.min(least, row.opened), Infinity);
    put(count.querySelector(".oldest"), rows.length ? say("count.oldest", { age: age(oldest, live.now()) }) : say("count.none"));
  }
  for (const element of document.querySelectorAll("#chips .chip")) {
    const chip = /** @type {HTMLElement} */ (element);
    const group = chip.dataset.group ?? "";
    const count = group === "all" ? live.rows.size : groups.get(group) ?? 0;
    put(chip.querySelector("b"), String(count));
    chip.classList.toggle("none", group === "replay" && !count);
  }
  by("seen-all").hidden = !(list.wanted.group === "ended" || list.wanted.group === "replay") || !list.rows.some((row) => row.ended);
  document.title = document.title.replace(/^\(\d+\) /, "").replace(/^/, total ? `(${total}) ` : "");
}

function mine() {
  const who = name();
  const rows = who ? [...live.rows.values()].filter((row) => row.owner === who && (settled(row) || row.group === "overdue")) : [];
  by("mine-none").hidden = rows.length > 0;
  put(by("mine-none"), say(who ? "mine.none" : "mine.nobody"));
  by("mine-list").replaceChildren(...rows.map((row) => {
    const line = document.createElement("li");
    const link = document.createElement("a");
    link.href = `/alerts/${row.n}`;
    link.textContent = `#${row.n} ${row.title}`;
    const when = document.createElement("span");
    when.className = "quiet";
    when.textContent = ` ${age(row.opened, live.now())}`;
    line.append(link, when);
    return line;
  }));
}

/** What to say when nothing is shown: never that all is quiet while feeds are dead. */
list.dispatchEmpty = () => {
  let said = /** @type {HTMLElement | null} */ (list.box.querySelector(".empty"));
  if (list.rows.length) {
    said?.remove();
    return;
  }
  if (!said) {
    said = document.createElement("p");
    list.box.append(said);
  }
  const dead = live.beat?.feeds.some((feed) => feed.state !== "on_time" && feed.state !== "pending") ?? true;
  said.className = live.rows.size || !dead ? "empty" : "empty bad";
  put(said, say(live.rows.size ? "list.no_match" : dead ? "list.empty_warn" : "list.empty"));
};

/** @param {string[] | null} ids */
function announce(ids) {
  if (first || !ids) {
    first = false;
    return;
  }
  const news = ids.map((id) => live.rows.get(id)).filter((row) => row?.group === "waiting" && live.now() - row.stored < 30_000);
  const worst = news.find((row) => row?.sev === "extreme" || row?.sev === "severe");
  if (worst) toast(say("list.new", { title: `#${worst.n} ${worst.title}` }));
}

live.addEventListener("rows", (event) => {
  requestAnimationFrame(() => { counts(); mine(); });
  announce(/** @type {CustomEvent<string[] | null>} */ (event).detail);
});
live.addEventListener("beat", () => { counts(); list.refresh(); });
document.getElementById("ask")?.addEventListener("close", mine);

follow(live);
sound(live);
drawMap(by("map"), live, { full: false, shows: (row) => !list.wanted.group || row.group === list.wanted.group });
await live.start();
document.body.dataset.ready = "1";
