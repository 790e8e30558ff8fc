"""Flapping: an alert that opens again and again is one alert that will not rest.

From the `opens`-th opening within `within` on, the alert is flapping: it falls only when its condition has been
contrary for `within` (or for `settle`, where that is longer). It stays so until it ends. What is remembered are the
times of the last `opens` openings, each until it is older than `within`, so a group that is calm again costs nothing.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ioc.alerts.duration import seconds


class Flap(BaseModel):
    """`flap: {opens: 4, within: 1h}`; `within` in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    opens: Annotated[int, Field(ge=2, le=10)]
    within: Annotated[int, BeforeValidator(seconds), Field(ge=1, le=86400)]


def opened(openings: list[int], at: int, opens: int, within: int) -> bool:
    """Note an opening at `at`; whether it makes the alert flapping. Times and `within` in milliseconds."""
    openings.append(at)
    openings.sort()
    del openings[:-opens]
    return sum(1 for one in openings if one >= at - within) >= opens


def forgotten_at(openings: list[int], within: int, lateness: int) -> int:
    """When no opening is remembered any more, as an event may still come `lateness` late; 0 where none is."""
    return openings[-1] + within + lateness + 1 if openings else 0
