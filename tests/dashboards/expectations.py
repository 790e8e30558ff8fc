"""The page of expectations: what each tile displays, as text and colour, of what `filled.fill` wrote.

`IOC_WRITE_EXPECTED=1 pytest tests/dashboards/test_shown.py` writes `expected/*.txt` anew; each line is then read by a
person: panel, name, text, colour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.dashboards.grafana import Shown

FOLDER = Path(__file__).parent / "expected"
CLOCK = re.compile(r"\b\d\d:\d\d( \d\d/\d\d)?\b|\b\d\d/\d\d \d\d:\d\d\b")


def page(wall: Any, shown: list[Any]) -> str:
    """One wall's lines; `shown` holds a list for each panel with queries, in their order."""
    panels = [panel for panel in wall["panels"] if panel.get("targets")]
    return "".join(f"{line}\n" for panel, one in zip(panels, shown, strict=True) for line in _panel(panel, one))


def _panel(panel: Any, shown: list[Any]) -> Iterator[str]:
    head = f"{panel['id']} {panel['type']}"
    if not shown:
        yield f"{head} | nothing"
    for one in shown:
        if isinstance(one, Shown):
            yield f"{head} | {one.title} | {one.text} | {one.colour}"
        else:
            yield from _frame(head, one)


def _frame(head: str, frame: Any) -> Iterator[str]:
    """Every column of a frame with what it holds; repeated values once."""
    for field in frame["fields"]:
        if field["cells"]:
            held = sorted({f"{cell['text'] or '-'} {cell['color']}".strip() for cell in field["cells"]})
            yield f"{head} | {frame['title']} | {field['name']} | {', '.join(held)}"
