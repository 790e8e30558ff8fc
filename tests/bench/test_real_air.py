"""The pictures of docs/real-air.md show what the shipped rules say of the real files today."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench.real_air import PICTURES, Span, beijing, draw_beijing, draw_thai_nguyen, spans, thai_nguyen
from tests.alerts.timeline import START_MS, Timeline


def test_a_span_lasts_from_one_change_to_the_next() -> None:
    line = Timeline().at(0).reads(90).at(10).reads(160).at(20).reads(10).at(30).reads(90)

    minutes = [
        Span(one.rule, one.key, one.severity, (one.since - START_MS) // 60_000, (one.until - START_MS) // 60_000)
        for one in spans(line.transitions, START_MS + 40 * 60_000)
    ]

    assert minutes == [
        Span("tried", "s", "moderate", 0, 10),
        Span("tried", "s", "severe", 10, 20),
        Span("tried", "s", "moderate", 30, 40),
    ]


@pytest.mark.data
def test_thai_nguyen_is_drawn_as_it_is_judged(shared_data: Path) -> None:
    drawn = draw_thai_nguyen(thai_nguyen(shared_data / "env"))

    assert drawn == (PICTURES / "air_thai_nguyen.svg").read_text(encoding="utf-8")


@pytest.mark.data
@pytest.mark.slow
def test_beijing_is_drawn_as_it_is_judged(shared_data: Path) -> None:
    drawn = draw_beijing(beijing(shared_data / "env"))

    assert drawn == (PICTURES / "air_beijing.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["air_thai_nguyen", "air_beijing"])
def test_a_picture_is_well_formed_and_says_what_it_is(name: str) -> None:
    drawn = ET.fromstring((PICTURES / f"{name}.svg").read_text(encoding="utf-8"))  # noqa: S314 - our own file

    title = drawn.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text
