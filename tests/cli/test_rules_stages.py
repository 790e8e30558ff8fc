"""`ioc rules check` says where rules are judged; `backtest` judges by other keys than the source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ioc.cli.app import run
from ioc.events.codec import encode
from tests.alerts.timeline import RULE
from tests.streams.two_hops import attack

NOW = 1_778_700_000_000
BY_ADDRESS: dict[str, Any] = {
    "id": "many",
    "domain": "netsec",
    "quantity": "ids_alert",
    "by": ["src_ip"],
    "condition": {"kind": "count", "window": "10m"},
    "severities": {"severe": {"level": 4}},
}


def folder(place: Path, *changes: dict[str, Any]) -> str:
    made = place / "rules"
    made.mkdir()
    (made / "tried.yaml").write_text(json.dumps({"rules": [{**RULE, **one} for one in changes]}), encoding="utf-8")
    return str(made)


def test_check_says_where_the_rules_are_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "check", "--lang", "en", "--rules", folder(tmp_path, {}, BY_ADDRESS)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2 rules in 1 files, no mistakes.",
        "Judged by source: 1 rules.",
        "Judged by src_ip, over ioc.netsec.by-src_ip: many",
    ]


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (["src_ip", "dest_ip"], "many.by: Grouping can be [source], [source, <field>] or [<field>]"),
        (["flags"], "many.by.0: “flags” cannot group"),
        (["title"], "many.by.0: “title” cannot group"),
        (
            ["srcip"],
            "many.by.0: “srcip” cannot group: it takes a field of text with few values (no number, list or title).",
        ),
    ],
)
def test_check_names_what_cannot_be_partitioned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], by: list[str], said: str
) -> None:
    assert run(["rules", "check", "--lang", "en", "--rules", folder(tmp_path, {**BY_ADDRESS, "by": by})]) == 1
    assert said in capsys.readouterr().out


def test_check_names_due_times_that_nobody_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    due = {
        "quantity": [],
        "condition": {"kind": "absence", "period": "schedule"},
        "severities": {"minor": {"level": 1}},
    }
    rules = folder(
        tmp_path, {**due, "where": {"feed": "stations"}}, {**due, "id": "rain", "where": {"feed": "rain-gauges"}}
    )
    assert run(["rules", "check", "--lang", "en", "--rules", rules]) == 1
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 1
    assert "tried.condition.period: No source of the catalogue has due times" in told[0]


def test_backtest_judges_an_address_over_all_its_sensors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "events.ndjson"
    told = [
        attack(source, address, NOW + 60_000 * nth, nth)
        for source in ("ids:a", "ids:b")
        for nth, address in enumerate(("203.0.113.7", "203.0.113.8", "203.0.113.7"))
    ]
    file.write_bytes(b"\n".join(encode(one) for one in told) + b"\n")
    command = ["rules", "backtest", "--rules", folder(tmp_path, BY_ADDRESS), "--events", str(file), "--lang", "en"]
    assert run(command) == 0
    out = capsys.readouterr().out

    found = [json.loads(row) for row in out.splitlines() if row.startswith("{")]
    assert [(one["rule"], one["key"], one["change"], one["at"]) for one in found] == [
        ("many", "203.0.113.7", "fired", NOW + 120_000),
        ("many", "203.0.113.7", "cleared", NOW + 600_000),
    ]
    assert run([*command, "--jobs", "2"]) == 0
    assert [row for row in capsys.readouterr().out.splitlines() if row.startswith("{")] == [
        row for row in out.splitlines() if row.startswith("{")
    ]
