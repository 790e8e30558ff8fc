"""An error as sentences for the person at the terminal, or in a role's log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from ioc.errors import IocError, Permanent
from ioc.words import Lang, say


@runtime_checkable
class Several(Protocol):
    """An error that holds many mistakes, so that a person mends all of them in one go."""

    def sentences(self, lang: Lang) -> list[str]:
        """One sentence per mistake."""
        ...


def explain(error: IocError, lang: Lang) -> str:
    """All sentences of an error, one per line."""
    if isinstance(error, Several):
        return "\n".join(error.sentences(lang))
    return say(error.key, lang, **error.values)


def expected(error: BaseException) -> IocError | None:
    """The error of ours that ended the work, also out of a task group; None where nobody foresaw it.

    A Permanent one counts whatever else is beside it: that is what a person can mend.
    """
    found = list(_flat(error))
    ours = [one for one in found if isinstance(one, IocError)]
    mendable = next((one for one in ours if isinstance(one, Permanent)), None)
    return mendable or (ours[0] if len(ours) == len(found) else None)


def _flat(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _flat(one)
    else:
        yield error
