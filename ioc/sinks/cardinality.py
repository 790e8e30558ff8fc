"""How many series this process has made InfluxDB keep, and the end of it: past a cap new tag values become "other".

InfluxDB holds an index entry for every combination of tags it has ever seen, so one sender that invents names can fill
its memory and stop all of history. Here the combinations are counted as they are written; nearing the cap is said
before it hurts, and beyond it the most various tag of a point is written as "other" with the true value beside it in
the text field `folded`: no point is lost, only its own line on a chart.

Counted is what this process wrote since it began: a floor of what InfluxDB holds, and what can still grow.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

OTHER: Final = "other"
VALUES: Final = 50_000
"""Values of one tag: half of `max-values-per-tag`, at which InfluxDB 1.8 itself refuses points (its default 100,000)."""
SERIES: Final = 200_000
"""Series of one measurement: five measurements come to `max-series-per-database` of InfluxDB 1.8 (its default 1,000,000)."""
WARN: Final = 0.8
"""Share of a cap at which it is said."""


class Warned(NamedTuple):
    """A cap that is near (`folds` False) or reached; `tag` is "" where it is about the series of the measurement."""

    measurement: str
    tag: str
    held: int
    cap: int
    folds: bool


def _silent(_warned: Warned) -> None:
    """Tell nobody."""


class Guard:
    """Counts, warns once per cap, folds. `folded` counts the new series that were, by measurement and tag."""

    def __init__(self, warn: Callable[[Warned], None] = _silent, *, values: int = VALUES, series: int = SERIES) -> None:
        self.folded: Counter[tuple[str, str]] = Counter()
        self._warn = warn
        self._cap = values
        self._series_cap = series
        self._values: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._series: defaultdict[str, set[int]] = defaultdict(set)
        self._told: set[tuple[str, str, bool]] = set()

    @property
    def series(self) -> Mapping[str, int]:
        """Measurement -> series written since this process began."""
        return {name: len(found) for name, found in self._series.items()}

    def admit(self, measurement: str, tags: dict[str, str]) -> dict[str, str]:
        """Fold `tags` in place where a cap is reached; give what was folded, by tag. Ask once per combination."""
        folded = {tag: value for tag, value in tags.items() if not self._known(measurement, tag, value)}
        tags.update(dict.fromkeys(folded, OTHER))
        known = self._series[measurement]
        while (key := hash(tuple(sorted(tags.items())))) not in known:
            if len(known) < self._series_cap:
                known.add(key)
                self._near(measurement, "", len(known), self._series_cap)
                break
            most = self._most_various(measurement, tags)
            if most is None:
                break
            self._say(Warned(measurement, "", len(known), self._series_cap, folds=True))
            folded[most], tags[most] = tags[most], OTHER
        self.folded.update((measurement, tag) for tag in folded)
        return folded

    def _known(self, measurement: str, tag: str, value: str) -> bool:
        found = self._values[measurement, tag]
        if value in found:
            return True
        if len(found) >= self._cap:
            self._say(Warned(measurement, tag, len(found), self._cap, folds=True))
            return False
        found.add(value)
        self._near(measurement, tag, len(found), self._cap)
        return True

    def _most_various(self, measurement: str, tags: Mapping[str, str]) -> str | None:
        open_ones = [tag for tag, value in tags.items() if value != OTHER]
        return max(open_ones, key=lambda tag: (len(self._values[measurement, tag]), tag), default=None)

    def _near(self, measurement: str, tag: str, held: int, cap: int) -> None:
        if held >= WARN * cap:
            self._say(Warned(measurement, tag, held, cap, folds=False))

    def _say(self, warned: Warned) -> None:
        what = (warned.measurement, warned.tag, warned.folds)
        if what not in self._told:
            self._told.add(what)
            self._warn(warned)
