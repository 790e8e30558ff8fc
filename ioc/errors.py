"""The error tree: two verbs of failure, and data that is refused.

    IocError
    ├── Retryable      try again later; `retry_after` says when, in seconds
    └── Permanent      the same call will fail the same way; a person must change something
        └── Unreadable the input cannot be read as the named format at all

A refused *record* is no exception but a value (`ioc.events.Rejected`): one bad record never stops the good ones.
Every error carries a stable `code` and named values; the sentence for a person comes from `ioc.words`
(key `error.<code>`), so nothing below the edge speaks to anybody.
"""

from __future__ import annotations


class IocError(Exception):
    """A failure with a stable code; `values` fill the sentence of the same key in both languages."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(f"{code} {values}" if values else code)
        self.code = code
        self.values = values

    @property
    def key(self) -> str:
        """Key of the sentence in `ioc/words/*.toml`."""
        return f"error.{self.code}"


class Retryable(IocError):
    """Nothing is wrong with the call; the other side cannot take it now."""

    def __init__(self, code: str, *, retry_after: float = 1.0, **values: object) -> None:
        super().__init__(code, **values)
        self.retry_after = retry_after


class Permanent(IocError):
    """Trying again changes nothing; the sentence says what a person must do."""


class Unreadable(Permanent):
    """The input cannot be read as that format at all (`ioc convert` ends with exit code 2)."""
