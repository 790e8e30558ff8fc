// @ts-check
// One alert's page: follows its alert, keeps what is being typed, remembers the name.

import { name } from "./ask.js";
import { Live } from "./live.js";
import { sound } from "./sound.js";
import { follow, toast } from "./strip.js";
import { age, by, put, say } from "./text.js";

const live = new Live();
const card = by("card");
let shown = "";

function remember() {
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById("name"));
  if (!field) return;
  field.value ||= name();
  field.form?.addEventListener("submit", () => localStorage.setItem("ioc_name", field.value.trim()));
}

/** Take over what the server says of this alert now; a name that is being typed stays. */
async function renew() {
  const answer = await fetch(location.pathname);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const typed = /** @type {HTMLInputElement | null} */ (document.getElementById("name"))?.value;
  const typing = document.activeElement?.id === "name";
  for (const id of ["live", "act", "more"]) {
    const part = page.getElementById(id);
    if (part) document.getElementById(id)?.replaceWith(document.importNode(part, true));
  }
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById("name"));
  if (field && typed !== undefined) field.value = typed;
  if (field && typing) field.focus();
  remember();
  toast(say("card.changed"));
}

live.addEventListener("rows", (event) => {
  const ids = /** @type {CustomEvent<string[] | null>} */ (event).detail;
  const id = card.dataset.id ?? "";
  const now = JSON.stringify(live.rows.get(id) ?? null);
  if (ids === null && !shown) shown = now;
  else if ((ids === null || ids.includes(id)) && now !== shown) {
    shown = now;
    renew();
  }
});

setInterval(() => {
  const wait = document.getElementById("wait");
  if (wait) put(wait, say("card.nobody", { age: age(Number(wait.dataset.ms), live.now()) }));
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

remember();
follow(live);
sound(live);
await live.start();
document.body.dataset.ready = "1";
