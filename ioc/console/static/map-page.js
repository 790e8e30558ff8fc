// @ts-check
// The whole-page map.

import { Live } from "./live.js";
import { drawMap } from "./map.js";
import { sound } from "./sound.js";
import { follow } from "./strip.js";
import { by } from "./text.js";

const live = new Live();
const only = /** @type {HTMLInputElement} */ (by("unaccepted"));
follow(live);
sound(live);
const drawing = drawMap(by("map"), live, { full: true, shows: (row) => !only.checked || row.group === "waiting" });
await live.start();
const { draw } = await drawing;
only.addEventListener("change", draw);
document.body.dataset.ready = "1";
