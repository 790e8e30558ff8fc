"""The card in a browser: acts by key and by thumb, what another did, and words that outlive the server."""

from __future__ import annotations

import socket

import pytest

from ioc.console.doing import Named
from ioc.desk import audit
from ioc.desk.acts.accept import accept
from ioc.desk.acts.act import Asked
from ioc.desk.acts.hand import hand
from ioc.desk.moment import now_ms
from tests.console.looking import PHONE, Open, fires, ready, see
from tests.console.room import Room
from tests.desk.made import MINUTE, alert_name

pytestmark = [pytest.mark.browser, pytest.mark.services]
AN, BINH = "Nguyễn Văn An", "Lê Thị Bình"
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>'\"&{{7*7}}"


def acts(room: Room) -> list[tuple[str, str]]:
    with room.office.store.reading() as session:
        return [(line.action, line.actor) for line in audit.lines(session)]


def test_an_officer_works_by_keys_and_sees_each_act_without_a_reload(
    browser_page: Open, real_room: Room, url: str
) -> None:
    fires(real_room, 1, severity="extreme")
    page = ready(browser_page(), f"{url}/alerts/1001")

    page.fill("#name", AN)
    page.press("#name", "Enter")
    see(page.locator("#owner")).to_contain_text(AN)
    see(page.locator("#countdown")).to_contain_text("nữa báo Trưởng ca")
    page.keyboard.press("g")
    page.keyboard.type("Khói trắng phía đông nam")
    page.locator("#do-comment button").click()
    see(page.locator("#diary")).to_contain_text("Khói trắng phía đông nam")
    page.keyboard.press("v")
    page.locator("#do-verify .chip-choice", has_text="Camera").click()
    page.locator("#do-verify select").select_option("severe")
    page.locator("#do-verify button").click()
    see(page.locator(".found")).to_have_text("ĐÃ XÁC MINH")
    see(page.locator(".card-line .sev")).to_contain_text("Cao")

    assert acts(real_room) == [("accept", AN), ("comment", AN), ("verify", AN)]


