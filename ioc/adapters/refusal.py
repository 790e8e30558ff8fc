"""One value that cannot be taken: raised by readers of single values, caught where the record and field are known.

It never leaves the adapters: the walker of mapping tables turns it into a `Rejected`.
"""

from __future__ import annotations

from ioc.events.envelope import Reason, Rejected, clip, plain

EXCERPT = 200
"""Characters of what came that a rejection shows."""


class Refusal(Exception):
    """Why one value was refused; `values` fill the words of `reason.<code>`, `variant` chooses a closer sentence."""

    def __init__(self, code: Reason, **values: object) -> None:
        super().__init__(code)
        self.code: Reason = code
        self.values = values


def rejected(record: int, field: str, code: Reason, shown: object = "", /, **values: object) -> Rejected:
    """A rejection with its excerpt cut to size and cleaned of control characters."""
    text = shown.decode("utf-8", "replace") if isinstance(shown, bytes) else "" if shown is None else str(shown)
    return Rejected(record=record, field=clip(field, 80), code=code, excerpt=clip(text, EXCERPT), values=plain(values))


def of(refusal: Refusal, record: int, field: str, shown: object = "") -> Rejected:
    """The rejection that a refusal becomes once its place is known."""
    return rejected(record, field, refusal.code, shown, **refusal.values)
