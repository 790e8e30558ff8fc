from __future__ import annotations

import pytest

from ioc.alerts.alert import Parent
from ioc.desk import board
from ioc.desk.moment import now_ms
from tests.console.looking import PHONE, Open, fires, numbers, ready, see
from tests.console.room import Room
from tests.desk.made import MINUTE, alert_name, ended, transition

pytestmark = [pytest.mark.browser, pytest.mark.services]


def test_the_board_follows_the_desk_without_reload(real_room: Room, url: str, browser_page: Open) -> None:
    page = ready(browser_page(), url)
    see(page.locator("#list")).to_contain_text("Không có cảnh báo nào cần xử lý")

    fires(real_room, 1, severity="moderate")
    page.wait_for_selector("text=#1001")
    fires(real_room, 2, severity="extreme")
    page.wait_for_selector("text=#1002")

    see(page.locator("#list .row .num")).to_have_text(["#1002", "#1001"])  # the worse one comes first
    see(page.locator("#counts [data-severity=extreme] .number")).to_have_text("1")
    assert page.title().startswith("(2) ")

    at = now_ms(real_room.clock)
    real_room.receive(ended(2, 2, at=at, clock=at, severity="extreme"))
    page.wait_for_selector(".row-extreme[data-group=ended]")
    see(page.locator("#counts [data-severity=extreme] .number")).to_have_text("0")


def test_an_alert_is_accepted_on_a_phone(real_room: Room, url: str, browser_page: Open) -> None:
    fires(real_room, 1, severity="extreme")
    page = ready(browser_page(**PHONE), url)

    for button in page.locator(".row .button:visible, .nav a:visible, .chip:visible").all():
        box = button.bounding_box()
        assert box
        assert box["height"] >= 47.5, f"{button.inner_text()} is {box['height']} px high"
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    page.tap(".row .act")
    page.fill("#ask-name", "Nguyễn Văn An")
    page.tap("#ask-yes")
    page.wait_for_selector(".row[data-group=owned]")

    assert "Nguyễn Văn An" in page.inner_text(".row .who")
    with real_room.office.store.reading() as session:
        found = board.find(session, "1001")
    assert found
    assert found.matter.accepted_by == "Nguyễn Văn An"

    fires(real_room, 2)
    page.wait_for_selector("text=#1002")
    page.tap(".row[data-group=waiting] .act")
    assert page.input_value("#ask-name") == "Nguyễn Văn An", "the name is remembered in this browser"


def test_an_alert_says_which_one_explains_it_until_that_one_ends(real_room: Room, url: str, browser_page: Open) -> None:
    cut = Parent(rule="power-cut", same="source")
    at = now_ms(real_room.clock)
    real_room.receive(transition(1, rule="power-cut", source="cam-1", at=at, opened_at=at))
    page = ready(browser_page(), url)

    real_room.receive(transition(2, source="cam-1", at=at, opened_at=at, inhibited_by=(cut,), flapping=True))
    page.wait_for_selector(".mark.hidden")
    assert page.inner_text(".mark.hidden") == "bị che bởi #1001"
    assert page.inner_text(".mark.flapping") == "CHẬP CHỜN"

    real_room.receive(ended(1, 2, rule="power-cut", source="cam-1", at=at, clock=at))
    page.wait_for_selector(".mark.hidden", state="detached")
    assert page.inner_text(".mark.flapping") == "CHẬP CHỜN"


def test_the_second_officer_is_told_who_was_first(real_room: Room, url: str, browser_page: Open) -> None:
    fires(real_room, 1)
    one, two = ready(browser_page(), url), ready(browser_page(allow_errors=True), url)
    two.click(".act")
    one.click(".act")
    for page, name in ((one, "Nguyễn Văn An"), (two, "Lê Thị Bình")):
        page.fill("#ask-name", name)
        page.click("#ask-yes")
        page.wait_for_selector("#toast:not([hidden])")

    assert "Nguyễn Văn An đã tiếp nhận lúc" in two.inner_text("#toast")


def test_a_lost_server_covers_the_board_and_a_found_one_brings_it_up_to_date(
    real_room: Room, browser_page: Open
) -> None:
    fires(real_room, 1)
    page = browser_page(allow_errors=True)
    page.clock.install()
    with real_room.served() as url:
        port = int(url.rsplit(":", 1)[1])
        ready(page, url)
        see(page.locator("#beat.odd")).to_have_count(1)
        assert page.locator("#cover").is_hidden()

    page.clock.fast_forward(11_000)
    assert page.locator("#cover").is_hidden(), "one beat may be late"
    page.clock.fast_forward(2_000)
    page.wait_for_selector("#cover:not([hidden])")
    assert "MẤT KẾT NỐI" in page.inner_text("#cover")
    box = page.locator("#cover").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 1366, "height": 768}

    fires(real_room, 2)
    with real_room.served(port):
        page.clock.resume()
        page.wait_for_selector("#cover", state="hidden", timeout=20_000)
        page.wait_for_selector("text=#1002")


