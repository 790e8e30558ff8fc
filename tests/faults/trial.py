"""What a fault test by id is: a sentence, brokers it runs on, and a run whose figures say whether it held."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

On = Literal["tansu", "kafka", "own"]
"""`own` is a Kafka that the run starts for itself, because it kills or freezes it."""


class Verdict(NamedTuple):
    """Whether it held, and the figures that say so."""

    good: bool
    figures: Mapping[str, object]

    def line(self) -> str:
        return " ".join(f"{key}={round(v, 1) if isinstance(v, float) else v}" for key, v in self.figures.items())


class Ground(NamedTuple):
    """Where a run takes place: the broker's address, a directory of its own, its size and seed."""

    bootstrap: str
    place: Path
    long: bool
    seed: int


Run = Callable[[Ground], Coroutine[Any, Any, Verdict]]


@dataclass(frozen=True)
class Trial:
    """One fault. `run` is given an address, but makes a broker of its own where it is on `own`."""

    id: str
    sentence: str
    run: Run
    on: Sequence[On] = ("tansu", "kafka")

    @property
    def name(self) -> str:
        return f"{self.id} {self.sentence}"


def settings(**given: str) -> dict[str, str]:
    """The environment of a process of the product, with these settings and no others of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("IOC_")} | given


def together(*parts: tuple[bool, Mapping[str, object]]) -> Verdict:
    """One verdict of several."""
    figures: dict[str, object] = {}
    for _, found in parts:
        figures |= found
    return Verdict(all(good for good, _ in parts), figures)
