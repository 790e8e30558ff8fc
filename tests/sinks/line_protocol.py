"""A naive reader of line protocol, character by character, written from InfluxDB's reference and not from our writer."""

import math
from dataclasses import dataclass, field

Value = float | int | str | bool


@dataclass
class Point:
    """What one line says."""

    measurement: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Value] = field(default_factory=dict)
    time: int = 0


def points(block: str) -> list[Point]:
    """Every point of a block; a newline inside a quoted string field ends no line. ValueError for a broken line."""
    found = []
    rest = block
    while rest:
        point, rest = _point(rest)
        found.append(point)
    return found


def _point(text: str) -> tuple[Point, str]:
    point = Point()
    point.measurement, stop, text = _word(text, ", ")
    while stop == ",":
        key, stop, text = _word(text, "=")
        if stop != "=":
            raise ValueError("tag without a value")
        value, stop, text = _word(text, ", ")
        if not key or not value or key in point.tags:
            raise ValueError(f"bad tag {key!r}={value!r}")
        point.tags[key] = value
    if stop != " ":
        raise ValueError("no fields")
    stop = ","
    while stop == ",":
        key, stop, text = _word(text, "=")
        if stop != "=" or not key or key in point.fields:
            raise ValueError(f"bad field {key!r}")
        if text.startswith('"'):
            point.fields[key], text = _quoted(text[1:])
        else:
            raw = ""
            while text and text[0] not in ", \n":
                raw, text = raw + text[0], text[1:]
            point.fields[key] = _plain(raw)
        stop, text = text[:1], text[1:]
    if stop != " ":
        raise ValueError("no time")
    time, _, text = text.partition("\n")
    point.time = int(time)
    return point, text


def _word(text: str, stops: str) -> tuple[str, str, str]:
    """A name or tag value up to an unescaped stop, the stop, and what follows."""
    word = ""
    at = 0
    while at < len(text):
        one = text[at]
        if one == "\\" and text[at + 1 : at + 2] in (",", "=", " "):
            word += text[at + 1]
            at += 2
            continue
        if one in stops:
            return word, one, text[at + 1 :]
        if one == "\n":
            raise ValueError("a line ends inside a name")
        word += one
        at += 1
    return word, "", ""


def _quoted(text: str) -> tuple[str, str]:
    value = ""
    at = 0
    while at < len(text):
        one = text[at]
        if one == "\\" and text[at + 1 : at + 2] in ('"', "\\"):
            value += text[at + 1]
            at += 2
            continue
        if one == '"':
            return value, text[at + 1 :]
        value += one
        at += 1
    raise ValueError("a string without an end")


def _plain(raw: str) -> Value:
    if raw in ("true", "false"):
        return raw == "true"
    if raw.endswith("i"):
        return int(raw[:-1])
    value = float(raw)
    if not math.isfinite(value):
        raise ValueError(raw)
    return value
