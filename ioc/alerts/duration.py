"""Durations as an author writes them (`90s`, `30m`, `1h30m`, `2d`), kept in seconds; how a field is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

_SECONDS: Mapping[str, int] = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(?:\d{1,9}[dhms]){1,4}", re.ASCII)
_PART = re.compile(r"(\d+)([dhms])", re.ASCII)
HOUR: Final = 3600
MONTH: Final = 30 * 86400


def refuse(code: str, at: str = "", **values: object) -> PydanticCustomError:
    """The refusal `mistake.<code>`; `at` is the dotted field below the one being checked."""
    return PydanticCustomError(code, code, {"at": at, **{k: str(v) for k, v in values.items()}})


def seconds(text: Any) -> int:
    """`1h30m` -> 5400; raises the mistake `duration` for anything else (a bare number has no unit)."""
    if not isinstance(text, str) or not _DURATION.fullmatch(text):
        raise refuse("duration")
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


Duration = Annotated[int, BeforeValidator(seconds), Field(ge=0, le=MONTH)]
"""Seconds, at most 30 days."""