def test_a_call_is_logged_with_two_taps_on_a_phone(browser_page: Open, real_room: Room, url: str) -> None:
    fires(real_room, 1)
    page = ready(browser_page(**PHONE), f"{url}/alerts/1001")
    page.fill("#name", AN)
    page.locator("#act button").tap()
    see(page.locator("#owner")).to_contain_text(AN)

    page.locator("#do-call summary").tap()
    page.locator("#do-call button", has_text="Không nghe máy").tap()

    see(page.locator("#diary")).to_contain_text("Không nghe máy")
    see(page.locator("#diary")).to_contain_text("02083824114")
    assert acts(real_room) == [("accept", AN), ("call", AN)]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_words_that_were_being_typed_outlive_a_reload_and_a_restart_of_the_server_and_are_sent_once(
    browser_page: Open, real_room: Room
) -> None:
    fires(real_room, 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with real_room.served(port) as url:
        page = ready(browser_page(allow_errors=True), f"{url}/alerts/1001")
        page.keyboard.press("g")
        page.keyboard.type("Gió đổi chiều, đám cháy")
        page.reload()
        page.wait_for_selector("body[data-ready='1']")
        see(page.locator("#do-comment textarea")).to_have_value("Gió đổi chiều, đám cháy")
        page.fill("#do-comment textarea", "Gió đổi chiều, đám cháy lan về phía đông")
        page.fill("#name-comment", AN)
    page.locator("#do-comment button").click()
    see(page.locator("#do-comment .wrong")).to_contain_text("vẫn còn")
    assert acts(real_room) == []

    with real_room.served(port):
        see(page.locator("#diary")).to_contain_text("lan về phía đông", timeout=20_000)
        see(page.locator("#do-comment textarea")).to_have_value("")
    assert acts(real_room) == [("comment", AN)]


def test_who_acts_on_what_another_has_just_changed_is_told_and_can_then_decide(
    browser_page: Open, real_room: Room, url: str
) -> None:
    fires(real_room, 1)
    page = ready(browser_page(allow_errors=True), f"{url}/alerts/1001")
    page.keyboard.press("p")
    page.keyboard.type("Trần Văn Công")
    page.fill("#name-assign", AN)
    now = now_ms(real_room.clock)
    with real_room.office.store.writing() as session:
        hand(session, alert_name(1), Asked(BINH, now), Named("UBND xã La Bằng"), due_at=now + 30 * MINUTE)
    real_room.ring()
    see(page.locator("#live")).to_contain_text("UBND xã La Bằng")

    page.locator("#do-assign button").click()
    see(page.locator("#do-assign .wrong")).to_contain_text(BINH)
    see(page.locator("#do-assign input[name=to]")).to_have_value("Trần Văn Công")
    page.locator("#do-assign button").click()
    see(page.locator("#owner")).to_contain_text("Trần Văn Công")

    assert acts(real_room) == [("hand", BINH), ("assign", AN)]


def test_hostile_words_are_words(browser_page: Open, real_room: Room, url: str) -> None:
    fires(real_room, 1)
    page = ready(browser_page(), f"{url}/alerts/1001")
    title = page.title()
    page.keyboard.press("g")
    page.fill("#do-comment textarea", HOSTILE)
    page.fill("#name-comment", f"An {HOSTILE}"[:60])
    page.locator("#do-comment button").click()
    see(page.locator("#diary blockquote")).to_have_text(HOSTILE)

    page.reload()
    page.wait_for_selector("body[data-ready='1']")

    see(page.locator("#diary blockquote")).to_have_text(HOSTILE)
    assert page.title() == title
    assert page.locator("#diary img, #diary script").count() == 0


def test_the_key_of_an_act_on_the_board_leads_to_its_form(browser_page: Open, real_room: Room, url: str) -> None:
    fires(real_room, 1)
    page = ready(browser_page(), f"{url}/")
    see(page.locator(".list .row")).to_have_count(1)

    page.keyboard.press("j")
    page.keyboard.press("f")

    page.wait_for_url("**/alerts/1001?do=false_alarm*")
    see(page.locator("#do-false_alarm")).to_have_attribute("open", "")


def test_several_are_chosen_and_accepted_together_and_what_another_has_is_left_to_them(
    browser_page: Open, real_room: Room, url: str
) -> None:
    for nth in range(1, 6):
        fires(real_room, nth)
    page = ready(browser_page(), f"{url}/")
    see(page.locator(".list .row")).to_have_count(5)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.locator(".list .row .pick").nth(2).check()
    page.locator(".list .row .pick").nth(3).check()
    see(page.locator("#several")).to_contain_text("3 đã chọn")
    with real_room.office.store.writing() as session:
        accept(session, alert_name(4), Asked(BINH, now_ms(real_room.clock)))

    page.locator("#several button", has_text="Tiếp nhận").click()
    page.fill("#ask-name", AN)
    page.click("#ask-yes")

    see(page.locator("#toast")).to_contain_text("2 cảnh báo; 1 đã có người làm trước")
    see(page.locator("#several")).to_be_hidden()
    assert acts(real_room) == [("accept", BINH), ("accept", AN), ("accept", AN)]


def test_several_are_assigned_and_verified_with_one_question(browser_page: Open, real_room: Room, url: str) -> None:
    for nth in (1, 2):
        fires(real_room, nth)
    page = ready(browser_page(**PHONE), f"{url}/")
    for nth in (0, 1):
        page.locator(".list .row .pick").nth(nth).check()
    page.locator("#several button", has_text="Phân công").tap()
    page.fill("#ask-to input", BINH)
    page.fill("#ask-name", AN)
    page.locator("#ask-yes").tap()
    see(page.locator("#several")).to_be_hidden()
    for nth in (0, 1):
        page.locator(".list .row .pick").nth(nth).check()
    page.locator("#several button", has_text="Xác minh").tap()
    page.locator("#ask-how select").select_option("phone")
    page.locator("#ask-yes").tap()
    see(page.locator(".list .mark.found-verified")).to_have_count(2)

    assert acts(real_room) == [("assign", AN)] * 2 + [("verify", AN)] * 2
