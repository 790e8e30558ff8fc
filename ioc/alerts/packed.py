"""Whole numbers kept small: eight bytes each while they are in use, as few as each needs where they are stored."""

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


def on_grid(value: float) -> int:
    """A value in steps of the grid. Events carry at most 1e9 (`ioc.events.envelope`), and so 9,000 of them fit a sum."""
    return round(value * GRID)


def unpacked(given: Any) -> list[int]:
    """The encoder's hook: what is stored of `Ints`."""
    if isinstance(given, Ints):
        return given.tolist()
    raise NotImplementedError(type(given).__name__)


def packed(kind: type, given: Any) -> Any:
    """The decoder's hook: the `Ints` that were stored."""
    if kind is Ints:
        return Ints(given)
    raise NotImplementedError(kind.__name__)
