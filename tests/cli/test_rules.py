"""`ioc rules ...` as an author runs it: exit codes, what is written where, the same bytes every time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ioc.cli.app import run
from tests.workshop.made import ALL, line, written

CASE = "tests:\n  - case: {vi: Trường hợp thử, en: It fires at once}\n    rule: tried\n    events: [0m 90]\n    until: 1h\n"


@pytest.fixture(autouse=True)
def vietnamese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IOC_LANG", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "rules"
    (made / "tests").mkdir(parents=True)
    (made / "tried.yaml").write_text(written(*ALL), encoding="utf-8")
    return made


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "events.ndjson"
    lines = [line(source, minute, 90 if minute < 20 else 10, minute) for minute in range(40) for source in "abc"]
    file.write_bytes(b"\n".join([*lines, b"{}"]) + b"\n")
    return file


def test_the_shipped_rules_are_without_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "check"]) == 0
    assert "không có lỗi" in capsys.readouterr().out


def test_check_names_file_line_field_and_hint(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (folder / "tried.yaml").read_text(encoding="utf-8")
    (folder / "tried.yaml").write_text(text.replace('"certainty"', '"certanty"', 1), encoding="utf-8")
    assert run(["rules", "check", "--rules", str(folder), "--lang", "en"]) == 1
    told = capsys.readouterr()
    assert "tried.yaml" in told.out
    assert "did you mean “certainty”?" in told.out
    assert told.err == "2 mistakes.\n"


def test_check_names_a_rule_that_no_source_can_meet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = written({"where": {"source": "kttv:gia-bai"}}, {"id": "b", "where": {"source": "elsewhere:1"}})
    text = json.dumps(json.loads(lost), indent=1)
    (folder / "tried.yaml").write_text(text, encoding="utf-8")
    assert run(["rules", "check", "--rules", str(folder), "--lang", "en"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 1, "a name that a feed could give is let through"
    assert told[0].startswith(f"tried.yaml, line {text[: text.index('elsewhere')].count(chr(10)) + 1}: ")
    assert "b.where.source: The catalogue has no source “elsewhere:1”" in told[0]


def test_check_reads_the_cases_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tests" / "tried.yaml").write_text(CASE + "    expct: nothing\n", encoding="utf-8")
    assert run(["rules", "check", "--rules", str(folder), "--lang", "en"]) == 1
    assert "did you mean “expect”?" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("expect", "code"), [("[5m fired moderate, 1h cleared moderate]", 1), ("[5m fired moderate]", 0)]
)
def test_test_says_which_case_fails_and_what_came(
    folder: Path, capsys: pytest.CaptureFixture[str], expect: str, code: int
) -> None:
    (folder / "tests" / "tried.yaml").write_text(CASE + f"    expect: {expect}\n", encoding="utf-8")
    assert run(["rules", "test", "--rules", str(folder), "--lang", "en"]) == code
    told = capsys.readouterr()
    assert "It fires at once" in told.out
    if code:
        assert told.out.splitlines() == [
            "FAIL  It fires at once",
            "      tried.yaml line 2, rule tried",
            "      expected: 5m fired moderate, 1h cleared moderate",
            "      got:      5m fired moderate test:1",
        ]
        assert "1 of 1 cases fail." in told.err
    assert "The rule counted has no case that fires." in told.err


def test_test_with_a_file_runs_that_file(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = tmp_path / "one.yaml"
    one.write_text(CASE + "    expect: [5m fired moderate]\n", encoding="utf-8")
    assert run(["rules", "test", str(one), "--rules", str(folder)]) == 0
    assert capsys.readouterr().err == "1 trường hợp đạt cả.\n"
    assert run(["rules", "test", str(tmp_path / "none.yaml"), "--rules", str(folder)]) == 2


def judged(folder: Path, events: str, capfdbinary: pytest.CaptureFixture[bytes], *more: str) -> tuple[int, bytes, str]:
    code = run(["rules", "backtest", "--rules", str(folder), "--events", events, "--lang", "en", *more])
    told = capfdbinary.readouterr()
    return code, told.out, told.err.decode()


def test_backtest_writes_alerts_in_order_and_tells_what_they_come_to(
    folder: Path, events: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    code, out, told = judged(folder, str(events), capfdbinary)
    alerts = [json.loads(one) for one in out.splitlines()]
    assert code == 0
    keys = [(one["at"], one["alert_id"], one["revision"]) for one in alerts]
    assert keys == sorted(keys)
    assert {one["rule"] for one in alerts} == {"tried", "counted"}, "tried:* sources are not registered"
    assert "120 events" in told
    assert "line 121" in told
    assert "tried" in told


def test_backtest_gives_the_same_bytes_from_two_processes_a_pipe_and_a_file_turned_round(
    folder: Path,
    events: Path,
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, whole, _ = judged(folder, str(events), capfdbinary)
    turned = tmp_path / "turned.ndjson"
    turned.write_bytes(b"\n".join(reversed(events.read_bytes().splitlines())))
    assert judged(folder, str(turned), capfdbinary)[1] == whole
    assert judged(folder, str(events), capfdbinary, "--jobs", "2")[1] == whole
    with events.open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        assert judged(folder, "-", capfdbinary)[1] == whole
    out = tmp_path / "alerts.ndjson"
    assert judged(folder, str(events), capfdbinary, "--out", str(out))[:2] == (0, b"")
    assert out.read_bytes() == whole


def test_registered_sources_are_missed_once_however_many_processes_judge(
    folder: Path, events: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    _, one, _ = judged(folder, str(events), capfdbinary, "--expected")
    _, two, _ = judged(folder, str(events), capfdbinary, "--expected", "--jobs", "2")
    assert one == two
    assert b'"silent"' in one


@pytest.mark.parametrize("given", ["none.ndjson", "."])
def test_a_file_that_cannot_be_read_is_one_sentence(
    folder: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], given: str
) -> None:
    code, out, told = judged(folder, str(tmp_path / given), capfdbinary)
    assert (code, out, len(told.splitlines())) == (1, b"", 1)


def test_diff_lists_each_difference_and_holds_the_budget(
    folder: Path, events: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (new / "tried.yaml").write_text(written({"hold": "8m", "settle": "10m"}, *ALL[1:]), encoding="utf-8")
    call = ["rules", "diff", str(folder), str(new), "--events", str(events), "--lang", "en"]
    assert run(call) == 0
    told = capfd.readouterr()
    assert told.out.splitlines() == [f"14/05/2026 07:08  later  tried  {key} (3 min)" for key in "abc"]
    assert "3 differences: 3 later." in told.err
    assert run([*call, "--budget", "3"]) == 0
    assert run([*call, "--budget", "2"]) == 3
    assert "a person must approve" in capfd.readouterr().err
    assert run(["rules", "diff", str(folder), str(folder), "--events", str(events), "--budget", "0"]) == 0


def test_explain_tells_of_an_event_and_of_an_alert(
    folder: Path, events: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    call = ["--rules", str(folder), "--events", str(events), "--lang", "en"]
    event = json.loads(events.read_bytes().splitlines()[6])  # the third of a, two minutes after its first
    assert run(["rules", "explain", event["id"], *call]) == 0
    told = capfd.readouterr().out.splitlines()
    assert told[0].startswith("a: PM2.5 90 µg/m³ at 07:02:00 14/05/2026, accepted")
    assert "  tried: Moderate has been reached since 07:00 14/05, it fires in 3 min (now 90 µg/m³" in "\n".join(told)
    assert "  counted: its alert changes" in told
    run(["rules", "backtest", *call])
    alert = next(one for one in map(json.loads, capfd.readouterr().out.splitlines()) if one["rule"] == "tried")
    assert run(["rules", "explain", alert["alert_id"][:12], *call]) == 0
    told = capfd.readouterr().out.splitlines()
    assert alert["alert_id"] in told[0]
    assert "fires as Moderate" in told[1]
    assert alert["evidence"][0]["id"] in told[2]
    assert run(["rules", "explain", "nothing", *call]) == 1
