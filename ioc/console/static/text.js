// @ts-check
// Words, times and ages as the server writes them; no text is ever read as markup.

/** @type {Record<string, string>} */
const words = JSON.parse(document.body.dataset.words ?? "{}");

/**
 * @param {string} key without the leading `console.`
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

const ZONE_MS = 7 * 3600_000; // +07:00 all year

/** @param {number} n */
const two = (n) => String(n).padStart(2, "0");

/** @param {number} ms */
function parts(ms) {
  const at = new Date(ms + ZONE_MS);
  return {
    day: `${two(at.getUTCDate())}/${two(at.getUTCMonth() + 1)}`,
    year: at.getUTCFullYear(),
    minute: `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`,
    second: two(at.getUTCSeconds()),
  };
}

/** 13:42:07 @param {number} ms */
export function clock(ms) {
  const at = parts(ms);
  return `${at.minute}:${at.second}`;
}

/** 21/11/2026 @param {number} ms */
export function day(ms) {
  const at = parts(ms);
  return `${at.day}/${at.year}`;
}

/** 13:42, with the day before it where it is not today's. @param {number} ms @param {number} now */
export function hour(ms, now) {
  const at = parts(ms);
  return day(ms) === day(now) ? at.minute : `${at.day} ${at.minute}`;
}

const STEPS = /** @type {const} */ ([["days", 86400], ["hours", 3600], ["minutes", 60], ["seconds", 1]]);

/** At most two units: 2 giờ 10 phút. @param {number} seconds */
export function span(seconds) {
  let left = Math.max(0, Math.floor(seconds));
  if (left >= 60) left -= left % 60;
  const found = [];
  for (const [name, size] of STEPS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count || (name === "seconds" && !found.length)) found.push(say(`duration.${name}`, { n: count }));
    if (found.length === 2 || (found.length && !count)) break;
  }
  return found.join(" ");
}

/** How long ago. @param {number} ms @param {number} now */
export const age = (ms, now) => span((now - ms) / 1000);

/** Letters without marks, small: `Định Hoá` is found by `dinh hoa`. @param {string} text */
export const fold = (text) =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();

/**
 * Set a text only where it differs: the browser then does nothing.
 * @param {Element | null} element @param {string} text
 */
export function put(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
export const by = (id) => /** @type {T} */ (document.getElementById(id));
