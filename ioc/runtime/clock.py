"""The one real clock."""

from __future__ import annotations

from datetime import UTC, datetime


class RealClock:
    """The time of day as this machine has it."""

    def now(self) -> datetime:
        """Aware UTC time."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one real clock
