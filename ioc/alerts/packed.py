"""Whole numbers kept small: four or eight bytes each while they are in use, where stored as few as each needs."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    _Numbers = array[int]
else:
    _Numbers = array  # generic for type checkers alone before Python 3.12

GRID: Final = 1_000_000
"""Steps of the grid in one unit: readings of up to six decimals are exact."""


class Ints(_Numbers):
    """Signed 64-bit numbers; one that does not fit raises OverflowError."""

    __slots__ = ()

    def __new__(cls, items: Iterable[int] = ()) -> Self:
        """Hold these numbers."""
        return super().__new__(cls, "q", items)  # type: ignore[return-value]  # array's own stub names array


class Naturals(_Numbers):
    """Unsigned 32-bit numbers, four bytes each while they are in use."""

    __slots__ = ()

    def __new__(cls, items: Iterable[int] = ()) -> Self:
        """Hold these numbers."""
        return super().__new__(cls, "I", items)  # type: ignore[return-value]  # see Ints


class Words(_Numbers):
    """Unsigned 32-bit numbers, four bytes each wherever they are, low byte first as on every machine we run on."""

    __slots__ = ()

    def __new__(cls, items: Iterable[int] = ()) -> Self:
        """Hold these numbers."""
        return super().__new__(cls, "I", items)  # type: ignore[return-value]  # see Ints


def on_grid(value: float) -> int:
    """A value in steps of the grid. Events carry at most 1e9 (`ioc.events.envelope`), and so 9,000 of them fit a sum."""
    return round(value * GRID)


def unpacked(given: Any) -> list[int] | bytes:
    """The encoder's hook: what is stored of these arrays."""
    if isinstance(given, (Ints, Naturals)):
        return given.tolist()
    if isinstance(given, Words):
        return given.tobytes()
    raise NotImplementedError(type(given).__name__)


def packed(kind: type, given: Any) -> Any:
    """The decoder's hook: the array that was stored."""
    if kind is Ints or kind is Naturals:
        return kind(given)
    if kind is Words:
        held = Words()
        held.frombytes(given)
        return held
    raise NotImplementedError(kind.__name__)
