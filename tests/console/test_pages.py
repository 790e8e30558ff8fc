from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from ioc.alerts.alert import Evidence
from ioc.console.guard import POLICY
from ioc.errors import Retryable
from tests.console.reading import Page
from tests.console.room import Room
from tests.desk.made import MINUTE, NOON, ended, transition

PAGES = (
    "/false-alarms",
    "/",
    "/alerts/1001",
    "/map",
    "/wall",
    "/trials",
    "/alerts/9999",
    "/no-such-page",
    "/?group=ended",
    "/?severity=extreme",
)
HEADS = {"vi": "Chưa tiếp nhận", "en": "Not accepted"}


@pytest.fixture
def busy(busy_console: str) -> Iterator[httpx.Client]:
    """A browser of its own at the busy console."""
    with httpx.Client(base_url=busy_console, trust_env=False) as found:
        yield found


@pytest.fixture(scope="module")
def busy_console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A console with alerts of every kind and state; tests that share it only read."""
    room = Room(tmp_path_factory.mktemp("busy"))
    room.hear_all()
    room.clock.ms = NOON + 25 * MINUTE
    room.receive(
        transition(1, severity="extreme"),
        transition(2, domain="environment", feed="tn-air", source="tn-air:1", opened_at=NOON - 5 * MINUTE),
        transition(3, domain="camera", severity="moderate", lat=None, lon=None, commune=None, drill=True),
        transition(4, domain="netsec", severity="minor", replay="may-2021"),
        transition(5),
        ended(5, 2),
    )
    with room.served() as url:
        yield url
    room.close()


def read(client: httpx.Client, path: str) -> Page:
    return Page(client.get(path).text)


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_in_both_languages_keeps_the_policy(busy: httpx.Client, path: str, lang: str) -> None:
    answer = busy.get(path + ("&" if "?" in path else "?") + f"lang={lang}")
    page = Page(answer.text)

    assert answer.status_code == (404 if "no-such" in path or "9999" in path else 200)
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert (page.refused_by_policy(), page.outside()) == ([], [])
    assert page.tags[0].attributes["lang"] == lang
    assert not re.search(r"\{[a-z_]+\}", page.text), "a placeholder was left in a text"
    assert not re.search(r"\b(console|error|severity|domain)\.[a-z_]+", page.text), "a key stands in place of its text"


def test_the_language_and_the_theme_that_were_chosen_stay(client: httpx.Client) -> None:
    assert "Not accepted" in client.get("/?lang=en").text
    client.get("/?theme=light")

    page = read(client, "/")

    assert page.tags[0].attributes == {"lang": "en", "data-theme": "light"}
    assert "Not accepted" in page.text


@pytest.mark.parametrize(
    "asked", ["lang=xx", "theme=<b>", "lang=", "start=-1", "start=9999999", "group=zzz", "severity='"]
)
def test_a_choice_that_does_not_exist_is_passed_over(client: httpx.Client, asked: str) -> None:
    answer = client.get(f"/?{asked}")

    assert answer.status_code == 200
    assert Page(answer.text).tags[0].attributes == {"lang": "vi"}


def test_the_first_screen_counts_what_nobody_has_with_the_age_of_the_oldest(busy: httpx.Client) -> None:
    counts = {tag.attributes["data-severity"]: " ".join(tag.text.split()) for tag in read(busy, "/").all("count")}

    assert counts == {
        "extreme": "◆Khẩn cấp1cũ nhất 25 phút",
        "severe": "▲Cao1cũ nhất 30 phút",
        "moderate": "■Trung bình0không có",
        "minor": "●Thấp0không có",
    }, "neither the drill nor the replay counts"


def test_the_list_stands_in_the_officers_order(busy: httpx.Client) -> None:
    page = read(busy, "/")

    numbers = [tag.text for tag in page.all("num") if tag.text != "#"]
    assert numbers == ["#1001", "#1002", "#D001", "#1004", "#1003"], "waiting by severity, ended, replayed"
    assert [tag.text for tag in page.all("group")] == [
        "Chưa tiếp nhận 2",
        "Chưa tiếp nhận, mức dưới 1",
        "Đã kết thúc, chưa ai xem 1",
        "Phát lại, không phải tình hình thật 1",
    ]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [("severity=extreme", ["#1001"]), ("group=ended", ["#1004"]), ("group=owned", []), ("severity=minor", [])],
)
def test_filters_work_without_scripts(busy: httpx.Client, asked: str, numbers: list[str]) -> None:
    page = read(busy, f"/?{asked}")
    assert [tag.text for tag in page.all("num") if tag.text != "#"] == numbers


def test_a_long_list_is_paged_and_says_how_many_more(room: Room, client: httpx.Client) -> None:
    room.receive(*(transition(n) for n in range(1, 131)))
    room.refresh()

    first, last = read(client, "/"), read(client, "/?start=100")

    assert (len(first.all("title")) - 1, "Còn 80 cảnh báo nữa" in first.text) == (50, True)
    assert (len(last.all("title")) - 1, "cảnh báo nữa" in last.find("list-panel").text) == (30, False)


def test_an_empty_board_over_live_feeds_is_quiet_and_over_dead_ones_is_not(room: Room, client: httpx.Client) -> None:
    assert "Không có cảnh báo nào cần xử lý." in read(client, "/").text

    room.clock.ms += 3_600_000

    page = read(client, "/")
    assert "chưa thể nói là yên" in page.text
    assert [tag.attributes["data-feed"] for tag in page.all("feed-lost")] == ["frigate", "suricata"]


def test_dead_and_late_feeds_stand_worst_first_with_the_time_of_their_data(room: Room, client: httpx.Client) -> None:
    room.clock.ms += 61 * MINUTE + 59_000

    text = " ".join(read(client, "/").find("feed-list").text.split())

    assert text.index("Camera giám sát") < text.index("Trạm quan trắc"), "lost before late"
    assert "TRỄ" in text
    assert "số liệu lúc 12:29" in text


@pytest.mark.parametrize("asked", ["1001", "#1001", "%231001", "D001", "d001", "d1"])
def test_a_number_opens_its_card(busy: httpx.Client, asked: str) -> None:
    answer = busy.get(f"/alerts/{asked}".replace("#", "%23"))
    assert answer.status_code == 200


@pytest.mark.parametrize("asked", ["9999", "abc", "1001x", "D1001", "0" * 40, "%00", "..%2f"])
def test_a_number_that_does_not_exist_is_said_to(busy: httpx.Client, asked: str) -> None:
    assert busy.get(f"/alerts/{asked}").status_code == 404


def test_the_card_is_read_in_the_officers_order(busy: httpx.Client) -> None:
    text = " ".join(read(busy, "/alerts/1002").find("card").text.split())

    order = [
        "▲Cao",
        "#1002",
        "Điểm nhiệt gần rừng",
        "CHƯA XÁC MINH",
        "xã La Bằng (huyện Đại Từ cũ)",
        "21/11/2026 12:25",
        "vượt ngưỡng 10 MW",
        "Chưa ai tiếp nhận",
        "Gọi Kiểm lâm địa bàn",
        "Gọi 02083824114",
        "Tiếp nhận",
        "hotspot-near-forest",
    ]
    places = [text.find(part) for part in order]
    assert -1 not in places, dict(zip(order, places, strict=True))
    assert places == sorted(places), "rule id and UTC come last"


def test_the_card_shows_the_hours_before_as_a_chart_with_the_limit(room: Room, client: httpx.Client) -> None:
    for ago in range(5, 200, 5):
        room.hear_all(timedelta(minutes=ago), "firms", value=float(ago), n=ago)
    room.receive(transition(1, source="firms:1"))

    answer = client.get("/alerts/1001")

    assert "<polyline" in answer.text
    assert "ngưỡng 10 MW" in answer.text
    assert "Giá trị: 10 MW – 195 MW" in answer.text


def test_links_of_a_feed_lead_nowhere_but_to_the_web(room: Room, client: httpx.Client) -> None:
    links = (
        "https://cam.example/1.jpg",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://[bad",
    )
    room.receive(transition(1, media=links))

    page = read(client, "/alerts/1001")

    found = [tag.attributes for tag in page.tags if tag.attributes.get("target") == "_blank"]
    assert [(a["href"], a["rel"]) for a in found] == [("https://cam.example/1.jpg", "noopener noreferrer")]


HOSTILE = [
    "<script>window.PWN=1</script>",
    '"><img src=x onerror=window.PWN=1>',
    "' onmouseover='window.PWN=1",
    "</title></style></textarea><svg onload=window.PWN=1>",
    "\u202egnirts desrever\u202c",
    "a\u0000b\u001b[31m\u2028\u200b",
    "{{7*7}} ${7*7} <%= 7 %>",
    "&lt;script&gt;",
]


def test_hostile_texts_are_texts(room: Room, client: httpx.Client) -> None:
    room.receive(
        *(
            transition(
                nth,
                title={"vi": text, "en": text},
                source=text,
                feed=text,
                rule=text,
                key=text,
                evidence=(Evidence(id="e" * 32, observed_at=NOON, value=1.0, title=text),),
                steps=({"vi": text, "en": text},),
                call={"vi": text, "en": text},
            )
            for nth, text in enumerate(HOSTILE, 1)
        )
    )
    room.refresh()

    for path in ("/", "/wall", "/map", *(f"/alerts/{1000 + nth}" for nth in range(1, len(HOSTILE) + 1))):
        answer = client.get(path)
        page = Page(answer.text)
        assert answer.status_code == 200
        assert (page.refused_by_policy(), page.outside()) == ([], []), path
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00\x1b]", answer.text), path
    answer = client.get("/api/board")
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.json()["rows"]) == len(HOSTILE)


def test_replays_stand_on_the_wall_with_the_date_of_their_data(room: Room, client: httpx.Client) -> None:
    old = room.clock.now() - timedelta(days=2000)
    room.hear_all(timedelta(0), "tn-air", replay="station-2021", at=old, received_at=old)
    room.receive(transition(1, domain="environment", replay="station-2021"))
    room.refresh()

    page = read(client, "/wall")

    tiles = {
        tag.attributes["data-domain"]: " ".join(tag.text.split())
        for tag in page.all("tile")
        if "data-domain" in tag.attributes
    }
    assert "phát lại dữ liệu ngày 31/05/2021" in tiles["environment"]
    assert "Môi trường0không có cảnh báo" in tiles["environment"], "a replayed alert is not one of now"
    assert "phát lại" not in tiles["hotspot"]


def test_a_drill_is_marked_on_the_wall_and_counts_in_no_tile(room: Room, client: httpx.Client) -> None:
    room.receive(transition(1, drill=True))
    room.refresh()

    page = read(client, "/wall")

    assert "DIỄN TẬP" in page.find("wall-lines").text
    assert {tag.text for tag in page.all("figure")} == {"0"}


def test_a_dead_domain_is_never_zero_and_never_calm(room: Room, client: httpx.Client) -> None:
    room.clock.ms += 3_600_000

    tiles = {
        tag.attributes["data-domain"]: tag
        for tag in read(client, "/wall").all("tile")
        if "data-domain" in tag.attributes
    }

    for domain in ("camera", "netsec"):
        assert tiles[domain].attributes["data-state"] == "lost"
        assert "MẤT DỮ LIỆU" in tiles[domain].text
        assert not re.search(r"\b0\b", tiles[domain].text)
    assert tiles["hotspot"].attributes["data-state"] == "good", "satellite data an hour old are fresh"
    assert "dự kiến 22/11 00:29" in tiles["hotspot"].text


def test_without_history_nothing_is_known_and_nothing_looks_well(room: Room, client: httpx.Client) -> None:
    room.history.freshness = unreadable  # type: ignore[assignment,method-assign]  # a history that is gone
    room.refresh()

    page = read(client, "/wall")

    states = {tag.attributes["data-state"] for tag in page.all("tile") if "data-domain" in tag.attributes}
    assert states == {"unknown"}
    assert "?" in page.all("figure")[0].text
    assert "Nguồn: 4 mất, 0 trễ" in read(client, "/").text


async def unreadable() -> object:
    raise Retryable("history_busy")


@pytest.mark.parametrize("path", ["/", "/wall", "/map", "/alerts/9999"])
@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_data_are_called_so_on_every_page(room: Room, path: str, simulated: bool) -> None:
    object.__setattr__(room.deps, "simulated", simulated)
    with room.served() as url:
        answer = httpx.get(url + path, trust_env=False)
    assert [tag.text for tag in Page(answer.text).all("simulated")] == (["MÔ PHỎNG"] if simulated else [])


def test_a_page_whose_database_is_gone_says_so_and_keeps_its_policy(room: Room, client: httpx.Client) -> None:
    def gone(*_given: object) -> object:
        raise Retryable("desk_busy", why="gone")

    object.__setattr__(room.desk, "read", gone)

    answer = client.get("/alerts/1001")

    assert answer.status_code == 503
    assert "Bàn trực đang không đọc được dữ liệu" in answer.text
    assert answer.headers["content-security-policy"] == POLICY


def test_a_page_that_fails_says_so_without_a_trace(room: Room, client: httpx.Client) -> None:
    def broken(*_given: object) -> object:
        raise ZeroDivisionError("secret detail")

    object.__setattr__(room.desk, "read", broken)

    answer = client.get("/alerts/1001")

    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"] == POLICY
