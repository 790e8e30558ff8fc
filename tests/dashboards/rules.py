"""What every wall must be, beside what Grafana itself demands: whole on one screen, read from five metres, never calm
over data that are missing, nothing from the internet, one language, drills left out.

Officer's figures for a 55-inch screen of 1920 x 1080: text 36 px, key figures 96 px, at most 7 tiles and 12 lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

COLUMNS, ROWS = 24, 28
TEXT_PX, KEY_PX, LINES = 36, 96, 12
TILES = ("stat", "bargauge")
FAR = ("ioc-overview", "ioc-forest-fire", "ioc-environment", "ioc-pipeline")
"""Walls read from five metres. Charts' axes are small in Grafana and cannot be made larger: they stand on the others."""
NO_DATA = {"vi": "MẤT DỮ LIỆU", "en": "NO DATA"}
GREY = "#6b6b6b"
CALM = "#2b3a46"
SIGNS = {
    "◆": "dark-red", "▲": "light-orange", "■": "super-light-blue", "●": "dark-blue", "✔": CALM, "◔": "#8c6d1f",
    "✖": "#9c2f5f", "▣": "dark-purple", "·": CALM, "—": GREY, "…": GREY, r"\?": GREY,
}  # fmt: skip
SOURCE = {"type": "influxdb", "uid": "ioc-influx"}
WORDED = re.compile(r'"(?:figure|line|title|why)_(\w+)"')


def findings(wall: Any) -> list[str]:
    """What is wrong with a wall, one sentence each; none for a good one."""
    return [*_whole(wall), *(f"panel {p['id']}: {found}" for p in wall["panels"] for found in _panel(wall, p))]


def language(wall: Any) -> str:
    """The one that its tags name."""
    found: str = next(tag for tag in wall["tags"] if tag in NO_DATA)
    return found


def is_far(wall: Any) -> bool:
    """Whether it is read from five metres."""
    return bool(wall["uid"].startswith(FAR))


