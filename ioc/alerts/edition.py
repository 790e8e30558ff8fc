"""Rules and catalogue as one checked whole: what is written into the log, and read by every worker alike.

It holds rules and feeds as they stood in their files, each as JSON, so that a worker makes them again without YAML
(70 s for 10,000 rules). Feeds belong to it because lateness and schedules judge events as much as rules do.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError

from ioc.alerts.rule import Rule, RuleSet
from ioc.catalogue import Catalogue, Feed

Model = TypeVar("Model", bound=BaseModel)
MOST_BYTES = 256 * 1024 * 1024
"""Unpacked; ten thousand rules of 1 kB and as many sources take a tenth."""


class Edition(msgspec.Struct, frozen=True, array_like=True):
    """One JSON document for each rule (in id order), and feed (by name); the days that rules take for holidays."""

    rules: tuple[bytes, ...]
    feeds: tuple[bytes, ...]
    holidays: tuple[int, ...] = ()
    """Numbers of days (`ioc.alerts.active.local_day`); none where no rule asks for them."""

    @property
    def name(self) -> str:
        """16 hex digits over all of it: the same content has the same name."""
        return hashlib.blake2b(_encode(self), digest_size=8).hexdigest()


class Content(NamedTuple):
    """What an edition says; `unread` names rules and feeds that this version of the program cannot read.

    Of the catalogue it is what judges events; warm places serve intake alone.
    """

    rules: RuleSet
    catalogue: Catalogue
    unread: tuple[str, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Edition).decode


def edition(rules: Mapping[str, Any], feeds: Mapping[str, Any], holidays: tuple[int, ...] = ()) -> Edition:
    """Make one of rules (by id) and feeds (by name) as their files say them; all of it has been checked before."""
    return Edition(_documents(rules), _documents(feeds), holidays)


def _documents(part: Mapping[str, Any]) -> tuple[bytes, ...]:
    return tuple(_json(one) for _, one in sorted(part.items()))


def _json(one: Any) -> bytes:
    return msgspec.json.encode(one, order="deterministic")


def read(given: Edition) -> Content:
    """Rules and catalogue again.

    What was checked by another version of the program, and what this one cannot read, is left out and named: the
    others go on.
    """
    unread: list[str] = []
    rules = [one for raw in given.rules if (one := _model(Rule, raw, "id", unread))]
    feeds = [feed for raw in given.feeds if (feed := _model(Feed, raw, "name", unread))]
    return Content(RuleSet(rules, holidays=given.holidays), Catalogue(feeds=tuple(feeds)), tuple(unread))


def _model(model: type[Model], raw: bytes, label: str, unread: list[str]) -> Model | None:
    tree = msgspec.json.decode(raw)
    try:
        return model.model_validate(tree)
    except ValidationError:
        unread.append(str(tree.get(label, "-")))
        return None


def pack(given: Edition) -> bytes:
    """As it is stored, about a tenth of its length."""
    return zlib.compress(_encode(given), 6)


def unpack(raw: bytes) -> Edition:
    """As it was packed; raises ValueError for anything else."""
    try:
        inflating = zlib.decompressobj()
        plain = inflating.decompress(raw, MOST_BYTES)
        if not inflating.eof:
            raise ValueError("too large or cut off")
        return _decode(plain)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(str(error)) from error
