"""Rules between domains in the workshop: cases with events of both, and backtests that do not depend on processes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ioc.alerts.mistake import RuleMistakes
from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.cli.app import run as command
from ioc.events.codec import encode, model_of
from ioc.settings import load_rules
from ioc.workshop.rule_test import Result, cases, run
from tests.alerts.timeline import RULE, made

NEAR: dict[str, Any] = {
    **{key: value for key, value in RULE.items() if key not in ("quantity", "hold")},
    "id": "hotspot-near-smoke",
    "domain": "hotspot",
    "where": {"rule": "hotspot-fire"},
    "by": ["commune"],
    "condition": {"kind": "near", "with": {"domain": "camera", "where": {"rule": "camera-fire-smoke"}}, "km": 5, "minutes": 30},
    "severities": {"severe": {}, "extreme": {"when": {"severity_at_least": "severe"}}},
    "settle": "6h",
}  # fmt: skip
HEAD = "tests:\n  - case: {vi: Trường hợp thử, en: A case}\n    rule: hotspot-near-smoke\n"


def ruleset() -> RuleSet:
    shipped = load_rules()
    written = [shipped.written[name] for name in ("hotspot-fire", "camera-fire-smoke")]
    return parse({"near.yaml": json.dumps({"rules": [*written, NEAR]})})


def played(camera_lat: float, expect: str, minutes: int = 10) -> Result:
    smoke = f"quantity: object, kind: smoke, phase: update, value: 0.9, source: cam, lat: {camera_lat}, lon: 105.80"
    body = (
        "    events:\n"
        "      - {at: 0m, value: 8, source: viirs, lat: 21.60, lon: 105.80}\n"
        f"      - {{at: {minutes}m, domain: camera, {smoke}, times: 3, every: 20s}}\n"
        "    until: 20h\n"
        f"    expect: {expect}\n"
    )
    (written,) = cases({"near.yaml": HEAD + body})
    return run(ruleset(), written)


def test_a_hotspot_near_a_camera_that_sees_smoke_fires() -> None:
    result = played(21.615, "[10m40s fired severe]")
    assert [(one.change, one.at) for one in result.got][:1] == [("fired", 640)]
    assert result.got[-1].change == "cleared"


@pytest.mark.parametrize(("lat", "minutes"), [(21.87, 10), (21.615, 600)], ids=["thirty km apart", "ten hours apart"])
def test_what_is_far_apart_is_two_matters(lat: float, minutes: int) -> None:
    assert played(lat, "nothing", minutes).passed


def test_a_case_may_not_speak_of_a_third_domain() -> None:
    (written,) = cases({"near.yaml": HEAD + "    events: [0m domain=netsec]\n    expect: nothing\n"})
    with pytest.raises(RuleMistakes):
        run(ruleset(), written)


def test_a_backtest_tells_of_both_domains_on_any_number_of_processes(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    smoke = {"quantity": "object", "kind": "smoke", "phase": "update", "source": "cam"}
    events = [
        made("hotspot", 0, 8, source="viirs"),
        *(made("camera", 600_000 + n * 20_000, 0.9, n, **smoke) for n in range(3)),
    ]
    lines = [encode(model_of(msgspec.json.encode(one))) for one in events]
    (tmp_path / "events.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    folder = tmp_path / "rules"
    folder.mkdir()
    shipped = load_rules()
    written = [shipped.written[name] for name in ("hotspot-fire", "camera-fire-smoke")]
    (folder / "near.yaml").write_text(json.dumps({"rules": [*written, NEAR]}), encoding="utf-8")
    told = []
    for jobs in ("1", "2"):
        call = [
            "rules",
            "backtest",
            "--rules",
            str(folder),
            "--events",
            str(tmp_path / "events.ndjson"),
            "--jobs",
            jobs,
        ]
        assert command(call) == 0
        told.append(capfdbinary.readouterr().out)
    assert told[0] == told[1]
    assert {json.loads(one)["rule"] for one in told[0].splitlines()} == {
        "hotspot-fire", "camera-fire-smoke", "hotspot-near-smoke",
    }  # fmt: skip