def test_what_is_being_typed_survives_a_restart(real_room: Room, browser_page: Open) -> None:
    fires(real_room, 1)
    page = browser_page(allow_errors=True)
    with real_room.served() as url:
        port = int(url.rsplit(":", 1)[1])
        ready(page, url)
        page.click(".act")
        page.fill("#ask-name", "Nguyễn Văn An")
    page.click("#ask-yes")
    page.wait_for_selector("#ask-wrong:not([hidden])")
    assert "Tên bạn vừa ghi vẫn còn" in page.inner_text("#ask-wrong")

    with real_room.served(port):
        assert page.input_value("#ask-name") == "Nguyễn Văn An"
        page.click("#ask-yes")
        page.wait_for_selector("#toast:not([hidden])")
        assert "Nguyễn Văn An đã tiếp nhận #1001" in page.inner_text("#toast")


def test_keys_work_and_are_off_while_typing(real_room: Room, url: str, browser_page: Open) -> None:
    for nth in (1, 2, 3):
        fires(real_room, nth, ago_min=10 - nth)
    page = ready(browser_page(), url)

    page.keyboard.press("j")
    page.keyboard.press("j")
    see(page.locator(".chosen .num")).to_have_text("#1002")
    page.keyboard.press("k")
    see(page.locator(".chosen .num")).to_have_text("#1001")
    page.keyboard.press("a")
    assert "#1001" in page.inner_text("#ask-title")
    page.fill("#ask-name", "jjkka?")
    page.keyboard.press("Escape")
    see(page.locator("#ask")).to_be_hidden()
    page.keyboard.press("?")
    see(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    see(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("ajk")
    assert page.input_value("#search") == "ajk"
    page.keyboard.press("Escape")
    page.fill("#search", "")
    page.locator("#search").blur()
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/1001")


@pytest.mark.parametrize("typed", ["dai tu", "ĐẠI TỪ", "Đại Từ", "la bang", "#1002", "1002", "diem nhiet gan"])
def test_the_search_needs_no_marks(real_room: Room, url: str, browser_page: Open, typed: str) -> None:
    fires(real_room, 1, title={"vi": "Camera mất kết nối", "en": "x"}, lat=None, lon=None, commune=None)
    fires(real_room, 2)
    page = ready(browser_page(), url)

    page.fill("#search", typed)
    see(page.locator(".list .row")).to_have_count(1)

    assert numbers(page) == ["#1002"]


def test_a_number_typed_into_the_search_opens_its_card(real_room: Room, url: str, browser_page: Open) -> None:
    fires(real_room, 1, drill=True)
    page = ready(browser_page(), url)

    page.keyboard.press("/")
    page.keyboard.type("#d001")
    page.keyboard.press("Enter")

    page.wait_for_url("**/alerts/D001")
    assert "DIỄN TẬP" in page.inner_text("#card")


@pytest.mark.slow
def test_ten_thousand_alerts_are_a_screenful(real_room: Room, url: str, browser_page: Open) -> None:
    at = now_ms(real_room.clock)
    given = [transition(n, opened_at=at - n, severity=("minor", "moderate", "severe")[n % 3]) for n in range(1, 10_001)]
    for start in range(0, 10_000, 1000):
        real_room.office.receive(*given[start : start + 1000])
    real_room.refresh()
    page = ready(browser_page(), url)

    see(page.locator("#chips [data-group=all] b")).to_have_text("10000")
    assert len(numbers(page)) < 60, "only what is on the screen exists"
    page.fill("#search", "#7777")
    see(page.locator(".list .row")).to_have_count(1)
    page.fill("#search", "")
    see(page.locator(".list .row").nth(3)).to_be_attached()
    page.evaluate("document.querySelector('#list').scrollTop = 1e9")
    see(page.locator(".list .row-minor").nth(3)).to_be_attached()
    assert len(numbers(page)) < 60
    first = page.evaluate("document.querySelector('.list .inner').getBoundingClientRect().height")
    assert first == 10_000 * 72 + 2 * 38, "above and below what is overdue"


def test_ended_alerts_are_put_away_together(real_room: Room, url: str, browser_page: Open) -> None:
    at = now_ms(real_room.clock)
    for nth in (1, 2, 3):
        fires(real_room, nth)
        if nth < 3:
            real_room.receive(ended(nth, 2, at=at, clock=at))
    page = ready(browser_page(), url)

    page.click("#chips [data-group=ended]")
    page.click("#seen-all")
    page.fill("#ask-name", "Lê Thị Bình")
    page.click("#ask-yes")
    see(page.locator("#chips [data-group=all] b")).to_have_text("1")

    with real_room.office.store.reading() as session:
        assert {m.alert_id for m in board.snapshot(session).matters} == {alert_name(3)}


def test_the_card_follows_its_alert_and_keeps_the_name_being_typed(
    real_room: Room, url: str, browser_page: Open
) -> None:
    fires(real_room, 1, severity="moderate")
    page = ready(browser_page(), f"{url}/alerts/1001")
    page.fill("#name", "Nguyễn Văn")

    at = now_ms(real_room.clock)
    real_room.receive(transition(1, 2, severity="extreme", opened_at=at - MINUTE, at=at, clock=at))
    page.wait_for_selector(".live .sev-extreme")

    assert page.input_value("#name") == "Nguyễn Văn"
    page.fill("#name", "Nguyễn Văn An")
    page.click("#act button")
    page.wait_for_selector("#owner:has-text('Nguyễn Văn An')")
