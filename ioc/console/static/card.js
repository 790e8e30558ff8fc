// @ts-check
// One alert's page: follows its alert, sends its forms, keeps what is being typed, remembers the name.

import { name } from "./ask.js";
import { forget, keep, restore } from "./drafts.js";
import { Live } from "./live.js";
import { sound } from "./sound.js";
import { follow, toast } from "./strip.js";
import { age, by, put, say, span } from "./text.js";

const live = new Live();
const card = by("card");
const PARTS = ["live", "act", "doing", "more"];
let shown = "";

/** @returns {HTMLFormElement[]} */
const forms = () => [...card.querySelectorAll("form")];

/** Whether somebody is at work in this form. @param {HTMLFormElement} form */
const busy = (form) => form.contains(document.activeElement) || form.dataset.dirty === "1" || form.dataset.sending === "1";

/** Names are remembered, drafts are put back, their forms are opened. */
function prepare() {
  for (const form of forms()) {
    const who = /** @type {HTMLInputElement | null} */ (form.querySelector('input[name="name"]'));
    if (who) who.value ||= name();
    const draft = restore(form);
    if (!draft) continue;
    form.dataset.dirty = "1";
    if (draft.pending) form.dataset.pending = draft.fields.outcome ?? "1";
    const folded = form.closest("details");
    if (folded) folded.open = true;
    fault(form, say("do.kept"));
  }
}

/** @param {HTMLFormElement} form @param {string} text */
function fault(form, text) {
  const place = /** @type {HTMLElement | null} */ (form.querySelector(".wrong"));
  if (!place) return;
  place.hidden = !text;
  put(place, text);
}

/**
 * Take over what the server says of this alert now; a form that somebody is at work in stays as it is.
 * @param {boolean} [looked] whether its sender has been told what another did: the next attempt is made knowing that
 */
async function renew(looked = false) {
  const answer = await fetch(location.pathname);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const open = card.querySelector("details.do[open]")?.id;
  for (const id of PARTS) {
    const part = page.getElementById(id);
    const here = document.getElementById(id);
    if (!part || !here) continue;
    if (id === "doing" || id === "act") {
      const working = here.matches("form") ? busy(/** @type {HTMLFormElement} */ (here)) : forms().some((form) => here.contains(form) && busy(form));
      if (working) {
        if (looked) know(page);
        continue;
      }
    }
    here.replaceWith(document.importNode(part, true));
  }
  const again = open && document.getElementById(open);
  if (again instanceof HTMLDetailsElement) again.open = true;
  prepare();
}

/** Forms that stay know of the last act from now on. @param {Document} page */
function know(page) {
  const last = /** @type {HTMLInputElement | null} */ (page.querySelector('#card input[name="acted"]'))?.value;
  for (const form of forms()) {
    const acted = /** @type {HTMLInputElement | null} */ (form.querySelector('input[name="acted"]'));
    if (acted && last) acted.value = last;
  }
}

/** @param {HTMLFormElement} form @param {string} outcome the button that was pressed, where it matters */
async function send(form, outcome) {
  if (form.dataset.sending === "1") return;
  form.dataset.sending = "1";
  keep(form, { pending: true, outcome });
  const body = new URLSearchParams();
  for (const [field, value] of new FormData(form)) if (typeof value === "string") body.append(field, value);
  if (outcome) body.set("outcome", outcome);
  body.set("form", document.body.dataset.token ?? "");
  const who = body.get("name") ?? "";
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "application/json" } });
    if (answer.status >= 500) throw new Error(String(answer.status));
    const found = /** @type {{said: string, first?: boolean, code?: string}} */ (await answer.json());
    delete form.dataset.pending;
    if (answer.ok || found.first === false) {
      if (who) localStorage.setItem("ioc_name", who.trim());
      document.body.dataset.name = who;
      forget(form);
      form.dataset.dirty = "";
      form.dataset.sending = "";
      /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
      form.closest("details")?.removeAttribute("open");
      fault(form, "");
      await renew();
      toast(found.said);
      return;
    }
    // What was refused is the sender's to mend: it stays, and the next attempt is another act.
    keep(form);
    if (found.code === "alert_moved") await renew(true);
    form.dataset.sending = "";
    fault(form, found.said);
  } catch {
    form.dataset.pending = outcome || "1";
    fault(form, say("do.failed"));
  }
  form.dataset.sending = "";
}

card.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.querySelector('input[name="key"]')) return;
  event.preventDefault();
  const button = /** @type {SubmitEvent} */ (event).submitter;
  send(form, button instanceof HTMLButtonElement && button.name === "outcome" ? button.value : "");
});

card.addEventListener("input", (event) => {
  const form = /** @type {Element} */ (event.target).closest("form");
  if (!(form instanceof HTMLFormElement) || !form.querySelector('input[name="key"]')) return;
  form.dataset.dirty = "1";
  keep(form);
});

live.addEventListener("beat", () => {
  for (const form of forms()) {
    const pending = form.dataset.pending;
    if (pending) send(form, pending === "1" ? "" : pending);
  }
});

live.addEventListener("rows", (event) => {
  const ids = /** @type {CustomEvent<string[] | null>} */ (event).detail;
  const id = card.dataset.id ?? "";
  const now = JSON.stringify(live.rows.get(id) ?? null);
  if (ids === null && !shown) shown = now;
  else if ((ids === null && now !== shown) || ids?.includes(id)) {
    const changed = now !== shown;
    shown = now;
    renew().then(() => { if (changed) toast(say("card.changed")); });
  }
});

setInterval(() => {
  const wait = document.getElementById("wait");
  if (wait) put(wait, say("card.nobody", { age: age(Number(wait.dataset.ms), live.now()) }));
  const left = document.getElementById("countdown");
  if (left) put(left, say("work.countdown", { left: span(Math.max(0, Number(left.dataset.ms) - live.now()) / 1000) }));
  for (const element of document.querySelectorAll(".age[data-ms]")) {
    const ms = Number(/** @type {HTMLElement} */ (element).dataset.ms);
    put(element, `(${say("row.age", { age: age(ms, live.now()) })})`);
  }
}, 1000);

document.addEventListener("click", async (event) => {
  const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("#copy"));
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.text ?? "");
    toast(`${say("card.copied")}: ${button.dataset.text}`);
  } catch {
    toast(button.dataset.text ?? "");
  }
});

/** @type {Record<string, string>} */
const KEYS = { c: "call", v: "verify", f: "false_alarm", h: "hand", s: "snooze", g: "comment", p: "assign" };

/** Open a form and put the cursor where there is something to fill in. @param {string} kind */
function open(kind) {
  const folded = document.getElementById(`do-${kind}`);
  if (!(folded instanceof HTMLDetailsElement)) return;
  folded.open = true;
  folded.scrollIntoView({ block: "nearest" });
  const first = /** @type {HTMLElement | null} */ (folded.querySelector("textarea, input:not([type=hidden]), select"));
  first?.focus();
}

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") target.blur();
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
  const key = event.key.toLowerCase();
  if (key === "a" && document.getElementById("act") instanceof HTMLFormElement) {
    event.preventDefault();
    /** @type {HTMLElement | null} */ (document.querySelector("#act button"))?.focus();
  } else if (KEYS[key]) {
    event.preventDefault();
    open(KEYS[key]);
  }
});

prepare();
const asked = /^#do-(\w+)$/.exec(location.hash);
if (asked) open(asked[1]);
follow(live);
sound(live);
await live.start();
document.body.dataset.ready = "1";
