"""Mistakes that somebody could make in a wall: a name, the wall, and what is changed in its JSON."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

FIRST, COUNTS, MAP, LIST, FEEDS = 1, 2, 4, 6, 8
"""Panels of wall 1 by id."""


class Mutant(NamedTuple):
    """`change` alters a copy of the wall `wall` in place."""

    name: str
    wall: str
    change: Callable[[Any], object]

    def made(self, walls: dict[str, Any]) -> Any:
        """The altered wall."""
        wall = copy.deepcopy(walls[self.wall])
        self.change(wall)
        return wall


def panel(wall: Any, number: int) -> Any:
    """The panel of this id."""
    return next(one for one in wall["panels"] if one["id"] == number)


def defaults(wall: Any, number: int) -> Any:
    return panel(wall, number)["fieldConfig"]["defaults"]


def options(wall: Any, number: int) -> Any:
    return panel(wall, number)["options"]


def mapping(wall: Any, number: int, kind: str, nth: int = 0) -> Any:
    found = [one for one in defaults(wall, number)["mappings"] if one["type"] == kind]
    return found[nth]["options"]


def drop(wall: Any, number: int, kind: str) -> None:
    held = defaults(wall, number)["mappings"]
    held[:] = [one for one in held if one["type"] != kind]


def query(old: str, new: str, number: int) -> Callable[[Any], object]:
    """A query with a part replaced; the part must be there."""

    def change(wall: Any) -> None:
        target = panel(wall, number)["targets"][0]
        assert old in target["query"], (old, target["query"])
        target["query"] = target["query"].replace(old, new)

    return change


def at(number: int, **given: int) -> Callable[[Any], object]:
    return lambda wall: panel(wall, number)["gridPos"].update(given)


def option(number: int, name: str, value: Any) -> Callable[[Any], object]:
    return lambda wall: options(wall, number).update({name: value})


def default(number: int, name: str, value: Any) -> Callable[[Any], object]:
    return lambda wall: defaults(wall, number).update({name: value})


def override(wall: Any, number: int, prop: str, column: int = 0) -> Any:
    properties = panel(wall, number)["fieldConfig"]["overrides"][column]["properties"]
    return next(one for one in properties if one["id"] == prop)


ONE, FIRE, AIR, PIPE, HISTORY = (
    f"ioc-{name}-vi" for name in ("overview", "forest-fire", "environment", "pipeline", "alert-history")
)

# fmt: off
MUTANTS: tuple[Mutant, ...] = (
    # No data
    Mutant("null shown as 0", ONE, lambda w: mapping(w, FIRST, "special")["result"].update(text="0")),
    Mutant("null shown in a calm colour", ONE, lambda w: mapping(w, COUNTS, "special")["result"].update(color="#2b3a46")),
    Mutant("null shown in green", ONE, lambda w: mapping(w, LIST, "special")["result"].update(color="green")),
    Mutant("mapping of null dropped", ONE, lambda w: drop(w, FEEDS, "special")),
    Mutant("only NaN is mapped, null is not", ONE, lambda w: mapping(w, FIRST, "special").update(match="nan")),
    Mutant("a special value that does not exist", ONE, lambda w: mapping(w, FIRST, "special").update(match="nil")),
    Mutant("no text for no value", ONE, default(FIRST, "noValue", "")),
    Mutant("null of a key figure shown as 0", PIPE, lambda w: mapping(w, 2, "special")["result"].update(text="0")),
    # Colours and words
    Mutant("colours of two severities swapped", ONE, lambda w: (mapping(w, LIST, "regex", 2)["result"].update(color="dark-red"), mapping(w, LIST, "regex", 3)["result"].update(color="light-orange"))),
    Mutant("a colour that does not exist", ONE, lambda w: mapping(w, LIST, "regex", 3)["result"].update(color="darkish-red")),
    Mutant("the mapping of a sign dropped", ONE, lambda w: defaults(w, LIST)["mappings"].pop(3)),
    Mutant("a sign's pattern that matches nothing", ONE, lambda w: mapping(w, LIST, "regex", 3).update(pattern="^Khẩn.*")),
    Mutant("a pattern that is none", ONE, lambda w: mapping(w, LIST, "regex", 3).update(pattern="^(◆")),
    Mutant("words of a figure replaced", ONE, lambda w: mapping(w, LIST, "regex", 3)["result"].update(text="!")),
    Mutant("a mapping type that does not exist", ONE, lambda w: defaults(w, LIST)["mappings"][0].update(type="pattern")),
    Mutant("every value in the colour of a threshold", ONE, lambda w: drop(w, LIST, "regex")),
    Mutant("severe on the map in the colour of extreme", ONE, lambda w: mapping(w, MAP, "value")["3"].update(color="dark-red")),
    Mutant("a band of VN_AQI in another colour", AIR, lambda w: mapping(w, 3, "range", 3)["result"].update(color="#ff7e00")),
    Mutant("bands of VN_AQI off by ten", AIR, lambda w: (mapping(w, 3, "range", 2).update(to=178), mapping(w, 3, "range", 3).update({"from": 179}))),
    Mutant("a band that holds nothing", AIR, lambda w: mapping(w, 3, "range", 3).update({"from": 200, "to": 151})),
    Mutant("figures as thin coloured text", ONE, option(FIRST, "colorMode", "value")),
    Mutant("a colour scheme that does not exist", ONE, lambda w: defaults(w, FIRST)["color"].update(mode="threshold")),
    Mutant("thresholds that fall", PIPE, lambda w: override(w, 2, "thresholds", 1)["value"]["steps"].append({"value": 10, "color": "light-orange"})),
    Mutant("late from 3000 s on", PIPE, lambda w: override(w, 10, "thresholds")["value"]["steps"][1].update(value=3000)),
    # Units and figures
    Mutant("a unit that does not exist", PIPE, lambda w: override(w, 2, "unit", 1).update(value="secondes")),
    Mutant("milliseconds for seconds", PIPE, lambda w: override(w, 2, "unit", 1).update(value="ms")),
    Mutant("a fraction of a record", PIPE, default(2, "decimals", 2)),
    Mutant("the first value instead of the last", PIPE, lambda w: options(w, 2)["reduceOptions"].update(calcs=["lastNonNull"])),
    Mutant("a row for each value where one is meant", PIPE, lambda w: options(w, 2)["reduceOptions"].update(fields="/^per$/")),
    Mutant("rows reduced to one", ONE, lambda w: options(w, LIST)["reduceOptions"].update(values=False)),
    Mutant("the list cut to one line", ONE, lambda w: options(w, LIST)["reduceOptions"].update(limit=1)),
    Mutant("another column as the figure", ONE, lambda w: options(w, LIST)["reduceOptions"].update(fields="/^line$/")),
    # Reading from five metres, one screen
    Mutant("text of 24 px", ONE, lambda w: options(w, LIST)["text"].update(titleSize=24)),
    Mutant("a key figure of 72 px", ONE, lambda w: options(w, COUNTS)["text"].update(valueSize=72)),
    Mutant("a heading of 20 px", ONE, lambda w: options(w, 5).update(content=options(w, 5)["content"].replace("36px", "20px"))),
    Mutant("the worst smaller than its count", ONE, lambda w: options(w, FIRST)["text"].update(valueSize=90)),
    Mutant("the worst at the bottom", ONE, lambda w: w["panels"].append(w["panels"].pop(0))),
    Mutant("labels of the map of 12 px", ONE, lambda w: options(w, MAP)["layers"][1]["config"]["style"]["textConfig"].update(fontSize=12)),
    Mutant("values without names", ONE, option(LIST, "textMode", "value")),
    Mutant("two tiles overlap", ONE, at(LIST, y=13)),
    Mutant("a tile below the screen", ONE, at(FEEDS, h=9)),
    Mutant("a tile wider than the screen", ONE, at(LIST, w=20)),
    Mutant("a list of twenty lines", ONE, lambda w: options(w, LIST)["reduceOptions"].update(limit=20)),
    Mutant("an eighth tile", ONE, lambda w: [panel(w, 3).update(type="stat", options=copy.deepcopy(options(w, LIST)), targets=panel(w, LIST)["targets"], datasource=panel(w, LIST)["datasource"], fieldConfig=panel(w, LIST)["fieldConfig"]), panel(w, 5).update(type="geomap", options=options(w, MAP), targets=[], datasource=panel(w, LIST)["datasource"])]),
    Mutant("an id twice", ONE, lambda w: panel(w, LIST).update(id=FIRST)),
    # Language
    Mutant("lines in English on a Vietnamese wall", ONE, query("line_vi", "line_en", LIST)),
    Mutant("figures in English on a Vietnamese wall", ONE, query("figure_vi", "figure_en", FIRST)),
    Mutant("no data in English on a Vietnamese wall", ONE, lambda w: mapping(w, FIRST, "special")["result"].update(text="NO DATA")),
    Mutant("the other language's uid", ONE, lambda w: w.update(uid="ioc-overview-en")),
    Mutant("a series under its code", HISTORY, lambda w: panel(w, 3)["fieldConfig"]["overrides"].pop(0)),
    # Queries
    Mutant("another list", ONE, query("'waiting'", "'worst'", LIST)),
    Mutant("a list that does not exist", ONE, query("'waiting'", "'waitng'", LIST)),
    Mutant("a wrong tag", ONE, query('GROUP BY "place"', 'GROUP BY "nth"', LIST)),
    Mutant("a misspelt field", ONE, query('"line_vi"', '"lines_vi"', LIST)),
    Mutant("a misspelt measurement", FIRE, query('"hotspot"', '"hotspots"', 5)),
    Mutant("a mistake of syntax", ONE, query("SELECT", "SELEC", FIRST)),
    Mutant("no span at all", FIRE, query("AND $timeFilter", "", 5)),
    Mutant("an old list goes on", ONE, query("now() - 1m", "now() - 30d", LIST)),
    Mutant("drills among alerts", ONE, query("\"drill\" = '' AND ", "", MAP)),
    Mutant("what has ended stays on the map", ONE, query('"rank" > 0', '"rank" > -1', MAP)),
    Mutant("a mean where a sum is meant", PIPE, query("SUM(", "MEAN(", 6)),
    Mutant("the first process start counted as a restart", PIPE, query('"starts" - 1', '"starts"', 10)),
    Mutant("a span that holds nothing", PIPE, query("now() - 24h", "now() - 1ms", 10)),
    Mutant("a variable that nobody defines", FIRE, query("$timeFilter", "$timeFilter AND \"commune\" = '$commune'", 5)),
    Mutant("another data source", ONE, lambda w: panel(w, LIST)["targets"][0]["datasource"].update(uid="influx")),
    Mutant("series without an alias", HISTORY, lambda w: panel(w, 1)["targets"][0].pop("alias")),
    Mutant("a transformation that does not exist", ONE, lambda w: panel(w, LIST)["transformations"][0].update(id="organise")),
    Mutant("the transformation left out", ONE, lambda w: panel(w, LIST)["transformations"].clear()),
    Mutant("sorted the wrong way", AIR, lambda w: panel(w, 3)["transformations"][0]["options"]["sort"][0].update(desc=False)),
    Mutant("a matcher that does not exist", PIPE, lambda w: panel(w, 6)["fieldConfig"]["overrides"][0]["matcher"].update(id="byname")),
    Mutant("an override for a column that is not there", PIPE, lambda w: panel(w, 6)["fieldConfig"]["overrides"][0]["matcher"].update(options="fates")),
    # The wall as a whole
    Mutant("it does not refresh", ONE, lambda w: w.update(refresh="")),
    Mutant("times of Greenwich", ONE, lambda w: w.update(timezone="utc")),
    Mutant("anybody can change it", ONE, lambda w: w.update(editable=True)),
    Mutant("a base map from the internet", ONE, lambda w: options(w, MAP)["basemap"]["config"].update(url="https://tile.example/{z}/{x}/{y}.png")),
    Mutant("a map that fits itself at each refresh", ONE, lambda w: options(w, MAP)["view"].update(id="fit")),
    Mutant("a map without outlines", ONE, lambda w: options(w, MAP)["layers"].pop(0)),
    Mutant("a layer that does not exist", ONE, lambda w: options(w, MAP)["layers"][1].update(type="marker")),
)
# fmt: on
