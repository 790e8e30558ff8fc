import json
from pathlib import Path

import pytest

from ioc.adapters import ADAPTERS
from tests.adapters.golden import inputs, outcome


@pytest.mark.parametrize("case", inputs(), ids=lambda case: f"{case.parent.name}: {case.stem.replace('-', ' ')}")
def test_case(case: Path) -> None:
    assert outcome(case) == json.loads(case.with_suffix(".json").read_text(encoding="utf-8"))


def test_every_format_has_cases() -> None:
    assert {case.parent.name for case in inputs()} == set(ADAPTERS)


def test_a_standard_firms_row_has_the_id_of_the_row_it_replaces() -> None:
    case = next(c for c in inputs() if c.stem.startswith("standard-row"))
    early, late = (record["events"][0] for record in outcome(case))
    assert early["id"] == late["id"]
    assert early["version"] != late["version"]


def test_a_review_that_rises_to_an_alert_is_another_event() -> None:
    case = next(c for c in inputs() if c.stem.startswith("review-that-rises"))
    assert len({record["events"][0]["id"] for record in outcome(case)}) == 4
