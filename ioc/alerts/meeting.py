"""What an alert of the kind `near` says of its two sides."""

from __future__ import annotations

import msgspec


class Meeting(msgspec.Struct, array_like=True, gc=False, tag=30):
    """The first pair of the severity that stands: km, milliseconds apart, the partner's source and title."""

    km: float
    gap: int
    partner: str
    title: dict[str, str]
