"""`ioc desk contacts`, `rota`, `directory`, `check`: what they refuse, change, write into the audit, and find missing."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ioc.cli.app import run
from ioc.desk import audit, directory, rota
from ioc.desk.rota_file import LOCAL
from ioc.desk.store import Store
from ioc.runtime.clock import RealClock

ROOT = Path(__file__).parents[2]
BOX = "person;sms;mail\nNguyễn Văn An;0912 345 678;an@example.org\nTrần Thị Bình;+84900000002;\n"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.setenv("IOC_BY", "Lê Thị Hoa")
    settings = tmp_path / "settings.toml"
    address = tmp_path / "mail.address"
    address.write_text("mailtos://user:word@smtp.example.org/?from=ioc@example.org&to={to}", "utf-8")
    address.chmod(0o600)
    settings.write_text(f'data = "{tmp_path}"\n[channels.mail]\naddress_file = "{address}"\n', "utf-8")
    monkeypatch.setenv("IOC_SETTINGS", str(settings))


@pytest.fixture
def desk(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path / 'desk.sqlite'}")


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


def soon(hours: int) -> str:
    """A whole hour from now, as it stands in a file."""
    at = RealClock().now().astimezone(LOCAL).replace(minute=0) + timedelta(hours=hours)
    return datetime.strftime(at, "%Y-%m-%d %H:%M")


def actions(desk: Store) -> list[tuple[str, str, str]]:
    with desk.reading() as session:
        return [(one.actor, one.action, one.subject) for one in audit.lines(session)]


def test_contacts_are_brought_in_once_told_and_sealed(
    tmp_path: Path, desk: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "contacts.csv", "\ufeff" + BOX)

    assert run(["desk", "contacts", file, "--dry-run"]) == 0
    assert actions(desk) == []
    assert run(["desk", "contacts", file]) == 0
    assert run(["desk", "contacts", file]) == 0

    said = capsys.readouterr().out
    assert "+ Nguyễn Văn An: sms, mail" in said
    assert "2 new, 0 changed, 0 as they were" in said
    assert "0 new, 0 changed, 2 as they were" in said
    assert said.count("Dry run: nothing was written.") == 1
    assert actions(desk) == [("Lê Thị Hoa", "contact", f"person:{one}") for one in ("Nguyễn Văn An", "Trần Thị Bình")]
    with desk.reading() as session:
        assert rota.people(session, ["sms"])["Nguyễn Văn An"].addresses == {"sms": "+84912345678"}


def test_whoever_is_not_in_the_file_is_kept_or_has_left_as_asked(
    tmp_path: Path, desk: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["desk", "contacts", written(tmp_path, "all.csv", BOX)]) == 0
    days = f"duty,person,start,end\ntruc-ban,Trần Thị Bình,{soon(2)},{soon(10)}\n"
    assert run(["desk", "rota", written(tmp_path, "rota.csv", days)]) == 0
    less = written(tmp_path, "less.yaml", 'people:\n  - {person: Nguyễn Văn An, sms: "+84900000009"}\n')

    assert run(["desk", "contacts", less]) == 0
    assert "1 changed, 0 as they were, 0 left; 1 not in the file were kept" in capsys.readouterr().out
    assert run(["desk", "contacts", less, "--leave", "--dry-run"]) == 0
    assert "! shift truc-ban" in capsys.readouterr().out
    assert run(["desk", "contacts", less, "--leave"]) == 0

    said = capsys.readouterr().out
    assert "- Trần Thị Bình: serves no longer" in said
    assert "! shift truc-ban" in said
    with desk.reading() as session:
        assert list(rota.people(session, ["sms"])) == ["Nguyễn Văn An"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "person,sms\nAn,912345678\n", "line 2: sms: “912345678” is no telephone", id="a number without its nought"
        ),
        pytest.param(
            "person,smss\nAn,1\n",
            "line 1: smss: There is no column “smss” here; did you",
            id="a channel without a route",
        ),
        pytest.param("person,mail\nAn,an@\n", "line 2: mail: “an@” is no mail address.", id="a box without a host"),
        pytest.param("person\nAn\nAn\n", "line 3: person: “An” stands on an earlier line", id="a person twice"),
        pytest.param("person,sms\n,+84900000001\n", "line 2: person: “” is no name", id="nobody"),
        pytest.param("person,lang\nAn,fr\n", "line 2: lang: “fr” will not do; known are: ", id="a language"),
        pytest.param("person\nAn,1\n", "line 2: -: The line has 2 cells", id="too many cells"),
        pytest.param("person\n", "line 1: -: Must not be empty.", id="no line at all"),
    ],
)
def test_a_slip_in_contacts_is_told_by_line_and_column_and_nothing_is_written(
    tmp_path: Path, desk: Store, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert run(["desk", "contacts", written(tmp_path, "c.csv", text)]) == 1

    assert f"c.csv, {said}" in capsys.readouterr().out
    assert actions(desk) == []


def test_a_number_without_quotes_in_yaml_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["desk", "contacts", written(tmp_path, "c.yaml", "people:\n  - person: An\n    sms: +84900000001\n")]) == 1
    )

    assert "c.yaml, line 3: people.1.sms: “84900000001” must stand in quotes" in capsys.readouterr().out


def test_a_corrected_rota_withdraws_what_has_not_begun_and_says_so(
    tmp_path: Path, desk: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["desk", "contacts", written(tmp_path, "c.csv", BOX)]) == 0
    people = "people: [Nguyễn Văn An, Trần Thị Bình]"
    turns = f"turns:\n  - {{duty: truc-ban, {people}, start: {soon(-20)}, each: 8h, until: {soon(20)}}}\n"
    assert run(["desk", "rota", written(tmp_path, "turns.yaml", turns)]) == 0
    assert "3 new shifts, 0 with another end, 0 withdrawn, 0 as they were, 2 over" in capsys.readouterr().out
    shifts = f"duty,person,start,end\ntruc-ban,Trần Thị Bình,{soon(-20)},{soon(-12)}\n"
    shifts += f"truc-ban,Nguyễn Văn An,{soon(12)},{soon(22)}\n"

    assert run(["desk", "rota", written(tmp_path, "fixed.csv", shifts)]) == 0

    said = capsys.readouterr().out
    assert "0 new shifts, 1 with another end, 1 withdrawn, 0 as they were, 1 over" in said
    assert [one[1] for one in actions(desk)] == ["contact"] * 2 + ["shift"] * 3 + ["shift_withdrawn", "shift"]
    assert run(["desk", "audit"]) == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "truc-bam,Nguyễn Văn An,2030-01-01 07:00,2030-01-01 15:00",
            "duty: There is no duty “truc-bam” in duties; did",
        ),
        ("truc-ban,Nguyen Van An,2030-01-01 07:00,2030-01-01 15:00", "person: There is no contact of “Nguyen Van An”"),
        ("truc-ban,Nguyễn Văn An,01/01/2030 7:00,2030-01-01 15:00", "start: “01/01/2030 7:00” is no time"),
        ("truc-ban,Nguyễn Văn An,2030-01-01 07:00,2030-01-01", "end: “2030-01-01” is no time"),
        ("truc-ban,Nguyễn Văn An,2030-01-01 07:00,2030-01-01 07:00", "end: “2030-01-01 07:00”: a shift ends after"),
    ],
)
def test_a_slip_in_the_rota_is_told_by_line_and_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    assert run(["desk", "contacts", written(tmp_path, "c.csv", BOX)]) == 0

    assert run(["desk", "rota", written(tmp_path, "r.csv", f"duty,person,start,end\n{line}\n")]) == 1

    assert f"r.csv, line 2: {said}" in capsys.readouterr().out


def test_the_directory_is_replaced_told_and_refused_by_line(
    tmp_path: Path, desk: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["desk", "directory", written(tmp_path, "d.csv", "unit,mobile\nKiểm lâm,0900000001\n")]) == 0
    assert run(["desk", "directory", written(tmp_path, "e.csv", "unit,mobile\nPCCC,114\n")]) == 0
    assert run(["desk", "directory", written(tmp_path, "g.csv", "unit,mobile\n"), "--dry-run"]) == 1
    assert run(["desk", "directory", written(tmp_path, "f.csv", "unit,mobile,communes\nPCCC,11a,99999\n")]) == 1

    said = capsys.readouterr().out
    assert "+ PCCC: 114\n- Kiểm lâm: 0900000001\nDirectory: 1 new entries, 1 gone, 0 as they were." in said
    assert "f.csv, line 2: communes: The province has no commune “99999”." in said
    with desk.reading() as session:
        assert [one.unit for one in directory.entries(session)] == ["PCCC"]


def test_a_fresh_desk_is_not_ready_and_says_all_that_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["desk", "check"]) == 1

    said = capsys.readouterr()
    assert "extreme alerts on route khan-cap" in said.out
    assert "nobody on Duty officer from" in said.out
    assert "no number for Network security in 92 of 92 communes" in said.out
    assert said.err == f"{len(said.out.splitlines())} things are missing.\n"


def test_a_desk_with_contacts_rota_and_directory_is_ready(
    tmp_path: Path, desk: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["desk", "contacts", written(tmp_path, "c.csv", BOX)]) == 0
    whole = "".join(
        f"truc-ban,{who},{soon(start)},{soon(start + 100)}\n".replace("truc-ban", duty)
        for duty in ("truc-ban", "truong-ca", "lanh-dao", "truc-attt")
        for who, start in (("Nguyễn Văn An", -2), ("Nguyễn Văn An", 98))
    )
    assert run(["desk", "rota", written(tmp_path, "r.csv", "duty,person,start,end\n" + whole)]) == 0
    assert run(["desk", "directory", str(ROOT / "config" / "directory.csv")]) == 0
    capsys.readouterr()

    assert run(["desk", "check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "MISSING: no channel that is set up reaches Trần Thị Bình: ioc desk contacts FILE, or set a channel up."
    ]
    assert run(["desk", "contacts", written(tmp_path, "one.csv", BOX[: BOX.index("Trần")]), "--leave"]) == 0
    assert run(["desk", "check"]) == 0


def test_the_commands_of_the_page_do_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "routing.md").read_text("utf-8")
    known = re.findall(r"^    ioc (desk (?:contacts|rota|directory|check).*?)(?:  .*)?$", page, re.MULTILINE)
    monkeypatch.chdir(ROOT)
    inside = datetime(2026, 11, 30, 12, tzinfo=LOCAL)
    monkeypatch.setattr("ioc.cli.desk_lists_run._now", lambda: round(inside.timestamp() * 1000))

    assert [line.split()[1] for line in known] == ["contacts", "contacts", "rota", "directory", "check"]
    assert [run(line.split()) for line in known] == [0] * 5
