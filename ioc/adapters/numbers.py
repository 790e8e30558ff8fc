"""Numbers as feeds write them; what could mean two things is refused, not guessed.

`61,3` is taken (a comma cannot be anything but the decimal sign there), `1,234` is refused: one and a quarter, or one
thousand two hundred and thirty-four.
"""

from __future__ import annotations

import math
import re
from typing import Any

from ioc.adapters.refusal import Refusal

_PLAIN = re.compile(r"[+-]?(\d++(\.\d*+)?|\.\d++)([eE][+-]?\d{1,4})?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d++,\d++", re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity|1\.#(inf|qnan|ind))", re.ASCII | re.IGNORECASE)
LONGEST = 64
"""Characters of the longest number that is read; a double never needs more than 24."""


def number(given: Any) -> float:
    """A finite float from a JSON number or a sender's text; Refusal `not_a_number`, `not_finite`, `empty`, `wrong_type`."""
    if type(given) is str:
        found = _from_text(given.strip())
    elif isinstance(given, float):
        found = given
    elif isinstance(given, bool) or not isinstance(given, int | str):
        raise Refusal("missing" if given is None else "wrong_type", wanted="number")
    elif isinstance(given, int):
        if abs(given) >= 1 << 1023:
            raise Refusal("not_finite")
        return float(given)
    else:
        found = _from_text(given.strip())
    if not math.isfinite(found):
        raise Refusal("not_finite")
    return found


def _from_text(text: str) -> float:
    if not text:
        raise Refusal("empty")
    if len(text) > LONGEST:
        raise Refusal("too_long", limit=LONGEST)
    if _PLAIN.fullmatch(text):
        return float(text)
    if _NOT_FINITE.fullmatch(text):
        raise Refusal("not_finite")
    if _GROUPED.fullmatch(text):
        raise Refusal("not_a_number", variant="comma")
    if _COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    raise Refusal("not_a_number")


def whole(given: Any) -> int:
    """An integer from a JSON integer, a whole float below 2^53, or digits; Refusal otherwise."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    found = number(given)
    if not found.is_integer() or abs(found) > 1 << 53:
        raise Refusal("not_a_number", variant="whole")
    return int(found)


def between(low: float, high: float, given: Any) -> float:
    """A number within [low, high]; Refusal `out_of_range` names the limits."""
    found = number(given)
    if not low <= found <= high:
        raise Refusal("out_of_range", low=f"{low:g}", high=f"{high:g}")
    return found


def coordinate(limit: float, given: Any) -> float:
    """Degrees within +-limit; Refusal `not_a_coordinate`."""
    try:
        found = number(given)
    except Refusal as refusal:
        raise Refusal("missing" if refusal.code in ("missing", "empty") else "not_a_coordinate") from refusal
    if abs(found) > limit:
        raise Refusal("not_a_coordinate")
    return found


def latitude(given: Any) -> float:
    """Degrees north, WGS 84."""
    return coordinate(90, given)


def longitude(given: Any) -> float:
    """Degrees east, WGS 84."""
    return coordinate(180, given)
