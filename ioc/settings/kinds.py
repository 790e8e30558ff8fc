"""Kinds of value that several groups of settings have."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

FROZEN = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
Port = Annotated[int, Field(ge=0, le=65535)]


def refused(code: str, **values: str) -> PydanticCustomError:
    """A validator's finding under a code of ours (words key `config.<code>`)."""
    return PydanticCustomError(code, code, values)


def no_password(url: str) -> str:
    """An address that holds none; validators call it."""
    if urlsplit(url).password is not None:
        raise refused("secret_in_url")
    return url


def _http(url: str) -> str:
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise refused("not_url")
    return no_password(url)


HttpUrl = Annotated[str, AfterValidator(_http)]
