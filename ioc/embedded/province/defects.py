"""What is wrong with real feeds, at the rates counted in real files; added beside the good records.

Counted in 17,743 readings of Thái Nguyên's air stations (May 2026), 41,670 FIRMS detections, 341 Suricata alerts,
43,824 hours of Beijing PM2.5 (UCI), 29,928 hours of the Hanoi monitor:

    AHEAD      231 of 17,743 readings are stamped 5-6 h ahead of their ingest (a local hour labelled UTC)
    AGAIN      933 of 2,266 reports of a station come within a minute of the one before
    ZERO       21 of 2,266 PM2.5 readings are 0.0
    NO_VALUE   2,067 of 43,824 hours say NA
    INVALID    253 of 29,928 hours are marked invalid by the monitor itself
    NO_ZONE    44 of 341 timestamps have no zone
    SHARED_FRP 1,618 of 41,670 detections repeat the radiative power of a neighbour in the same overpass

No file held the same record twice, one later than its feed allows, or one cut short: files are written after such
things were lost or mended. For these the rates are starting values ("giá trị khởi đầu"): senders over HTTP repeat what
got no answer, stations keep files back while their line is down, log rotation cuts a line in two.

Nothing here touches a source while a story touches it: a near miss must stay exactly as near as it was written.
"""

from __future__ import annotations

from typing import Final

from ioc.embedded.province.chance import between, happens
from ioc.embedded.province.native import HOUR, MINUTE, SECOND
from ioc.embedded.province.story import World

AHEAD: Final = 231 / 17743
AGAIN: Final = 933 / 2266
ZERO: Final = 21 / 2266
NO_VALUE: Final = 2067 / 43824
INVALID: Final = 253 / 29928
NO_ZONE: Final = 44 / 341
SHARED_FRP: Final = 1618 / 41670
TWICE: Final = 1 / 500
HELD_BACK: Final = 1 / 500
CUT_SHORT: Final = 1 / 1000

LONGEST_MS: Final = 2 * HOUR
"""The longest that anything is held back or sent again."""
REPEATED_AFTER_MS: Final = 3 * SECOND
"""A sender without an answer tries again after its time-out."""
MARGIN_MS: Final = 40 * MINUTE
"""Longer than the longest hold of a rule, so that no reading of a near miss is missing or doubled."""


def alone(world: World, source: str, at: int) -> bool:
    """Whether no story is near, so that defects may happen."""
    return not world.story.touches(source, at, MARGIN_MS)


def chance(world: World, rate: float, name: str, source: str, at: int) -> bool:
    """Whether the named defect happens to this record."""
    return happens(rate, world.seed, name, source, at) and alone(world, source, at)


def held_back(world: World, source: str, observed: int) -> int:
    """Milliseconds by which a file comes too late, 0 for nearly all: 65 to 110 minutes, beyond an hour's lateness."""
    if not chance(world, HELD_BACK, "held back", source, observed):
        return 0
    return int(between(65 * MINUTE, 110 * MINUTE, world.seed, "held back for", source, observed))


def sent_again(world: World, source: str, observed: int) -> bool:
    """Whether the same bytes come a second time."""
    return chance(world, TWICE, "twice", source, observed)


def cut_short(world: World, source: str, observed: int) -> bool:
    """Whether a line that was cut in two comes with it."""
    return chance(world, CUT_SHORT, "cut short", source, observed)
