// @ts-check
// Asks who acts, then acts. What was typed stays when the server does not answer.

import { toast } from "./strip.js";
import { by, put, say } from "./text.js";

/** @typedef {import("./live.js").Row} Row */
/** @typedef {{said: string, first?: boolean}} Answer */

const NAME = "ioc_name";
const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("ask"));
/** @type {{path: string, ids: string[]}} */
let meant = { path: "", ids: [] };

/** The name that was given last in this browser. */
export const name = () => localStorage.getItem(NAME) ?? document.body.dataset.name ?? "";

/** @param {Row} row */
export function askAccept(row) {
  open(`/alerts/${row.n}/accept`, [], say("accept.title", { number: row.n }), row.title, "accept");
}

/** @param {Row} row */
export function askSeen(row) {
  open(`/alerts/${row.n}/seen`, [], say("seen.title", { number: row.n }), row.title, "seen");
}

/** @param {Row[]} rows */
export function askSeenAll(rows) {
  open("/seen", rows.map((row) => row.id), say("seen.all_title", { count: rows.length }), "", "seen");
}

/** An act on a selection. @param {Row[]} rows @param {"accept" | "assign" | "verify"} act */
export function askSeveral(rows, act) {
  const title = say(`several.${act}_title`, { count: rows.length });
  const what = rows.slice(0, 6).map((row) => `#${row.n}`).join(" ") + (rows.length > 6 ? " …" : "");
  open(`/several/${act}`, rows.map((row) => row.id), title, what, act, "several.hint");
}

/**
 * @param {string} path @param {string[]} ids @param {string} title @param {string} what @param {string} act
 * @param {string} [hint] key of what is said below
 */
function open(path, ids, title, what, act, hint) {
  if (!dialog || dialog.open) return;
  meant = { path, ids };
  for (const [id, wanted] of [["ask-to", "assign"], ["ask-how", "verify"]]) {
    const more = by(id);
    more.hidden = act !== wanted;
    const field = /** @type {HTMLInputElement | HTMLSelectElement} */ (more.querySelector("input, select"));
    field.disabled = act !== wanted;
    field.required = act === wanted;
  }
  put(by("ask-title"), title);
  put(by("ask-what"), what);
  put(by("ask-hint"), say(hint ?? `${act}.hint`));
  put(by("ask-yes"), say(act === "accept" || act === "seen" ? `${act}.button` : `do.${act}`));
  by("ask-wrong").hidden = true;
  const field = /** @type {HTMLInputElement} */ (by("ask-name"));
  field.value ||= name();
  dialog.showModal();
  field.focus();
  field.select();
}

/**
 * @param {string} path @param {string[]} ids @param {string} who
 * @returns {Promise<{done: boolean, said: string}>}
 */
async function send(path, ids, who) {
  const form = new URLSearchParams({ form: document.body.dataset.token ?? "", name: who });
  for (const id of ids) form.append("id", id);
  for (const field of document.querySelectorAll(".ask-more :enabled")) {
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) form.set(field.name, field.value);
  }
  try {
    const answer = await fetch(path, { method: "POST", body: form, headers: { accept: "application/json" } });
    const found = /** @type {Answer} */ (await answer.json());
    return { done: answer.ok || found.first === false, said: found.said };
  } catch {
    return { done: false, said: say("accept.failed", { why: say("accept.offline") }) };
  }
}

if (dialog) {
  const button = /** @type {HTMLButtonElement} */ (by("ask-yes"));
  by("ask-cancel").addEventListener("click", () => dialog.close());
  by("ask-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const who = /** @type {HTMLInputElement} */ (by("ask-name")).value.trim();
    localStorage.setItem(NAME, who);
    document.body.dataset.name = who;
    button.disabled = true;
    const { done, said } = await send(meant.path, meant.ids, who);
    button.disabled = false;
    if (done) {
      dialog.close("done");
      toast(said);
    } else {
      by("ask-wrong").hidden = false;
      put(by("ask-wrong"), said);
    }
  });
}
