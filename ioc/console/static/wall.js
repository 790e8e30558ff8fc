// @ts-check
// The wall renews itself from the server's own page, so that it says exactly what the server would say.

import { Live } from "./live.js";
import { drawMap } from "./map.js";
import { sound } from "./sound.js";
import { follow } from "./strip.js";
import { by, put, say } from "./text.js";

const PARTS = ["tiles", "wall-list"];
const live = new Live();
let busy = false;
let again = false;

async function renew() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const answer = await fetch("/wall");
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of PARTS) {
        const part = page.getElementById(id);
        if (part) by(id).replaceWith(document.importNode(part, true));
      }
      fit();
    }
  } catch {
    // The beat tells whether the server lives; a page that did not come is asked for again with the next one.
  } finally {
    busy = false;
    if (again) {
      again = false;
      renew();
    }
  }
}

/** Show only the lines that fit, and count the others. */
function fit() {
  const list = by("wall-list");
  const lines = by("wall-lines");
  const more = by("wall-more");
  const total = Number(lines.dataset.total);
  for (const line of lines.children) /** @type {HTMLElement} */ (line).hidden = false;
  let shown = lines.children.length;
  more.hidden = total <= shown;
  while (shown > 1 && list.scrollHeight > list.clientHeight) {
    shown -= 1;
    /** @type {HTMLElement} */ (lines.children[shown]).hidden = true;
    more.hidden = false;
  }
  put(more, say("wall.more", { count: total - shown }));
}

follow(live);
sound(live);
live.addEventListener("rows", renew);
live.addEventListener("beat", renew);
new ResizeObserver(fit).observe(document.body.querySelector("main") ?? document.body);
drawMap(by("map"), live, { full: false, hotspots: true });
await live.start();
document.body.dataset.ready = "1";
