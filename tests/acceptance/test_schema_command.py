"""`ioc schema`: printing the contract, and whether a change of it breaks somebody."""

import json
from pathlib import Path

import pytest

from ioc.cli.app import run
from ioc.events import DOMAINS
from ioc.events.schema import asyncapi, json_schema, json_schemas


def said(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["schema", *arguments])
    out, err = capfd.readouterr()
    assert "Traceback" not in err
    return code, out, err


def test_each_schema_and_all_are_printed(capfd: pytest.CaptureFixture[str]) -> None:
    for domain in DOMAINS:
        code, out, _ = said(capfd, "json", domain)
        assert (code, json.loads(out)) == (0, json_schema(domain))
    assert json.loads(said(capfd, "json")[1]) == json_schemas()
    assert json.loads(said(capfd, "asyncapi")[1]) == asyncapi()


def test_an_unchanged_contract_is_compatible(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "old.json"
    old.write_text(json.dumps(asyncapi()))
    code, out, _ = said(capfd, "check", str(old), "--lang", "en")
    assert (code, out) == (0, "Compatible: nothing breaks the contract.\n")


def test_a_breaking_change_is_named_and_ends_with_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(json_schemas()))
    changed = json_schemas()
    del changed["camera"]["properties"]["zones"]
    changed["netsec"]["properties"]["hint"] = {"type": "string"}
    new.write_text(json.dumps(changed))
    code, out, _ = said(capfd, "check", str(old), str(new), "--lang", "en")
    assert code == 1
    assert "camera.zones: the field is gone" in out
    assert "netsec.hint: a new field, optional" in out


@pytest.mark.parametrize(
    "arguments", [("json", "weather"), ("check", "{dir}/none.json"), ("check", "{dir}/text"), ("check", "{dir}/list")]
)
def test_a_wrong_call_ends_with_one_sentence(
    arguments: tuple[str, ...], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text").write_text("hello")
    (tmp_path / "list").write_text("[]")
    code, out, err = said(capfd, *(part.format(dir=tmp_path) for part in arguments), "--lang", "en")
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
