"""S9: hostile texts by the hundred thousand through the writer of lines, read back by a reader that is not ours.

One line for each event, its series and texts exactly those that were given: nothing a feed says makes a line, a tag, a
field or a series of its own.
"""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any, Final

from ioc.sinks.event_lines import EventLines
from ioc.sinks.fields import heard_line, plain_tag
from tests.sinks.history_events import event
from tests.sinks.line_protocol import Point, points

PIECES: Final = (
    *(
        "\\",
        ",",
        "=",
        " ",
        '"',
        "\n",
        "\r",
        "\r\n",
        "\t",
        "\x00",
        "\x1b[31m",
        "#",
        "%0A",
        "%5C",
        "\u2028",
        "\u2029",
        "\x85",
    ),
    *(
        "value=9",
        ",forged=1",
        "\nenvironment,source=forged value=1 1",
        "1i",
        "é",
        "Đại Từ",
        "\u202e",
        "\U0001f525",
        "x",
    ),
    *("\\,", "\\ ", "\\=", '\\"', "\\\\", "a", "0", "'", "`", ";", "$", "{}", "--", "\ud800"),
)
BLOCK: Final = 50
CAREER: Final = 10_000


def text(rng: random.Random) -> str:
    """One to eight pieces, each of which means something to somebody."""
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 8)))


def attack(cases: int, seed: int, at: datetime) -> int:
    """Write and read back so many events in blocks; AssertionError with the texts for the first that is not itself."""
    rng = random.Random(seed)
    lines, done = EventLines(), 0
    while done < cases:
        if done % CAREER == 0:  # a writer that has met too many names folds them, as it should
            lines = EventLines()
        given = [{name: text(rng) for name in ("source", "feed", "kind", "title", "track")} for _ in range(BLOCK)]
        replays = [text(rng) if rng.random() < 0.3 else "" for _ in given]
        block: list[str] = []
        for nth, (one, replay) in enumerate(zip(given, replays, strict=True)):
            block += (
                lines.line(event("camera", at=at, n=done + nth, **one), replay),
                heard_line(one["feed"], one["source"], 1_795_243_395_123),
            )
        found = points("\n".join(block).encode("utf-8", "replace").decode())
        assert len(found) == 2 * BLOCK, given
        for nth, one in enumerate(given):
            _same(found[2 * nth], {**one, "replay": replays[nth]})
            heard = {name: plain_tag(value) for name, value in found[2 * nth + 1].tags.items()}
            assert heard == {name: _stored(one[name]) for name in ("feed", "source")}, one
        done += BLOCK
    return done


def _same(point: Point, given: dict[str, str]) -> None:
    said = {name: plain_tag(value) for name, value in point.tags.items()}
    tags = {name: _stored(given[name]) for name in ("source", "feed", "kind")}
    tags |= {"replay": _stored(given["replay"])} if given["replay"] else {}
    rest: dict[str, Any] = {
        "phase": "new",
        "quality": "valid",
        "quantity": "object",
        "severity": "unknown",
        "unit": "1",
    }
    assert point.measurement == "camera", given
    assert said == tags | rest, given
    assert set(point.fields) == {"value", "id", "received_ms", "title", "track"}, given
    assert (point.fields["title"], point.fields["track"]) == (_stored(given["title"]), _stored(given["track"])), given


def _stored(given: str) -> str:
    """Text as UTF-8 can hold it."""
    return given.encode("utf-8", "replace").decode()
