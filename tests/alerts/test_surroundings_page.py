"""docs/rules-surroundings.md: its tables are the code's, its examples are rules.

`IOC_WRITE_DOCS=1 pytest tests/alerts/test_surroundings_page.py` writes the tables anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ioc.alerts.parse import parse
from ioc.alerts.presets import PRESETS, SENSITIVITIES
from ioc.settings.holidays import load_holidays

PAGE = Path(__file__).parents[2] / "docs" / "rules-surroundings.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def flow(fields: Mapping[str, Any]) -> str:
    return f"`{', '.join(f'{name}: {value}' for name, value in fields.items())}`" if fields else "–"


def table(*rows: tuple[str, ...]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


TABLES = {
    "presets": table(
        ("preset", "ASCII name", "condition", "beside it"),
        *((one.vi, f"`{one.name}`", flow(one.condition), flow(one.fields)) for one in PRESETS),
    ),
    "sensitivities": table(
        ("sensitivity", "độ nhạy", "hold", "level to clear"),
        *((f"`{name}`", one.vi, f"× {one.hold:g}", f"× {one.distance:g}") for name, one in SENSITIVITIES.items()),
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_are_the_codes(name: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end -->", text, re.DOTALL)
    assert found
    if os.environ.get("IOC_WRITE_DOCS"):
        PAGE.write_text(text.replace(found[1], TABLES[name]), encoding="utf-8")
        return

    assert found[1] == TABLES[name]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: str(EXAMPLES.index(text)))
def test_the_examples_are_rules(example: str) -> None:
    assert parse({"page.yaml": example}, load_holidays().days).rules


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 3
