"""`ioc rules apply`: what it says of a change, what it refuses, and what it needs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ioc.alerts.parse import parse
from ioc.alerts.rule import RuleSet
from ioc.cli import rules_apply
from ioc.cli.app import run
from ioc.cli.rules_apply import LISTED, Wish, differences
from ioc.embedded.broker import Broker
from ioc.settings import Settings, dump
from ioc.settings.shipped import shipped
from ioc.settings.tree import Kafka
from ioc.streams import admin
from tests.streams.small_editions import rules, without
from tests.streams.small_rules import RULES


def ruleset(text: str = RULES) -> RuleSet:
    return parse({"small.yaml": text})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RULES, ["No rule has changed, feeds have."]),
        (
            rules(("moderate: {level: 50, clear: 40}", "moderate: {level: 60, clear: 40}")),
            ["1 rules changed, their open alerts go on: high"],
        ),
        (
            rules(("window: 60s", "window: 30s")),
            ["The condition itself of 1 rules changed, their open alerts end with this reason: often"],
        ),
        (without("silent"), ["1 rules removed, their open alerts end with this reason: silent"]),
        (
            RULES.replace("id: high", "id: higher"),
            ["1 rules added: higher", "1 rules removed, their open alerts end with this reason: high"],
        ),
    ],
    ids=["only feeds", "a level", "a window", "a rule less", "a rule of another name"],
)
def test_what_a_change_means_is_said_before_it_is_made(text: str, said: list[str]) -> None:
    assert list(differences(ruleset(), ruleset(text), "en")) == said


def test_many_rules_are_counted_and_a_few_named() -> None:
    (line,) = differences(RuleSet(), ruleset_of(LISTED + 5), "en")
    assert line.startswith(f"{LISTED + 5} rules added: r00, r01, ")
    assert line.endswith(f"r{LISTED - 1:02} …")


def ruleset_of(count: int) -> RuleSet:
    one = ruleset().by_id["high"]
    return RuleSet([one.model_copy(update={"id": f"r{nth:02}"}) for nth in range(count)])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("rules", "feeds"):
        shutil.copytree(shipped(name), tmp_path / name, ignore=shutil.ignore_patterns("tests"))
    return tmp_path


def settings(place: Path, bootstrap: str = "127.0.0.1:1") -> Path:
    given = Settings.model_validate({"data": place, "kafka": Kafka(bootstrap=bootstrap, partitions=1)})
    path = place / "settings.toml"
    path.write_text(dump(given), encoding="utf-8")
    return path


def test_a_broken_file_is_told_by_file_and_line_before_anything_is_asked_of_the_system(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = place / "rules" / "netsec.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(nth for nth, line in enumerate(lines) if "certainty" in line)
    lines[at] = lines[at].replace("certainty", "certanity")
    path.write_text("\n".join(lines), encoding="utf-8")

    code = run(
        ["rules", "apply", str(place / "rules"), "--dry-run", "--lang", "en", "--settings", str(settings(place))]
    )

    said = capsys.readouterr()
    assert code == 1
    assert f"netsec.yaml, line {at + 1}: " in said.err
    assert "certainty" in said.err
    assert "The rule set in force stays." in said.err


@pytest.mark.parametrize("command", [["apply"], ["log"]])
def test_a_system_that_no_worker_has_begun_says_so_and_is_left_as_it_is(
    place: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    with Broker() as broker:
        code = run(["rules", *command, "--lang", "en", "--settings", str(settings(place, broker.address))])
        assert admin.names(broker.address) == set()
    assert code == 1
    assert "Traceback" not in capsys.readouterr().err


def test_a_watched_directory_is_applied_when_two_looks_are_the_same(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, applied, looks = place / "rules" / "camera.yaml", list[str](), [0]
    wish = Wish(place / "rules", place / "feeds", watch=True)

    def once(_wish: Wish, _settings: Settings, _lang: str) -> int:
        applied.append(path.read_text(encoding="utf-8"))
        return 0

    class Stop(Exception):
        pass

    def sleep(_: float) -> None:
        looks[0] += 1
        if looks[0] in (4, 5):  # saved in two pieces, a look apart
            path.write_text(f"# piece {looks[0]}\n", encoding="utf-8")
        if looks[0] == 12:
            raise Stop

    monkeypatch.setattr(rules_apply, "once", once)
    original = path.read_text(encoding="utf-8")
    with pytest.raises(Stop):
        rules_apply.run(wish, settings(place), "en", sleep)
    assert applied == [original, "# piece 5\n"]
