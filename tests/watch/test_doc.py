"""docs/watch.md says what the answer holds, and when help is called at the latest."""

from __future__ import annotations

import re
from pathlib import Path

from ioc.desk.watched import WatchNotice
from ioc.watch.beat import MISSES, REMIND_MS
from ioc.watch.loop import ANSWER_S, EVERY_S

PAGE = (Path(__file__).parents[2] / "docs" / "watch.md").read_text("utf-8")


def test_the_fields_of_the_answer_are_the_models() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]*) \|$", PAGE, re.MULTILINE)

    assert rows == [(name, field.description or "") for name, field in WatchNotice.model_fields.items()]


def test_the_times_are_those_of_the_code() -> None:
    assert f"at the latest {EVERY_S * MISSES + ANSWER_S:.0f} seconds" in PAGE
    assert REMIND_MS == 900_000
    assert "every quarter of an hour" in PAGE
