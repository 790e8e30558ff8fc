"""What role evaluate says of rule sets, and that files which somebody is editing do not keep it from starting."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from ioc.runtime import stream
from ioc.runtime.clock import RealClock
from ioc.runtime.evaluate import Teller
from ioc.runtime.role import Options, Role
from ioc.settings import Settings
from ioc.settings.edition import EditionMistakes, load_edition
from ioc.settings.tree import Paths
from ioc.streams.orders import Order, Refused


def role(place: Path, *, broken: bool = False) -> Role:
    paths = Paths()
    if broken:
        for name in ("rules", "feeds"):
            (place / name).mkdir()
            (place / name / "a.yaml").write_text("rules: [\n", encoding="utf-8")
        paths = Paths(rules=place / "rules", feeds=place / "feeds")
    settings = Settings.model_validate({"data": place, "language": "en", "paths": paths})
    return Role("evaluate", settings, Options(), RealClock())


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    for thread in threading.enumerate():
        if thread.name == "compare-rules":
            thread.join(30)
    return [record.getMessage() for record in caplog.records]


def in_force(name: str) -> Order:
    return Order(number=5, name=name, at=1_750_000_000_000, by="lan", rules=3)


def test_directories_that_differ_from_what_is_in_force_are_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    teller = Teller(role(tmp_path))
    teller.told(in_force("0123"))
    teller.told(in_force("4567"))
    lines = said(caplog)
    assert sum("The directories of rules and feeds differ from the set in force (0123)" in line for line in lines) == 1
    assert "Rule set 4567: 3 rules, by lan at 15/06 22:06:40." in lines


def test_directories_that_are_in_force_are_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    teller = Teller(role(tmp_path))
    teller.told(in_force(load_edition(demo=True)[0].name))
    assert said(caplog) == []


def test_broken_directories_are_told_and_what_is_in_force_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = role(tmp_path, broken=True)
    Teller(made).told(in_force("0123"))
    (line,) = said(caplog)
    assert "the set in force (0123) goes on" in line
    assert "a.yaml, line " in line

    assert stream.config(made, 0, feeds=False).feeds == ()


def test_a_new_system_cannot_begin_with_broken_directories(tmp_path: Path) -> None:
    with pytest.raises(EditionMistakes):
        Teller(role(tmp_path, broken=True)).initial()


def test_a_refusal_is_told_with_its_first_mistake_and_old_ones_are_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    teller = Teller(role(tmp_path))
    mistakes: dict[str, tuple[str, ...]] = {"vi": ("netsec.yaml, dòng 3: sai",), "en": ("netsec.yaml, line 3: wrong",)}
    now = int(RealClock().now().timestamp() * 1000)
    teller.told(Refused(number=1, at=now - 3_600_000, by="lan", mistakes=9, said=mistakes))
    teller.told(Refused(number=2, at=now + 1, by="lan", mistakes=9, said=mistakes))
    (line,) = said(caplog)
    assert "9 mistakes, by lan" in line
    assert line.endswith("netsec.yaml, line 3: wrong")
