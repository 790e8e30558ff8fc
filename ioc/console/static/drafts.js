// @ts-check
// What is being typed into a form lives in this browser until the server has it: a reload, a restart of the server or a
// lost line loses nothing. It is sent again under the same key, so that it is done once.

/** @typedef {{key: string, fields: Record<string, string>, pending: boolean}} Draft */

const PREFIX = "ioc_draft:";
const MONTH_MS = 30 * 24 * 3600_000;

/** @param {HTMLFormElement} form */
const place = (form) => `${PREFIX}${new URL(form.action).pathname}`;

/** Fields that people fill in. @param {HTMLFormElement} form @returns {Record<string, string>} */
function typed(form) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !["form", "acted", "key"].includes(name)) found[name] = value;
  }
  return found;
}

/** @param {HTMLFormElement} form @param {string} name @returns {HTMLInputElement | null} */
const field = (form, name) => form.querySelector(`input[name="${name}"]`);

/** @param {HTMLFormElement} form @param {{pending?: boolean, outcome?: string}} [how] */
export function keep(form, { pending = false, outcome } = {}) {
  const fields = typed(form);
  if (outcome) fields.outcome = outcome;
  /** @type {Draft & {at: number}} */
  const draft = { key: field(form, "key")?.value ?? "", fields, pending, at: Date.now() };
  try {
    localStorage.setItem(place(form), JSON.stringify(draft));
  } catch {
    // A full store must not keep anybody from acting.
  }
}

/** @param {HTMLFormElement} form */
export function forget(form) {
  localStorage.removeItem(place(form));
}

/** Put back what was typed; whether there was anything. @param {HTMLFormElement} form @returns {Draft | null} */
export function restore(form) {
  const kept = localStorage.getItem(place(form));
  if (!kept) return null;
  /** @type {Draft & {at: number}} */
  const draft = JSON.parse(kept);
  if (Date.now() - draft.at > MONTH_MS) {
    forget(form);
    return null;
  }
  const key = field(form, "key");
  if (key) key.value = draft.key;
  for (const [name, value] of Object.entries(draft.fields)) {
    for (const element of form.elements) {
      if (element instanceof HTMLInputElement && element.type === "radio") {
        if (element.name === name) element.checked = element.value === value;
      } else if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) {
        if (element.name === name) element.value = value;
      }
    }
  }
  return draft;
}
