"""The lists that walls show: the board's order, short enough for large letters, and never calm over missing data."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.console.boards import LINE_ROOM, PLACES, WORST_ROOM, age, alert_boards, feed_boards, fitted, handled_board
from ioc.console.feeds import FeedState
from ioc.desk import board
from ioc.desk.handled import Handled, handled, last_drill
from ioc.desk.moment import now_ms
from ioc.histories import Listed
from tests.console.looking import fires
from tests.console.room import Room, feed

MINUTE = 60_000


def states(state: Any = "on_time") -> list[FeedState]:
    return [FeedState(feed("firms"), state, 1, 1, None)]


def boards(room: Room, state: Any = "on_time") -> dict[str, Any]:
    with room.office.store.reading() as session:
        matters, drilled = board.snapshot(session).matters, last_drill(session)
    deps = room.deps
    return alert_boards(
        matters, states(state), deps.boundaries, deps.catalogue, now=now_ms(room.clock), drilled=drilled
    )


def vi(lines: list[Listed]) -> list[tuple[str, str]]:
    return [(one.figure["vi"], one.line["vi"]) for one in lines]


def test_the_worst_stands_first_with_its_place_as_the_figure(room: Room) -> None:
    fires(room, 1, severity="minor", ago_min=50)
    fires(room, 2, severity="extreme", ago_min=12)
    found = boards(room)
    assert vi(found["worst"]) == [("◆ La Bằng", "Khẩn cấp · Điểm nhiệt gần rừng · 12 phút")]
    assert [one.figure["vi"] for one in found["waiting"]] == ["◆ Khẩn cấp", "● Thấp"]
    assert found["worst"][0].line["en"].startswith("Extreme · ")


def test_counts_leave_drills_out_and_lists_mark_them(room: Room) -> None:
    fires(room, 1, severity="extreme", drill=True)
    found = boards(room)
    assert [one.figure["vi"] for one in found["counts"]] == ["✔ 0"] * 4
    assert found["waiting"][0].line["vi"].startswith("DIỄN TẬP · ")
    assert found["drill"][0].line["vi"] == "ĐANG DIỄN TẬP"


def test_replays_stand_on_no_wall(room: Room) -> None:
    fires(room, 1, severity="extreme", replay="a file")
    assert vi(boards(room)["waiting"]) == [("✔ Không có", "Không có cảnh báo chờ tiếp nhận")]


@pytest.mark.parametrize("state", ["lost", "unknown"])
def test_none_over_data_that_are_not_there_is_not_calm(room: Room, state: str) -> None:
    (line,) = vi(boards(room, state)["waiting"])
    assert line == ("— Không có", "Không có cảnh báo chờ, nhưng có nguồn MẤT DỮ LIỆU")


def test_what_has_no_room_is_counted(room: Room) -> None:
    for nth in range(1, PLACES + 4):
        fires(room, nth, severity="severe")
    lines = vi(boards(room)["waiting"])
    assert len(lines) == PLACES
    assert lines[-1] == ("… 4", "cảnh báo nữa, xem bảng trực ban")


def test_every_line_fits_its_letters(room: Room) -> None:
    fires(room, 1, title={"vi": "Cảnh báo dò mật khẩu " * 5, "en": "x " * 90}, lat=None, lon=None, commune=None)
    found = boards(room)
    assert len(found["waiting"][0].line["vi"].rpartition(" · ")[0]) <= LINE_ROOM
    assert len(found["worst"][0].figure["vi"]) <= WORST_ROOM + 2


def test_every_commune_fits_the_largest_letters(room: Room) -> None:
    assert max(len(place.name) for place in room.deps.boundaries.places) <= WORST_ROOM


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "vừa xong"), (1, "1 phút"), (80, "80 phút"), (121, "2 giờ"), (47 * 60, "47 giờ"), (3000, "2 ngày")],
)
def test_an_age_has_one_unit(minutes: int, said: str) -> None:
    assert age(0, minutes * MINUTE, "vi") == said


def test_what_is_too_long_loses_its_parentheses_first() -> None:
    assert fitted("Camera giám sát (Frigate)", 20) == "Camera giám sát"
    assert fitted("Camera giám sát", 8) == "Camera…"
    assert fitted("Camera", 6) == "Camera"


def test_a_feed_nobody_knows_of_is_never_well() -> None:
    for state, sign in (("on_time", "✔"), ("late", "◔"), ("lost", "✖"), ("pending", "?"), ("unknown", "?")):
        told = feed_boards(states(state), 5 * MINUTE)
        assert told["feeds"][0].figure["vi"].startswith(sign)
        assert told["feeds.camera"][0].figure["vi"].startswith("—"), "a domain without feeds"


def test_time_to_accept_and_false_alarms_are_of_real_alerts(room: Room) -> None:
    fires(room, 1)
    fires(room, 2, drill=True)
    with room.office.store.reading() as session:
        found = handled(session, 0)
        assert last_drill(session) is not None
    assert found == Handled(1, 0, None, 0, 0)
    told = handled_board(Handled(4, 2, 240_000.0, 2, 1))["handled"]
    assert vi(list(told)) == [
        ("· 4 phút", "Trung vị tiếp nhận 7 ngày · 2 / 4 cảnh báo"),
        ("· 1 / 2", "Báo nhầm trong số đã xác minh, 7 ngày"),
    ]
