from __future__ import annotations

from pathlib import Path

import pytest

from ioc.cli.app import run

CONFIG = Path(__file__).parents[2] / "config"


def changed(tmp_path: Path, old: str, new: str) -> str:
    for name in ("routing.yaml", "routing-tests.yaml"):
        text = (CONFIG / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return str(tmp_path / "routing.yaml")


def test_the_shipped_files_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["routes", "check", "--lang", "en"]) == 0
    assert run(["routes", "test", "--lang", "en"]) == 0
    said = capsys.readouterr()
    assert "6 routes, 6 chains, no mistakes." in said.out
    assert "no extreme alert depends on the internet alone" in said.err


def test_a_slip_is_told_with_its_line_and_what_was_meant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = changed(tmp_path, "tell: [lanh-dao]", "tell: [lanhdao]")

    assert run(["routes", "check", "--routing", path, "--lang", "en"]) == 1
    said = capsys.readouterr().out
    assert "routing.yaml, line 30: chains.sos.steps.3.tell.1" in said
    assert "lanh-dao" in said


def test_routes_that_need_the_internet_fail_the_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = changed(tmp_path, "sms: gsm", "sms: internet")

    assert run(["routes", "test", "--routing", path]) == 1
    assert "chỉ đi được qua internet" in capsys.readouterr().out


def test_it_is_explained_why_an_alert_goes_where_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["routes", "explain", "--severity", "severe", "--domain", "netsec", "--at", "02:30", "--lang", "en"]) == 0
    )

    assert capsys.readouterr().out.splitlines() == [
        "sos: not taken, rule does not match",
        "khan-cap: not taken, severity does not match",
        "cao-attt: taken, down the chain cao-attt",
        "  after 0s: Information security duty, Duty officer by sms, zalo",
        "  after 30m: Shift lead by sms, zalo",
        "  after 1h: Leader on duty by sms",
        "  again every 1h while nobody accepts",
        "  grouped by rule, source, waits 30s, the next after 5m",
    ]


def test_an_alert_that_cannot_be_is_refused_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["routes", "explain", "--severity", "huge", "--lang", "en"]) == 1
    assert "severity" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert run(["routes", "check", "--routing", str(tmp_path / "none.yaml")]) == 2
