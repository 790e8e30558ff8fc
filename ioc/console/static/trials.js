// @ts-check
// Rules on trial: the list is the server's; strip, sound and cover follow the live alerts as on every page.

import { Live } from "./live.js";
import { sound } from "./sound.js";
import { follow } from "./strip.js";

const live = new Live();
follow(live);
sound(live);
await live.start();
document.body.dataset.ready = "1";
