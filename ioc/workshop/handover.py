"""What processes of one backtest hand to each other: events that are judged again by another key than their source.

A file for each pair of processes, in a directory that they share: who judged the source, and who judges the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import msgspec

from ioc.events.codec import decode
from ioc.workshop.lines import Share
from ioc.workshop.onward import Passed

LENGTH = 4
"""Bytes that say how long a record is."""


class _Kept(msgspec.Struct, array_like=True):
    clock: int
    line: int
    field: str
    key: str
    event: bytes


_encode = msgspec.msgpack.Encoder().encode
_event = msgspec.json.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Kept).decode


def keep(place: Path, share: Share, passed: Iterable[Passed]) -> None:
    """Write for each process what its keys are passed from the sources of this one."""
    with ExitStack() as stack:
        files: list[BinaryIO] = [
            stack.enter_context((place / f"{share.number}-{other}").open("wb")) for other in range(share.of)
        ]
        for one in passed:
            raw = _encode(_Kept(one.clock, one.line, one.field, one.key, _event(one.event)))
            files[one.share(share.of)].write(len(raw).to_bytes(LENGTH, "big") + raw)


def kept(place: Path, share: Share) -> Iterator[Passed]:
    """What the keys of this process are passed; called when every process has written."""
    for other in range(share.of):
        with (place / f"{other}-{share.number}").open("rb") as file:
            while length := file.read(LENGTH):
                one = _decode(file.read(int.from_bytes(length, "big")))
                yield Passed(one.clock, one.line, one.field, one.key, decode(one.event))
