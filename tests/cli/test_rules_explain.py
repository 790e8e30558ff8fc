"""`ioc rules explain` beyond one source: rules of another key, rules between domains, and what the desk does then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ioc.cli.app import run
from ioc.events import Location
from ioc.events.codec import encode, model_of
from tests.alerts.timeline import RULE, made
from tests.streams.two_hops import attack

NOW = 1_778_700_000_000
BY_ADDRESS: dict[str, Any] = {
    "id": "many",
    "domain": "netsec",
    "quantity": "ids_alert",
    "where": {"severity": "severe"},
    "by": ["src_ip"],
    "condition": {"kind": "count", "window": "10m"},
    "severities": {"severe": {"level": 4}},
}
PLAIN: dict[str, Any] = {key: value for key, value in RULE.items() if key not in ("quantity", "hold")} | {
    "settle": "1m"
}
FIRE = {**PLAIN, "id": "fire", "domain": "hotspot", "condition": {"kind": "match"}, "severities": {"moderate": {}}, "emit": "signal"}  # fmt: skip
SMOKE = {**FIRE, "id": "smoke", "domain": "camera", "where": {"kind": "smoke"}}
NEAR = {
    **PLAIN,
    "id": "both",
    "domain": "hotspot",
    "where": {"rule": "fire"},
    "condition": {"kind": "near", "with": {"domain": "camera", "where": {"rule": "smoke"}}, "km": 5, "minutes": 30},
    "severities": {"severe": {}},
}
SAW: dict[str, Any] = {"quantity": "object", "kind": "smoke", "phase": "update"}


class Desk:
    """Rules and events in files, and what is explained of them."""

    def __init__(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.place, self.capsys = place, capsys
        (place / "rules").mkdir()

    def given(self, rules: list[dict[str, Any]], events: list[Any]) -> None:
        (self.place / "rules" / "tried.yaml").write_text(json.dumps({"rules": rules}), encoding="utf-8")
        lines = [
            encode(model_of(msgspec.json.encode(one)) if isinstance(one, msgspec.Struct) else one) for one in events
        ]
        (self.place / "events.ndjson").write_bytes(b"\n".join(lines) + b"\n")

    def call(self, *command: str) -> list[str]:
        files = ["--rules", str(self.place / "rules"), "--events", str(self.place / "events.ndjson"), "--lang", "en"]
        assert run(["rules", *command, *files]) == 0
        return self.capsys.readouterr().out.splitlines()


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def attacks() -> list[Any]:
    return [attack(f"ids:{name}", "203.0.113.7", NOW + 60_000 * nth, nth) for nth, name in enumerate("aabb")]


def test_a_rule_of_another_key_is_explained_with_what_came_from_all_sources(desk: Desk) -> None:
    events = attacks()
    desk.given([{**PLAIN, **BY_ADDRESS}], events)

    told = desk.call("explain", events[2].id)
    assert "Judged again by src_ip = 203.0.113.7, after 2 earlier events of all sources:" in told
    assert "  many: Severe is not reached (now 3, 1 short of 4)" in told

    told = desk.call("explain", events[3].id)
    assert "Judged again by src_ip = 203.0.113.7, after 3 earlier events of all sources:" in told
    assert "  many: its alert changes" in told
    (alert,) = [json.loads(row) for row in desk.call("backtest") if '"fired"' in row]
    assert (alert["key"], alert["at"]) == ("203.0.113.7", NOW + 180_000)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (attack("ids:c", None, NOW + 240_000), "Not judged by src_ip: the event does not have it."),
        (attack("ids:c", "192.0.2.9", NOW, severe=False), "  many: not meant: severity should be severe, it is minor"),
        (attack("ids:b", "203.0.113.7", NOW + 86_400_000), "Not judged by src_ip = 203.0.113.7: its source's clock"),
    ],
    ids=["without the field", "not meant", "from the future"],
)
def test_why_a_rule_of_another_key_says_nothing(desk: Desk, event: Any, said: str) -> None:
    early = event.model_copy(update={"received_at": attacks()[3].received_at})
    desk.given([{**PLAIN, **BY_ADDRESS}], [*attacks(), early])
    assert any(line.startswith(said) for line in desk.call("explain", event.id))


def at(lat: float) -> Location:
    return Location(lat=lat, lon=105.8, commune="05443")


def near(desk: Desk, lat: float, minutes: int = 10) -> list[str]:
    smoke = made("camera", minutes * 60_000, 0.9, source="cam", location=at(lat), **SAW)
    events = [made("hotspot", 0, 8, source="viirs", location=at(21.60)), smoke]
    desk.given([FIRE, SMOKE, NEAR], events)
    return desk.call("explain", events[1].id)


def test_a_pair_is_explained_with_both_sides(desk: Desk) -> None:
    told = near(desk, 21.62)
    assert "  both: it is a partner, and its alert changes" in told
    (other,) = [line for line in told if line.startswith("      viirs (alert ")]
    assert other.endswith(": 2.2 km away (at most 5 km), 10 min apart (at most 30 min)")


@pytest.mark.parametrize(("lat", "minutes"), [(21.66, 10), (21.62, 60)], ids=["too far", "too long after"])
def test_why_there_is_no_pair(desk: Desk, lat: float, minutes: int) -> None:
    told = near(desk, lat, minutes)
    assert "  both: it is a partner; all alerts of the other side are too far" in told
    (other,) = [line for line in told if line.startswith("      viirs (alert ")]
    assert ("6.7 km away (at most 5 km)" in other) == (lat == 21.66)
    assert not any(line.startswith("Then, both") for line in told)


def test_what_is_remembered_elsewhere_is_not_near(desk: Desk) -> None:
    assert "  both: it is a partner; nobody of the other side is remembered here" in near(desk, 21.90)


def test_an_event_that_moves_no_alert_says_nothing_between_domains(desk: Desk) -> None:
    fog = made("camera", 0, 0.9, source="cam", **{**SAW, "kind": "person"})
    desk.given([FIRE, SMOKE, NEAR], [fog])
    assert desk.call("explain", fog.id)[-1] == "Rules between domains judge alerts: this event changed none."


def test_what_the_desk_does_then_is_told_in_its_order(desk: Desk) -> None:
    told = near(desk, 21.62)
    signal = told.index(next(line for line in told if line.startswith("Then, smoke fires")))
    assert told[signal + 1] == "  only a signal for other rules: nobody is told"
    alert = told.index(next(line for line in told if line.startswith("Then, both fires as Severe")))
    assert told[alert + 1].startswith(
        "  silences that people set cannot be seen from a file; this alert's key: both|viirs|"
    )
    assert any(line.startswith("  route ") and "taken, down the chain" in line for line in told[alert:])
    assert told[-1].endswith("unless somebody has accepted")


def test_an_alert_between_domains_tells_of_both_events(desk: Desk) -> None:
    near(desk, 21.62)
    (alert,) = [json.loads(row) for row in desk.call("backtest") if '"both"' in row and '"fired"' in row]
    told = desk.call("explain", alert["alert_id"])
    assert alert["alert_id"] in told[0]
    assert [line.split(":")[0] for line in told if line.startswith(("viirs:", "cam:"))] == ["viirs", "cam"]
