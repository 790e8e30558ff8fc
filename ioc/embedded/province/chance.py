"""Chance without state: the same seed and name give the same number in every process, order and year.

Numbers come from BLAKE2b over the parts, so nothing depends on the order of calls, on dictionaries or on hash seeds,
and any span of time can be asked for by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")
_TOP = float(1 << 52)


@lru_cache(maxsize=1 << 16)
def unit(*parts: int | str) -> float:
    """A number in [0, 1), evenly spread over the parts."""
    text = "\x1f".join(str(part) for part in parts)
    return (int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 12) / _TOP


def between(low: float, high: float, *parts: int | str) -> float:
    """A number in [low, high)."""
    return low + (high - low) * unit(*parts)


def whole(low: int, high: int, *parts: int | str) -> int:
    """An integer in [low, high]."""
    return low + int(unit(*parts) * (high - low + 1))


def happens(rate: float, *parts: int | str) -> bool:
    """True with probability `rate`."""
    return unit(*parts) < rate


def pick(among: Sequence[T], *parts: int | str) -> T:
    """One of them."""
    return among[int(unit(*parts) * len(among))]


def drift(at: int, span: int, *parts: int | str) -> float:
    """A smooth wander in [-1, 1] with a new direction every `span` milliseconds."""
    place, rest = divmod(at, span)
    share = rest / span
    ease = share * share * (3 - 2 * share)
    first, second = (2 * unit(place + step, *parts) - 1 for step in (0, 1))
    return first + (second - first) * ease