def _whole(wall: Any) -> Iterator[str]:
    cells: list[tuple[int, int]] = []
    for panel in wall["panels"]:
        at = panel["gridPos"]
        cells += [(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]
    if sorted(cells) != [(x, y) for x in range(COLUMNS) for y in range(ROWS)]:
        yield "tiles overlap, leave a hole or go beyond the screen"
    ids = [panel["id"] for panel in wall["panels"]]
    if len(set(ids)) < len(ids):
        yield "an id twice"
    if len(wall["uid"]) > 40 or not re.fullmatch(r"ioc-[a-z-]+-(vi|en)", wall["uid"]):
        yield "a uid that Grafana or we do not take"
    if not wall["uid"].endswith(f"-{language(wall)}"):
        yield "uid and tags name two languages"
    if sum(panel["type"] != "text" for panel in wall["panels"]) > 7:
        yield "more than 7 tiles"
    if not re.fullmatch(r"\d+[sm]", str(wall.get("refresh"))):
        yield "it does not refresh by itself"
    if wall["timezone"] != "Asia/Ho_Chi_Minh":
        yield "times of another country"
    if wall.get("editable"):
        yield "anybody can change it"
    text = json.dumps(wall, ensure_ascii=False)
    if "http" in text:
        yield "something comes from the internet"
    if any(other in text for lang, other in NO_DATA.items() if lang != language(wall)):
        yield "words of the other language"
    if is_far(wall):
        yield from _far(wall)


def _far(wall: Any) -> Iterator[str]:
    first = wall["panels"][0]
    sizes = [panel["options"]["text"]["valueSize"] for panel in wall["panels"] if panel["type"] == "stat"]
    if (first["gridPos"]["x"], first["gridPos"]["y"], first["type"]) != (0, 0, "stat"):
        yield "the worst does not stand at the top left"
    elif sizes.count(max(sizes)) > 1 or first["options"]["text"]["valueSize"] < max(sizes):
        yield "the worst is not the largest text"
    lists = [panel for panel in wall["panels"][1:] if panel["type"] in TILES and not _is_key(panel)]
    if sum(panel["options"]["reduceOptions"]["limit"] for panel in lists) > LINES:
        yield "more lines than anybody reads"
    for panel in wall["panels"]:
        if panel["type"] not in ("stat", "bargauge", "text", "geomap"):
            yield f"{panel['type']} has letters that cannot be read from five metres"
        if panel.get("title"):
            yield "a title of its own is too small to be read"


def _is_key(panel: Any) -> bool:
    """Key figures, not lines of a list."""
    counts = "\"board\" = 'counts'" in panel["targets"][0]["query"]
    return counts or not panel["options"]["reduceOptions"]["values"]


def _panel(wall: Any, panel: Any) -> Iterator[str]:
    lang = language(wall)
    if panel["type"] == "text":
        size = re.search(r"font-size:(\d+)px", panel["options"]["content"])
        if size is None or int(size[1]) < TEXT_PX:
            yield "words too small to be read"
        return
    if panel.get("datasource") != SOURCE:
        yield "another data source"
    for target in panel["targets"]:
        yield from _query(lang, target)
    if panel["type"] in TILES:
        yield from _data_loss(lang, panel["fieldConfig"]["defaults"])
    if panel["type"] == "stat":
        yield from _tile(panel)
    if panel["type"] == "bargauge" and min(panel["options"]["text"].values()) < TEXT_PX:
        yield "letters too small"
    if panel["type"] == "geomap":
        yield from _map(panel["options"])


def _query(lang: str, target: Any) -> Iterator[str]:
    query = target["query"]
    if target["datasource"] != SOURCE:
        yield "a query of another data source"
    if "$timeFilter" not in query and not re.search(r"time > now\(\) - \d+[mhd]", query):
        yield "a query without a span"
    if target["resultFormat"] != "table" and not target.get("alias"):
        yield "series whose names change their order"
    if re.search(r'FROM "(alert|environment|hotspot|camera|netsec)"', query) and "\"drill\" = ''" not in query:
        yield "drills among what is real"
    if 'FROM "board"' in query and "now() - 1m" not in query:
        yield "a list that goes on when nobody tells it any more"
    if set(WORDED.findall(query)) - {lang}:
        yield "a query of the other language"


def _data_loss(lang: str, defaults: Any) -> Iterator[str]:
    if defaults["noValue"] != NO_DATA[lang]:
        yield "no data is not said"
    nulls = [one["options"] for one in defaults["mappings"] if one["type"] == "special"]
    if [one["match"] for one in nulls] != ["null+nan"]:
        yield "a null is not mapped"
    elif (nulls[0]["result"]["text"], nulls[0]["result"]["color"]) != (NO_DATA[lang], GREY):
        yield "a null looks like something else"


def _tile(panel: Any) -> Iterator[str]:
    options, defaults = panel["options"], panel["fieldConfig"]["defaults"]
    text = options["text"]
    if text["titleSize"] < TEXT_PX or text["valueSize"] < (KEY_PX if _is_key(panel) else TEXT_PX):
        yield "letters too small"
    if options["textMode"] != "value_and_name":
        yield "a value without its name, or a name without its value"
    if options["colorMode"] != "background_solid" or options["graphMode"] != "none":
        yield "not a plain coloured band"
    signs = {
        one["options"]["pattern"][1:-2]: one["options"]["result"]
        for one in defaults["mappings"]
        if one["type"] == "regex"
    }
    if options["reduceOptions"]["fields"] == "/^figure$/":
        if {sign: result.get("color") for sign, result in signs.items()} != SIGNS:
            yield "a sign in a colour that is not its own"
        if any("text" in result for result in signs.values()):
            yield "words of a figure are replaced"


def _map(options: Any) -> Iterator[str]:
    if not options["basemap"]["config"]["url"].startswith("/public/") or options["basemap"]["type"] != "xyz":
        yield "a base map from elsewhere"
    if options["view"]["id"] != "coords":
        yield "a map that jumps at each refresh"
    ground = [layer["config"].get("src") for layer in options["layers"] if layer["type"] == "geojson"]
    if ground != ["/public/ioc/map/communes.geojson"]:
        yield "a map without its ground"
    marks = [layer for layer in options["layers"] if layer["type"] == "markers"]
    if any(layer["config"]["style"]["textConfig"]["fontSize"] < TEXT_PX for layer in marks):
        yield "labels too small"
    if not marks or any(layer["location"]["mode"] != "coords" for layer in marks):
        yield "places that are guessed"
