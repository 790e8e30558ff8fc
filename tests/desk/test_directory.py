from __future__ import annotations

from pathlib import Path

import pytest

from ioc.desk import directory
from ioc.desk.directory import Entry, Hole, for_alert, holes, read, search
from ioc.errors import Permanent
from ioc.places.table import communes
from tests.desk.made import NOON, Office

CODES = [one.code for one in communes()]
SHIPPED = (Path(__file__).parents[2] / "config" / "directory.csv").read_text(encoding="utf-8")
RANGERS = Entry(
    "Hạt Kiểm lâm Đại Từ", communes=frozenset({"05818"}), domains=frozenset({"hotspot"}), mobile="0900000001"
)
FIRE = Entry("Cảnh sát PCCC", domains=frozenset({"hotspot"}), office="114", rank=10)
NIGHT = Entry("Trực đêm", hours="22:00-06:00", office="0208000000")


def test_the_shipped_file_is_read_and_its_holes_are_found() -> None:
    entries, slips = read(SHIPPED, CODES)

    assert (len(entries), slips) == (4, [])
    assert holes(entries, CODES) == []
    alone = [one for one in entries if one.domains]
    assert {one.domain for one in holes(alone, CODES)} == {"netsec"}


def test_a_file_from_a_spreadsheet_with_semicolons_and_a_mark_is_read() -> None:
    entries, slips = read("\ufeffunit;mobile;communes\nUBND xã La Bằng;0900 000.001;05818\n", CODES)

    assert slips == []
    assert (entries[0].unit, entries[0].mobile) == ("UBND xã La Bằng", "0900000001")


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        (",114", "unit", "missing"),
        ("A,12a", "mobile", "number"),
        ("A,", "mobile", "no_number"),
        ("A,114,99999", "communes", "commune"),
        ("A,114,,floods", "domains", "domain"),
        ("A,114,,,25:00-26:00", "hours", "hours"),
        ("A,114,,,,21/11/2026", "verified", "date"),
        ("A,114,,,,,first", "rank", "rank"),
    ],
)
def test_each_slip_of_a_line_is_named_by_line_and_column(line: str, column: str, code: str) -> None:
    entries, slips = read(f"unit,mobile,communes,domains,hours,verified,rank\nB,113\n{line}\n", CODES)

    assert [(one.line, one.column, one.code) for one in slips] == [(3, column, code)]
    assert len(entries) == 1


def test_a_column_that_nobody_knows_is_refused_before_anything_is_read() -> None:
    assert [(one.column, one.code) for one in read("unit,telephone\nA,114\n", CODES)[1]] == [("telephone", "column")]


def test_whoever_is_for_the_commune_is_called_before_whoever_is_for_the_domain() -> None:
    assert for_alert([FIRE, NIGHT, RANGERS], "05818", "hotspot", NOON) == [RANGERS, FIRE]
    assert for_alert([FIRE, NIGHT, RANGERS], "05443", "hotspot", NOON) == [FIRE]
    assert for_alert([FIRE, NIGHT], None, "camera", NOON + 10 * 3_600_000) == [NIGHT]


def test_a_hole_by_day_is_found_though_there_is_somebody_by_night() -> None:
    assert Hole("05818", "camera") in holes([NIGHT, FIRE], ["05818"])
    assert Hole("05818", "hotspot") not in holes([NIGHT, FIRE], ["05818"])


def test_it_is_searched_without_marks_and_sorted_as_vietnamese_is(office: Office) -> None:
    with office.store.writing() as session:
        directory.replace(session, [Entry("Ông B", office="1130"), RANGERS, Entry("Oanh", office="1140")], "An", NOON)
    with office.store.reading() as session:
        known = directory.entries(session)

    assert [one.unit for one in known] == ["Hạt Kiểm lâm Đại Từ", "Oanh", "Ông B"]
    assert search(known, "dai tu kiem") == [RANGERS]
    assert search(known, "0900000001") == [RANGERS]
    assert search(known, "khong co") == []


def test_an_import_takes_the_place_of_what_was_there_and_an_empty_one_is_refused(office: Office) -> None:
    with office.store.writing() as session:
        directory.replace(session, [RANGERS, FIRE], "An", NOON)
        directory.replace(session, [FIRE], "An", NOON)
    with office.store.reading() as session:
        assert directory.entries(session) == [FIRE]
    with pytest.raises(Permanent, match="directory_empty"), office.store.writing() as session:
        directory.replace(session, [], "An", NOON)


def test_a_number_that_nobody_has_checked_for_90_days_is_stale() -> None:
    today = (NOON + 7 * 3_600_000) // 86_400_000

    assert FIRE.stale(NOON)
    assert not FIRE._replace(verified=today - 90).stale(NOON)
    assert FIRE._replace(verified=today - 91).stale(NOON)
